"""Decisions that were made about one visit, as stations told them and desks wrote them down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import Receipt
from gate.reasons import Reason, Verdict
from server.models import AuditRecord, Staff, StationEvent
from server.services.desk_events import DESK_STATION


class Way(StrEnum):
    """What was asked for."""

    ENTRY = "entry"
    EXIT = "exit"
    LEAVE = "leave"
    RETURN = "return"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One decision, with every reason that it had then."""

    at: datetime
    way: Way
    verdict: Verdict
    reasons: tuple[Reason, ...]
    where: str
    """Station, or whoever decided at the desk."""


AT_STATIONS = {"entry_decided": Way.ENTRY, "exit_decided": Way.EXIT}
_AT_DESKS = {
    "admitted_at_desk": (Way.ENTRY, Verdict.GRANT),
    "let_out": (Way.EXIT, Verdict.GRANT),
    "exit_refused": (Way.EXIT, Verdict.REFUSE),
    "left_for_a_while": (Way.LEAVE, Verdict.GRANT),
    "leave_refused": (Way.LEAVE, Verdict.REFUSE),
    "came_back": (Way.RETURN, Verdict.GRANT),
    "return_refused": (Way.RETURN, Verdict.REFUSE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Somebody held something to a station, and it decided."""

    made: Made
    ticket_id: str | None


def latest(session: Session, limit: int) -> Sequence[Sighting]:
    """What stations decided last, the newest first: ids of events are born in their order."""
    told = session.scalars(
        select(StationEvent)
        .where(
            StationEvent.receipt == Receipt.STORED, StationEvent.kind.in_(AT_STATIONS),
            StationEvent.station_code != DESK_STATION,
        )
        .order_by(StationEvent.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [
        Sighting(made=made, ticket_id=event.payload.get("ticket_id"))
        for event in told
        for made in _told(event)
    ]


def of_visit(session: Session, visit_id: UUID) -> Sequence[Made]:
    """All of them, in their order."""
    made = [*_of_stations(session, visit_id), *_of_desks(session, visit_id)]
    return sorted(made, key=lambda each: each.at)


def _of_stations(session: Session, visit_id: UUID) -> Iterator[Made]:
    told = session.scalars(
        select(StationEvent).where(
            StationEvent.visit_id == visit_id, StationEvent.receipt == Receipt.STORED,
            StationEvent.kind.in_(AT_STATIONS),
        )
    )  # fmt: skip
    for event in told:
        yield from _told(event)


def _told(event: StationEvent) -> Iterator[Made]:
    verdict = event.payload.get("verdict")
    if verdict is not None and event.at is not None:
        way = Way.LEAVE if event.payload.get("temporary") else AT_STATIONS[event.kind]
        yield Made(
            at=event.at, way=way, verdict=Verdict(verdict), where=event.station_code,
            reasons=_reasons(event.payload.get("reasons")),
        )  # fmt: skip


def _of_desks(session: Session, visit_id: UUID) -> Iterator[Made]:
    written = session.execute(
        select(AuditRecord).where(
            AuditRecord.object_kind == "visit", AuditRecord.object_id == str(visit_id),
            AuditRecord.action.in_(_AT_DESKS),
        )
    ).scalars()  # fmt: skip
    names = {f"staff:{key}": name for key, name in session.execute(select(Staff.id, Staff.name))}
    for record in written:
        way, verdict = _AT_DESKS[record.action]
        yield Made(
            at=record.at, way=way, verdict=verdict, where=names.get(record.actor, ""),
            reasons=_reasons(record.details.get("reasons")),
        )  # fmt: skip


def _reasons(codes: Any) -> tuple[Reason, ...]:
    """Those that this program knows; a newer station may name others."""
    known = {reason.value: reason for reason in Reason}
    return tuple(known[code] for code in codes or () if code in known)
