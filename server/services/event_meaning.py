"""What an event of a station means for visits, and what does not fit and becomes a conflict.

Visits are folded by the events' own times, so that the order of arrival changes nothing. All that
a batch needs to know is read at its beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import EntryDecided, ExitDecided, ItemDeclared, StationEvent
from gate.facts import Decision, VisitState
from gate.reasons import Reason, Verdict
from server.models import Conflict, ConflictKind, Visit, VisitOrigin
from server.services import lane_events, rejudging, reservations, signup_list, visit_story, visits
from server.services.hindsight import Hindsight, tickets_of, visits_of
from server.services.settings import LibrarySettings


class Meaning:
    """The events of one batch, applied one after the other; the caller writes what comes of it."""

    def __init__(
        self,
        session: Session,
        station: str,
        library: LibrarySettings,
        at: datetime,
        events: Sequence[StationEvent],
    ) -> None:
        self._session = session
        self._station = station
        self._library = library
        self._house = library.at_station(station)
        self._at = at
        self._known = Hindsight(session, library, events)
        self._records = rejudging.Records(session, library)
        self._told = visit_story.told(session, visits_of(events))
        self._numbers = _numbers(session, events)
        self._awaited = signup_list.awaited(session, tickets_of(events))
        self._open = _open_conflicts(session, events)

    def apply(self, event: StationEvent) -> None:
        """Bring the records to where this event leads."""
        lane_events.apply(self._session, self._station, event, self._at)
        if isinstance(event, EntryDecided):
            self._entry(event)
        elif isinstance(event, ExitDecided):
            self._exit_decided(event)
        elif isinstance(event, ItemDeclared):
            self._declared(event)
        elif visit_story.tells(event.kind):
            self._moved(event)

    def _entry(self, event: EntryDecided) -> None:
        begins = event.visit_id is not None and event.visit_state is not None
        visit = self._known.visit(event.visit_id) if begins else None
        differs = self._differs(event)
        if begins and visit is None:
            visit = self._begin(event)
            reservations.use(self._session, event.reservation_id, visit.id)
            awaited = self._awaited.get(event.ticket_id or "", ())
            signup_list.arrived(self._session, visit, awaited, f"station:{self._station}")
        two = visit is not None and visit.parallel
        if two:
            self._conflict(ConflictKind.TWO_VISITS, event)
        if visit is not None:
            self._fold(visit)
        if event.ticket_id is not None and not self._known.knows_ticket(event.ticket_id):
            self._conflict(ConflictKind.SIGNED_UNKNOWN, event)
        elif differs is not None and not two:
            self._conflict(ConflictKind.VERDICTS_DIFFER, event, **differs)

    def _begin(self, event: EntryDecided) -> Visit:
        if event.visit_id is None or event.visit_state is None:
            raise ValueError("no visit begins with this event")
        visit = visits.begin(
            self._session,
            visits.Beginning(
                visit_id=event.visit_id,
                slip_number=self._free_number(event),
                at=event.at,
                origin=VisitOrigin.STATION,
                state=event.visit_state,
                station=self._station,
                ticket_id=event.ticket_id,
                event_id=event.event_id,
                persons=event.persons,
                home_loans=event.home_loans,
                own_items=event.own_items,
                needs_help=event.needs_help,
            ),
            self._house,
            open_visits=self._known.open_visits(event.ticket_id),
        )
        self._known.learn(visit)
        return visit

    def _free_number(self, event: EntryDecided) -> str:
        """The slip's number. One that another visit has comes from a station's copied database."""
        number = event.slip_number or f"-{event.visit_id}"
        if number in self._numbers:
            self._conflict(ConflictKind.SLIP_NUMBER_TWICE, event)
            number = f"{number}#{event.visit_id.hex[:8] if event.visit_id else ''}"
        self._numbers.add(number)
        return number

    def _exit_decided(self, event: ExitDecided) -> None:
        differs = self._differs(event)
        if differs is not None:
            self._conflict(ConflictKind.VERDICTS_DIFFER, event, **differs)
        if event.verdict is Verdict.GRANT and Reason.NO_ENTRY in event.reasons:
            self._conflict(ConflictKind.EXIT_WITHOUT_ENTRY, event)

    def _declared(self, event: ItemDeclared) -> None:
        visit = self._known.visit(event.visit_id)
        if visit is not None:
            visits.declare(self._session, visit, event.own_items, event.at)
            visits.touched(self._session, visit)

    def _moved(self, event: StationEvent) -> None:
        visit = self._known.visit(getattr(event, "visit_id", None))
        if visit is not None:
            self._fold(visit)
            if event.kind == "returned" and visit.changed_at == event.at:
                # Back through the doors of another building (E44).
                visit.branch_code = self._house.branch_code
        elif event.kind == "exited":
            self._conflict(ConflictKind.EXIT_WITHOUT_ENTRY, event)

    def _fold(self, visit: Visit) -> None:
        """Bring the visit to where all that was told of it leads, early or late."""
        told = self._told[visit.id]
        if visit.state is VisitState.EVACUATED:
            # The fire may have begun with this very batch.
            told = [*told, visit_story.evacuated(visit.changed_at)]
        story = visit_story.fold(told)
        if story is not None and visit_story.apply(visit, story):
            visits.touched(self._session, visit)
        self._settle(visit)

    # --- What does not fit --------------------------------------------------------------------

    def _differs(self, event: EntryDecided | ExitDecided) -> dict[str, Any] | None:
        """Both decisions where our verdict, at the event's own time, is another; else None.

        Only then all is looked up that a decision may rest on.
        """
        if self._another(event, self._known) is None:
            return None
        decision = self._another(event, self._records)
        return (
            None
            if decision is None
            else {
                "there": [event.verdict, *event.reasons],
                "here": [decision.verdict, *decision.codes],
                "facts_as_of": event.facts_as_of.isoformat(),
            }
        )

    def _another(self, event: EntryDecided | ExitDecided, past: rejudging.Past) -> Decision | None:
        decision = self._judge(event, past)
        return None if decision is None or decision.verdict is event.verdict else decision

    def _judge(self, event: EntryDecided | ExitDecided, past: rejudging.Past) -> Decision | None:
        if isinstance(event, EntryDecided):
            return rejudging.entry(self._session, event, self._station, self._library, past)
        return rejudging.way_out(event, self._station, self._library, past)

    def _conflict(self, kind: ConflictKind, event: StationEvent, **details: Any) -> None:
        conflict = Conflict(
            kind=kind,
            event_id=event.id,
            visit_id=getattr(event, "visit_id", None),
            ticket_id=getattr(event, "ticket_id", None),
            details={"station": self._station, "at": event.at.isoformat(), **details},
            raised_at=self._at,
        )
        self._session.add(conflict)
        self._open.append(conflict)

    def _settle(self, visit: Visit) -> None:
        """What a late word explains is no conflict any more."""
        for conflict in self._open:
            explained = self._explained(conflict, visit)
            if conflict.resolved_at is None and explained is not None:
                conflict.resolved_at, conflict.resolution = self._at, explained

    def _explained(self, conflict: Conflict, visit: Visit) -> str | None:
        if conflict.kind is ConflictKind.EXIT_WITHOUT_ENTRY and conflict.visit_id == visit.id:
            return "entry_arrived"
        same_ticket = conflict.ticket_id is not None and conflict.ticket_id == visit.ticket_id
        if conflict.kind is ConflictKind.TWO_VISITS and same_ticket:
            return None if self._known.overlaps(conflict.visit_id) else "one_after_the_other"
        return None


def _numbers(session: Session, events: Sequence[StationEvent]) -> set[str]:
    """Slip numbers of the batch that visits have already."""
    told = {event.slip_number for event in events if isinstance(event, EntryDecided)}
    if not told:
        return set()
    return set(session.scalars(select(Visit.slip_number).where(Visit.slip_number.in_(told))))


def _open_conflicts(session: Session, events: Sequence[StationEvent]) -> list[Conflict]:
    """Conflicts that the batch may explain."""
    about = Conflict.visit_id.in_(visits_of(events)) | Conflict.ticket_id.in_(tickets_of(events))
    return list(session.scalars(select(Conflict).where(Conflict.resolved_at.is_(None), about)))
