"""`POST events`: what happened is never refused. Each event is kept once and answered for itself.

An event that can't be read is kept as unprocessable and shown to staff; the rest flows (fault 12).
What it means for a visit is folded by the events' own times; what does not fit becomes a conflict.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from gate.events import (
    STATION_EVENT,
    EntryDecided,
    EventReceipt,
    EventReceipts,
    ExitDecided,
    Health,
    ItemDeclared,
    Receipt,
    StationEvent,
)
from gate.facts import Decision
from gate.reasons import Reason, Verdict
from server import models
from server.database import Database
from server.models import Conflict, ConflictKind, Station, Visit, VisitOrigin
from server.services import audit, rejudging, reservations, settings, visit_story, visits
from server.services.settings import LibrarySettings

_NAMESPACE = UUID("6b1b3f4e-43b9-5c43-9d5c-1c0b7f2f3a11")
"""Ids of records that bring none of their own are made of their content, so that they too are kept
once."""
_PROBLEM_MAX_SIGNS = 1000
_ID_MAX_SIGNS = 200
_KIND_MAX_SIGNS = 40
_AUDITED = ("entry_decided", "exit_decided", "exited", "alarm", "help_called")


def ingest(
    database: Database, station: str, batch: Sequence[Mapping[str, Any]], *, at: datetime
) -> EventReceipts:
    """Keep a batch in one transaction; the receipts stand in the order of its events.

    `at`: when it was received. Nothing is acknowledged before it is durable.
    """
    with database.writing() as session:
        library = settings.read(session)
        known = _known(session, station, batch)
        inbox = _Inbox(session, station, library, at)
        receipts = [inbox.take(raw, known) for raw in batch]
        inbox.note_station()
    return EventReceipts(epoch=library.epoch, receipts=tuple(receipts))


def _known(session: Session, station: str, batch: Sequence[Mapping[str, Any]]) -> set[UUID]:
    ids = [event_id(station, raw) for raw in batch]
    table = models.StationEvent
    return set(session.scalars(select(table.id).where(table.id.in_(ids))))


def event_id(station: str, raw: Mapping[str, Any]) -> UUID:
    """The event's own id, or one made of its content where it brings none that can be read."""
    try:
        return UUID(raw["id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        content = json.dumps(raw, sort_keys=True, default=str)
        return uuid5(_NAMESPACE, f"{station} {content}")


class _Inbox:
    """One batch on its way into the database."""

    def __init__(
        self, session: Session, station: str, library: LibrarySettings, at: datetime
    ) -> None:
        self._session = session
        self._station = station
        self._library = library
        self._at = at
        self._incarnation = 0
        self._health: dict[str, Any] | None = None

    def take(self, raw: Mapping[str, Any], known: set[UUID]) -> EventReceipt:
        """Keep one event, whatever it is."""
        key = event_id(self._station, raw)
        told_id = _text(raw.get("id", key))[:_ID_MAX_SIGNS]
        if key in known:
            return EventReceipt(id=told_id, receipt=Receipt.KNOWN)
        known.add(key)
        problem = self._keep(key, raw)
        receipt = Receipt.STORED if problem is None else Receipt.UNPROCESSABLE
        return EventReceipt(id=told_id, receipt=receipt, problem=problem)

    def _keep(self, key: UUID, raw: Mapping[str, Any]) -> str | None:
        """Store and apply in one step; what fails is set aside whole, and says why."""
        try:
            event = STATION_EVENT.validate_python(raw)
        except ValidationError as error:
            return self._set_aside(key, raw, _sentence(error))
        try:
            with self._session.begin_nested():
                self._store(key, raw, event)
                self._apply(event)
        except (IntegrityError, DataError) as error:
            return self._set_aside(key, raw, f"does not fit the records: {error.orig}")
        self._incarnation = max(self._incarnation, event.incarnation)
        return None

    def _set_aside(self, key: UUID, raw: Mapping[str, Any], problem: str) -> str:
        problem = _text(problem)[:_PROBLEM_MAX_SIGNS]
        self._session.add(
            models.StationEvent(
                id=key, station_code=self._station,
                kind=_text(raw.get("kind", ""))[:_KIND_MAX_SIGNS], payload=_storable(raw),
                receipt=Receipt.UNPROCESSABLE, problem=problem, received_at=self._at,
            )
        )  # fmt: skip
        self._session.flush()
        return problem

    def _store(self, key: UUID, raw: Mapping[str, Any], event: StationEvent) -> None:
        self._session.add(
            models.StationEvent(
                id=key, station_code=self._station, incarnation=event.incarnation,
                sequence=event.sequence, at=event.at, kind=event.kind,
                visit_id=getattr(event, "visit_id", None), payload=_storable(raw),
                receipt=Receipt.STORED, received_at=self._at,
            )
        )  # fmt: skip
        self._session.flush()
        if event.kind in _AUDITED:
            self._audit(event)

    def _audit(self, event: StationEvent) -> None:
        visit_id = getattr(event, "visit_id", None)
        about = ("event", str(event.id)) if visit_id is None else ("visit", str(visit_id))
        details: dict[str, Any] = {"at": event.at.isoformat(), "event": str(event.id)}
        if isinstance(event, EntryDecided | ExitDecided):
            details |= {"verdict": event.verdict, "reasons": event.reasons}
        audit.record(
            self._session, at=self._at, actor=f"station:{self._station}", action=event.kind,
            about=about, details=details,
        )  # fmt: skip

    # --- What it means ------------------------------------------------------------------------

    def _apply(self, event: StationEvent) -> None:
        if isinstance(event, EntryDecided):
            self._entry(event)
        elif isinstance(event, ExitDecided):
            self._exit_decided(event)
        elif isinstance(event, ItemDeclared):
            self._declared(event)
        elif isinstance(event, Health):
            self._health = event.model_dump(mode="json")
        elif getattr(event, "visit_id", None) is not None:
            self._moved(event)

    def _entry(self, event: EntryDecided) -> None:
        begins = event.visit_id is not None and event.visit_state is not None
        visit = self._session.get(Visit, event.visit_id) if begins else None
        decision = rejudging.entry(self._session, event, self._station, self._library)
        if begins and visit is None:
            visit = self._begin(event)
            reservations.use(self._session, event.reservation_id, visit.id)
        if visit is not None:
            self._fold(visit)
        two = visit is not None and visit.parallel and visit.id == event.visit_id
        if two:
            self._conflict(ConflictKind.TWO_VISITS, event)
        if event.ticket_id is not None and self._unknown_ticket(event.ticket_id):
            self._conflict(ConflictKind.SIGNED_UNKNOWN, event)
        elif not two:
            self._compare(event, decision)

    def _begin(self, event: EntryDecided) -> Visit:
        if event.visit_id is None or event.visit_state is None:
            raise ValueError("no visit begins with this event")
        return visits.begin(
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
            ),
            self._library,
        )

    def _free_number(self, event: EntryDecided) -> str:
        """The slip's number. One that another visit has comes from a station's copied database."""
        number = event.slip_number or f"-{event.visit_id}"
        taken = self._session.scalar(select(Visit.id).where(Visit.slip_number == number))
        if taken is None:
            return number
        self._conflict(ConflictKind.SLIP_NUMBER_TWICE, event)
        return f"{number}#{event.visit_id.hex[:8] if event.visit_id else ''}"

    def _exit_decided(self, event: ExitDecided) -> None:
        decision = rejudging.way_out(self._session, event, self._station, self._library)
        self._compare(event, decision)
        if event.verdict is Verdict.GRANT and Reason.NO_ENTRY in event.reasons:
            self._conflict(ConflictKind.EXIT_WITHOUT_ENTRY, event)

    def _declared(self, event: ItemDeclared) -> None:
        visit = self._session.get(Visit, event.visit_id)
        if visit is not None:
            visits.declare(self._session, visit, event.own_items, event.at)
            visits.touched(self._session, visit, self._library)

    def _moved(self, event: StationEvent) -> None:
        visit = self._session.get(Visit, getattr(event, "visit_id", None))
        if visit is not None:
            self._fold(visit)
        elif event.kind == "exited":
            self._conflict(ConflictKind.EXIT_WITHOUT_ENTRY, event)

    def _fold(self, visit: Visit) -> None:
        """Bring the visit to where all that was told of it leads, early or late."""
        story = visit_story.fold(visit_story.told(self._session, visit.id))
        if story is None or not visit_story.apply(visit, story):
            return
        self._session.flush()
        visits.touched(self._session, visit, self._library)
        self._settle_exit(visit)

    def _settle_exit(self, visit: Visit) -> None:
        """An exit that came before its entry is explained once the entry is here."""
        rows = self._session.scalars(
            select(Conflict).where(
                Conflict.kind == ConflictKind.EXIT_WITHOUT_ENTRY,
                Conflict.visit_id == visit.id,
                Conflict.resolved_at.is_(None),
            )
        )
        for conflict in rows:
            conflict.resolved_at, conflict.resolution = self._at, "entry_arrived"

    # --- What does not fit --------------------------------------------------------------------

    def _unknown_ticket(self, ticket_id: str) -> bool:
        return self._session.get(models.Ticket, ticket_id) is None

    def _compare(self, event: EntryDecided | ExitDecided, decision: Decision | None) -> None:
        if decision is None or decision.verdict is event.verdict:
            return
        self._conflict(
            ConflictKind.VERDICTS_DIFFER,
            event,
            there=[event.verdict, *event.reasons],
            here=[decision.verdict, *decision.codes],
        )

    def _conflict(self, kind: ConflictKind, event: StationEvent, **details: Any) -> None:
        self._session.add(
            Conflict(
                kind=kind,
                event_id=event.id,
                visit_id=getattr(event, "visit_id", None),
                ticket_id=getattr(event, "ticket_id", None),
                details={"station": self._station, "at": event.at.isoformat(), **details},
                raised_at=self._at,
            )
        )

    def note_station(self) -> None:
        """When the station was heard of, in which life, and how it is."""
        station = self._session.get_one(Station, self._station)
        station.last_seen_at = self._at
        station.incarnation = max(station.incarnation, self._incarnation)
        if self._health is not None:
            station.last_health = self._health


def _sentence(error: ValidationError) -> str:
    """What is wrong with a record, without repeating its values."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)


def _text(value: object) -> str:
    """What both databases take as text: no NUL, no half of a surrogate pair."""
    return str(value).replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _storable(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The record as it came; PostgreSQL takes no NUL in JSON."""
    cleaned: dict[str, Any] = json.loads(json.dumps(raw, default=str).replace("\\u0000", "\\ufffd"))
    return cleaned
