"""Visits that began, changed or ended at this station, and how they fit with the copy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection

from gate.events import VisitRecord
from gate.facts import OPEN_VISIT_STATES, SlipState, VisitState
from kiosk.store import copy, meta


@dataclass(frozen=True, slots=True)
class OwnVisit:
    """A visit as this station knows it from its own events."""

    record: VisitRecord
    acknowledged: int | None
    """Number of the batch in which the server took the last event; None while one waits."""

    def is_ahead(self, seen: int) -> bool:
        """Whether this station knows more of the visit than what the server has told."""
        return self.acknowledged is None or self.acknowledged > seen


def put(tx: Connection, visit: VisitRecord) -> None:
    """Keep a visit; it is ahead of the server until its events are acknowledged."""
    tx.execute(
        "INSERT OR REPLACE INTO visit VALUES (?, ?, ?, ?, ?, NULL, ?)",
        (
            str(visit.visit_id), visit.slip_number, visit.ticket_id, visit.event_id,
            meta.stamp(visit.opened_at), visit.model_dump_json(),
        ),
    )  # fmt: skip


def own(tx: Connection, visit_id: str) -> OwnVisit | None:
    """A visit of this station."""
    return next(iter(_found(tx, "visit_id = ?", visit_id)), None)


def of_ticket(tx: Connection, ticket_id: str) -> VisitRecord | None:
    """The visit of a ticket that is open, by all that this station knows."""
    told = copy.visit_of_ticket(tx, ticket_id)
    mine = _found(tx, "ticket_id = ?", ticket_id)
    known = [merged(one, copy.visit(tx, str(one.record.visit_id)), _seen(tx)) for one in mine]
    return latest_open([*known, None if told is None else with_own(tx, told)])


def of_slip(tx: Connection, slip_number: str) -> VisitRecord | None:
    """The visit of a slip in any state, by all that this station knows."""
    mine = next(iter(_found(tx, "slip_number = ?", slip_number)), None)
    return merged(mine, copy.visit_of_slip(tx, slip_number), _seen(tx))


def with_own(tx: Connection, told: VisitRecord) -> VisitRecord:
    """What the copy says of a visit, put right by this station's own events."""
    return merged(own(tx, str(told.visit_id)), told, _seen(tx)) or told


def latest_open(visits: Iterable[VisitRecord | None]) -> VisitRecord | None:
    """The open one among visits; the last to begin, should there be several."""
    open_ones = (one for one in visits if one is not None and one.state in OPEN_VISIT_STATES)
    return max(open_ones, key=lambda one: one.opened_at, default=None)


def merged(mine: OwnVisit | None, told: VisitRecord | None, seen: int) -> VisitRecord | None:
    """One visit out of what this station did and what the server told."""
    if mine is None:
        return told
    if mine.is_ahead(seen):
        return mine.record if told is None else _with_loans(mine.record, told)
    return told or _closed_elsewhere(mine.record)


def _with_loans(mine: VisitRecord, told: VisitRecord) -> VisitRecord:
    """The state from here; loans, marks and a void slip are known at the server alone."""
    loans = {
        "reading_room": told.reading_room,
        "home_today": told.home_today,
        "marks": told.marks,
    }
    void = {"slip_state": SlipState.VOID} if told.slip_state is SlipState.VOID else {}
    return mine.model_copy(update=loans | void)


def _closed_elsewhere(mine: VisitRecord) -> VisitRecord:
    """The copy holds open visits; one that it let go of has ended."""
    if mine.state not in OPEN_VISIT_STATES:
        return mine
    ended = {"state": VisitState.CLOSED, "slip_state": SlipState.CLOSED}
    return mine.model_copy(update=ended)


def forget(tx: Connection, before: datetime) -> None:
    """Delete visits that began long ago and that nothing waits for, with their slips."""
    old = "opened_at < ? AND acknowledged IS NOT NULL"
    tx.execute(
        f"DELETE FROM job WHERE visit_id IN (SELECT visit_id FROM visit WHERE {old})",  # noqa: S608
        (meta.stamp(before),),
    )
    tx.execute(f"DELETE FROM visit WHERE {old}", (meta.stamp(before),))  # noqa: S608


def persons_ahead(tx: Connection) -> int:
    """How many more people are inside than the copy counts, by this station's own events."""
    return sum(_change(tx, one) for one in _ahead(tx))


def event_persons_ahead(tx: Connection, event_id: str) -> int:
    """Places of an event taken here that the copy does not count yet."""
    return sum(one.record.persons for one in _ahead(tx) if one.record.event_id == event_id)


def _change(tx: Connection, one: OwnVisit) -> int:
    told = copy.visit(tx, str(one.record.visit_id))
    return _inside(one.record) - (0 if told is None else _inside(told))


def _inside(visit: VisitRecord) -> int:
    return visit.persons if visit.state in (VisitState.ADMITTED, VisitState.INSIDE) else 0


def _ahead(tx: Connection) -> tuple[OwnVisit, ...]:
    return _found(tx, "acknowledged IS NULL OR acknowledged > ?", _seen(tx))


def _seen(tx: Connection) -> int:
    return meta.number(tx, "seen")


def _found(tx: Connection, condition: str, value: object) -> tuple[OwnVisit, ...]:
    rows = tx.execute(f"SELECT body, acknowledged FROM visit WHERE {condition}", (value,))  # noqa: S608
    return tuple(
        OwnVisit(VisitRecord.model_validate_json(row["body"]), row["acknowledged"]) for row in rows
    )
