"""Carrying out a decision at the way in: visit, print job and event in one commit.

Only after the commit anything moves: whoever called prints the slip and opens the lane.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from gate.events import Counted, EntryDecided, Returned, SlipJobState, VisitRecord
from gate.facts import Decision, EntryFacts, TicketKind, VisitState
from gate.reasons import Duty, Reason, Verdict
from gate.rules import is_of_day
from kiosk import slips
from kiosk.credentials import Shown
from kiosk.journal import new_id
from kiosk.knowledge import Known
from kiosk.premises import Premises
from kiosk.store import jobs, visits
from kiosk.store.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What came of somebody's wish to come in."""

    decision: Decision
    known: Known
    visit: VisitRecord | None = None
    """The visit that was opened or goes on."""
    job: Job | None = None
    """Its slip: a new one, or the last of a visit that goes on."""
    staff_pass: bool = False
    """Somebody who works here: inside like others, but without a slip (E41)."""

    @property
    def granted(self) -> bool:
        """Whether the lane opens."""
        return self.decision.verdict is Verdict.GRANT

    def asks_for(self, duty: Duty) -> bool:
        """Whether this is to be done along with the decision."""
        return any(task.code is duty for task in self.decision.duties)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody's wish to come in, with everything it was judged by."""

    shown: Shown
    known: Known
    facts: EntryFacts
    at: datetime
    extra: dict[str, Any]
    """Fields of the event's record that only the use case knows."""

    @property
    def ticket_id(self) -> str | None:
        """The ticket, by the records or by its own signed word."""
        if self.facts.ticket is not None:
            return self.facts.ticket.ticket_id
        return None if self.facts.claims is None else self.facts.claims.ticket_id

    @property
    def staff_pass(self) -> bool:
        """A staff pass was shown, by the records or by its own signed word."""
        ticket = self.facts.ticket or self.facts.claims
        return ticket is not None and ticket.kind is TicketKind.STAFF


class Admission:
    """Writes down what a decision at the entrance means."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises

    def carry_out(self, decision: Decision, wish: Wish) -> Entered:
        """Keep the decision with all that follows from it; a refusal is kept too."""
        entered = Entered(
            decision=decision, known=wish.known, visit=wish.known.visit, staff_pass=wish.staff_pass
        )
        with self._premises.database.write() as tx:
            if entered.granted and self._begins(entered, wish):
                entered = self._open(tx, entered, wish)
            elif entered.granted and entered.visit is not None:
                entered = self._go_on(tx, entered, entered.visit, wish)
            self._record(tx, entered, wish)
            if _goes_to_shelter(entered):
                stamp = self._premises.journal.stamp(tx, wish.at)
                event = Counted(**stamp, way="in", persons=wish.facts.persons)
                self._premises.journal.write(tx, event)
        return entered

    def _begins(self, entered: Entered, wish: Wish) -> bool:
        """Whether a visit begins: with a slip, or with a staff pass and no visit of today (E41)."""
        visit = wish.facts.visit
        if not entered.staff_pass:
            return entered.asks_for(Duty.PRINT_SLIP)
        return visit is None or not is_of_day(visit, wish.at, wish.facts.policy)

    def _open(self, tx: Connection, entered: Entered, wish: Wish) -> Entered:
        event = wish.known.event
        visit = VisitRecord(
            visit_id=new_id(wish.at),
            slip_number=self._premises.new_slip_number(tx),
            state=self._first_state,
            station=self._premises.station,
            branch=wish.known.building.branch,
            opened_at=wish.at,
            ticket_id=wish.ticket_id,
            event_id=None if event is None else event.event_id,
            persons=wish.facts.persons,
            own_items=wish.extra.get("own_items", ()),
            needs_help=wish.extra.get("needs_help", False),
        )
        visits.put(tx, visit)
        if not entered.asks_for(Duty.PRINT_SLIP):
            return replace(entered, visit=visit)
        job = new_job(visit, self._slip(visit, wish).model_dump_json(), wish.at)
        jobs.put(tx, job)
        return replace(entered, visit=visit, job=job)

    def _slip(self, visit: VisitRecord, wish: Wish) -> slips.ReaderSlip | slips.EventSlip:
        event_only = visit.ticket_id is None
        language = self._premises.slip_language
        code = self._premises.slip_code(visit, event=event_only)
        if event_only:
            return slips.event_slip(visit, code, wish.known, language)
        return slips.reader_slip(visit, code, wish.known, wish.facts.claims, language)

    def _go_on(self, tx: Connection, entered: Entered, visit: VisitRecord, wish: Wish) -> Entered:
        """The same visit: the lane was not used (E05), or back from a leave (E44)."""
        back = entered.asks_for(Duty.COLLECT_SLIP)
        state = VisitState.INSIDE if back else self._first_state
        if visit.state is VisitState.INSIDE:
            # A pass, or a ticket that may be shown again: whoever does not walk is inside still.
            state = visit.state
        here = {"branch": wish.known.building.branch} if back else {}
        visit = visit.model_copy(update={"state": state, **here})
        visits.put(tx, visit)
        if back:
            stamp = self._premises.journal.stamp(tx, wish.at)
            event = Returned(**stamp, visit_id=visit.visit_id)
            self._premises.journal.write(tx, event, visit.visit_id)
        earlier = jobs.of_visit(tx, visit.visit_id)
        return replace(entered, visit=visit, job=earlier[-1] if earlier else None)

    def _record(self, tx: Connection, entered: Entered, wish: Wish) -> None:
        event = wish.known.event
        # A refusal changes no visit, whatever visit it was judged by.
        visit = entered.visit if entered.granted else None
        record = EntryDecided(
            **self._premises.journal.stamp(tx, wish.at),
            verdict=entered.decision.verdict,
            reasons=entered.decision.codes,
            duties=tuple(task.code for task in entered.decision.duties),
            credential=wish.shown.credential,
            source=wish.known.freshness.source,
            facts_as_of=wish.known.freshness.as_of,
            visit_id=None if visit is None else visit.visit_id,
            visit_state=None if visit is None else visit.state,
            slip_number=None if visit is None else visit.slip_number,
            ticket_id=wish.ticket_id,
            event_id=None if event is None else event.event_id,
            **wish.extra,
        )
        self._premises.journal.write(tx, record, None if visit is None else visit.visit_id)

    @property
    def _first_state(self) -> VisitState:
        """Without a lane, admitted is inside."""
        return VisitState.ADMITTED if self._premises.has_lane else VisitState.INSIDE


def _goes_to_shelter(entered: Entered) -> bool:
    """Somebody from the street; whoever has a visit is on the list of those inside (E33)."""
    return Reason.SHELTER in entered.decision.codes and entered.visit is None


def new_job(visit: VisitRecord, content: str, at: datetime) -> Job:
    """A slip to be printed."""
    return Job(
        job_id=new_id(at),
        visit_id=visit.visit_id,
        slip_number=visit.slip_number,
        state=SlipJobState.PENDING,
        created_at=at,
        content=content,
    )
