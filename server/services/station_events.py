"""`POST events`: what happened is never refused. Each event is kept once and answered for itself.

An event that can't be read is kept as unprocessable and shown to staff; the rest flows (fault 12).
A batch is kept in one step. Where one of its events does not fit into the database, that step is
undone and each event is tried for itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError
from sqlalchemy import insert, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from gate.events import (
    STATION_EVENT,
    AuditHead,
    EntryDecided,
    EventReceipt,
    EventReceipts,
    ExitDecided,
    Health,
    Maintenance,
    Receipt,
    StationEvent,
)
from server import models
from server.database import Database
from server.models import Station
from server.services import audit, audit_heads, lane_events, settings
from server.services.event_meaning import Meaning
from server.services.settings import LibrarySettings

_NAMESPACE = UUID("6b1b3f4e-43b9-5c43-9d5c-1c0b7f2f3a11")
"""Ids of records that bring none of their own are made of their content, so that they too are kept
once."""
_PROBLEM_MAX_SIGNS = 1000
_ID_MAX_SIGNS = 200
_KIND_MAX_SIGNS = 40
_KNOWN = Receipt.KNOWN
AUDITED = (
    "entry_decided", "exit_decided", "exited", "alarm", "lane_changed", "help_called",
    "maintenance",
)  # fmt: skip


def ingest(
    database: Database, station: str, batch: Sequence[Mapping[str, Any]], *, at: datetime,
    head: AuditHead | None = None,
) -> EventReceipts:  # fmt: skip
    """Keep a batch in one transaction; the receipts stand in the order of its events.

    `at`: when it was received; `head`: what the station keeps of the audit log. Nothing is
    acknowledged before it is durable.
    """
    with database.writing() as session:
        library = settings.read(session)
        inbox = _Inbox(session, station, library, at)
        receipts = inbox.take(batch)
        audit_heads.keep(session, library, station, head)
        newest = audit_heads.newest(session, library)
    return EventReceipts(epoch=library.epoch, receipts=tuple(receipts), audit_head=newest)


def read_anew(database: Database, *, at: datetime) -> int:
    """Read once more what was set aside, now that this version may know it; how many it did.

    A station that is newer than its server tells of things that the server learns with its next
    version (fault 34). Nothing is told twice: the records are kept here from the first day.
    """
    event = models.StationEvent
    with database.writing() as session:
        library = settings.read(session)
        aside = session.scalars(
            select(event)
            .where(event.receipt == Receipt.UNPROCESSABLE)
            .order_by(event.received_at, event.id)
            .with_for_update(skip_locked=True)
        ).all()
        known = [one for one in aside if _can_be_read(one.payload)]
        told = [(one.station_code, one.payload) for one in known]
        for one in known:
            session.delete(one)
        session.flush()
        receipts = [
            receipt.receipt
            for station, group in groupby(sorted(told, key=_station), key=_station)
            for receipt in _Inbox(session, station, library, at).take([raw for _, raw in group])
        ]
        return receipts.count(Receipt.STORED)


def _station(told: tuple[str, Mapping[str, Any]]) -> str:
    return told[0]


def _can_be_read(raw: Mapping[str, Any]) -> bool:
    try:
        STATION_EVENT.validate_python(raw)
    except ValidationError:
        return False
    return True


def event_id(station: str, raw: Mapping[str, Any]) -> UUID:
    """The event's own id, or one made of its content where it brings none that can be read."""
    try:
        return UUID(raw["id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        content = json.dumps(raw, sort_keys=True, default=str)
        return uuid5(_NAMESPACE, f"{station} {content}")


@dataclass(frozen=True, slots=True)
class _Arrived:
    """An event that is new to us and can be read."""

    key: UUID
    raw: Mapping[str, Any]
    event: StationEvent


class _Inbox:
    """One batch on its way into the database."""

    def __init__(
        self, session: Session, station: str, library: LibrarySettings, at: datetime
    ) -> None:
        self._session = session
        self._station = station
        self._library = library
        self._at = at
        self._problems: dict[UUID, str] = {}

    def take(self, batch: Sequence[Mapping[str, Any]]) -> list[EventReceipt]:
        """Keep every event, whatever it is."""
        keys = [event_id(self._station, raw) for raw in batch]
        known = self._known(keys)
        arrived: list[_Arrived] = []
        fresh: list[bool] = []
        for key, raw in zip(keys, batch, strict=True):
            fresh.append(key not in known)
            if key not in known:
                known.add(key)
                arrived += self._read(key, raw)
        self._keep(arrived)
        self._note_station([one.event for one in arrived if one.key not in self._problems])
        if self._library.is_alarmed:
            lane_events.call_the_roll(self._session, self._at)
        return [
            self._receipt(key, raw) if new else EventReceipt(id=_told_id(key, raw), receipt=_KNOWN)
            for key, raw, new in zip(keys, batch, fresh, strict=True)
        ]

    def _receipt(self, key: UUID, raw: Mapping[str, Any]) -> EventReceipt:
        problem = self._problems.get(key)
        receipt = Receipt.STORED if problem is None else Receipt.UNPROCESSABLE
        return EventReceipt(id=_told_id(key, raw), receipt=receipt, problem=problem)

    def _known(self, keys: Sequence[UUID]) -> set[UUID]:
        table = models.StationEvent
        return set(self._session.scalars(select(table.id).where(table.id.in_(keys))))

    def _read(self, key: UUID, raw: Mapping[str, Any]) -> Iterable[_Arrived]:
        try:
            return (_Arrived(key, raw, STATION_EVENT.validate_python(raw)),)
        except ValidationError as error:
            self._set_aside(key, raw, _sentence(error))
            return ()

    def _keep(self, arrived: Sequence[_Arrived]) -> None:
        """Store and apply all in one step, or each in its own; what fails then is set aside."""
        try:
            self._keep_together(arrived)
        except (IntegrityError, DataError) as error:
            if len(arrived) == 1:
                [one] = arrived
                self._set_aside(one.key, one.raw, f"does not fit the records: {error.orig}")
                return
            for one in arrived:
                self._keep([one])

    def _keep_together(self, arrived: Sequence[_Arrived]) -> None:
        if not arrived:
            return
        with self._session.begin_nested():
            self._store(arrived)
            events = [one.event for one in arrived]
            meaning = Meaning(self._session, self._station, self._library, self._at, events)
            for event in events:
                meaning.apply(event)
            self._session.flush()

    def _store(self, arrived: Sequence[_Arrived]) -> None:
        rows = [
            {
                "id": one.key, "station_code": self._station,
                "incarnation": one.event.incarnation, "sequence": one.event.sequence,
                "at": one.event.at, "kind": one.event.kind,
                "visit_id": getattr(one.event, "visit_id", None), "payload": _storable(one.raw),
                "answer": None, "receipt": Receipt.STORED, "problem": None,
                "received_at": self._at,
            }
            for one in arrived
        ]  # fmt: skip
        self._session.connection().execute(insert(models.StationEvent.__table__), rows)  # type: ignore[arg-type]
        for one in arrived:
            if one.event.kind in AUDITED:
                self._audit(one.event)

    def _set_aside(self, key: UUID, raw: Mapping[str, Any], problem: str) -> None:
        self._problems[key] = problem = _text(problem)[:_PROBLEM_MAX_SIGNS]
        self._session.add(
            models.StationEvent(
                id=key, station_code=self._station,
                kind=_text(raw.get("kind", ""))[:_KIND_MAX_SIGNS], payload=_storable(raw),
                receipt=Receipt.UNPROCESSABLE, problem=problem, received_at=self._at,
            )
        )  # fmt: skip
        self._session.flush()

    def _audit(self, event: StationEvent) -> None:
        visit_id = getattr(event, "visit_id", None)
        about = ("event", str(event.id)) if visit_id is None else ("visit", str(visit_id))
        details: dict[str, Any] = {"at": event.at.isoformat(), "event": str(event.id)}
        if isinstance(event, EntryDecided | ExitDecided):
            details |= {"verdict": event.verdict, "reasons": event.reasons}
        if isinstance(event, Maintenance):
            details |= {"act": event.act, "means": event.means}
        audit.record(
            self._session, at=self._at, actor=f"station:{self._station}", action=event.kind,
            about=about, details=details,
        )  # fmt: skip

    def _note_station(self, events: Sequence[StationEvent]) -> None:
        """When the station was heard of, in which life, and how it is."""
        station = self._session.get_one(Station, self._station)
        station.last_seen_at = self._at
        lives = (event.incarnation for event in events)
        station.incarnation = max(station.incarnation, *lives, 0)
        for event in events:
            if isinstance(event, Health):
                station.last_health = event.model_dump(mode="json")


def _told_id(key: UUID, raw: Mapping[str, Any]) -> str:
    """The id by which the station knows the event, whatever it is."""
    return _text(raw.get("id", key))[:_ID_MAX_SIGNS]


def _sentence(error: ValidationError) -> str:
    """What is wrong with a record, without repeating its values."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)


def _text(value: object) -> str:
    """What both databases take as text: no NUL, no half of a surrogate pair."""
    return str(value).replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _storable(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The record as it came, but for NUL: PostgreSQL fails whoever reads one out of JSON."""
    cleaned: dict[str, Any] = json.loads(json.dumps(raw, default=str).replace("\\u0000", "\\ufffd"))
    return cleaned
