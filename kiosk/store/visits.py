"""Visits that began, changed or ended at this station, and how they fit with the copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection

from gate.events import BuildingRecord, VisitRecord
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
        "INSERT OR REPLACE INTO visit VALUES (?, ?, ?, ?, ?, ?, NULL, ?)",
        (
            str(visit.visit_id), visit.slip_number, visit.ticket_id, visit.event_id,
            meta.stamp(visit.opened_at), copy.persons_inside(visit), visit.model_dump_json(),
        ),
    )  # fmt: skip


def own(tx: Connection, visit_id: str) -> OwnVisit | None:
    """A visit of this station."""
    return next(iter(_found(tx, "visit_id = ?", visit_id)), None)


@dataclass(frozen=True, slots=True)
class Told:
    """What the server said, or the copy: of the person asked for, and of any visit by its id."""

    visit: VisitRecord | None
    of: Callable[[str], VisitRecord | None]
    seen: int
    """Acknowledgements that had been given when it was said."""


def of_ticket(tx: Connection, ticket_id: str, told: Told) -> VisitRecord | None:
    """The open visit of a ticket, by all that this station knows."""
    mine = _found(tx, "ticket_id = ?", ticket_id)
    known = [merged(one, told.of(str(one.record.visit_id)), told.seen) for one in mine]
    return latest_open([*known, _put_right(tx, told)])


def of_slip(tx: Connection, slip_number: str, told: Told) -> VisitRecord | None:
    """The visit of a slip in any state, by all that this station knows."""
    mine = next(iter(_found(tx, "slip_number = ?", slip_number)), None)
    return merged(mine, told.visit, told.seen)


def _put_right(tx: Connection, told: Told) -> VisitRecord | None:
    """The visit that was told of, as this station's own events left it."""
    if told.visit is None:
        return None
    return merged(own(tx, str(told.visit.visit_id)), told.visit, told.seen)


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
        "marked_by": told.marked_by,
        "marked_at": told.marked_at,
        "needs_help": told.needs_help or mine.needs_help,
    }
    void = {"slip_state": SlipState.VOID} if told.slip_state is SlipState.VOID else {}
    return mine.model_copy(update=loans | void)


def _closed_elsewhere(mine: VisitRecord) -> VisitRecord:
    """The copy holds open visits; one that it let go of has ended."""
    if mine.state not in OPEN_VISIT_STATES:
        return mine
    ended = {"state": VisitState.CLOSED, "slip_state": SlipState.CLOSED}
    return mine.model_copy(update=ended)


def of_day(
    tx: Connection, seen: int, since: datetime, building: BuildingRecord
) -> tuple[VisitRecord, ...]:
    """Open visits in this building that began since then, by all that is known, in their order."""
    rows = tx.execute("SELECT body FROM copied_visit")
    told = {one.visit_id: one for row in rows
            for one in [VisitRecord.model_validate_json(row["body"])]}  # fmt: skip
    mine = {one.record.visit_id: one for one in _found(tx, "opened_at >= ?", meta.stamp(since))}
    known = (merged(mine.get(key), told.get(key), seen) for key in told.keys() | mine.keys())
    found = (
        one
        for one in known
        if one is not None
        and one.state in OPEN_VISIT_STATES
        and one.opened_at >= since
        and _is_in(building, one)
    )
    return tuple(sorted(found, key=lambda one: one.opened_at))


def _is_in(building: BuildingRecord, visit: VisitRecord) -> bool:
    """By the building it was told with; an older server told the stations of each (fault 34)."""
    if visit.branch is None:
        return not building.stations or visit.station in building.stations
    return visit.branch == building.branch


def evacuate(tx: Connection, seen: int, since: datetime, building: BuildingRecord) -> None:
    """At a fire everybody is out: their slips hold for the return (X14).

    It is this station's own word until the server is known to say the same: `outbox.settle`.
    """
    for visit in of_day(tx, seen, since, building):
        if visit.state is not VisitState.AWAY:
            put(tx, visit.model_copy(update={"state": VisitState.EVACUATED}))


def forget(tx: Connection, before: datetime) -> None:
    """Delete visits that began long ago and that nothing waits for, with their slips."""
    old = (
        "opened_at < ? AND NOT EXISTS"
        " (SELECT 1 FROM outbox WHERE outbox.visit_id = visit.visit_id AND state = 'queued')"
    )
    tx.execute(
        f"DELETE FROM job WHERE visit_id IN (SELECT visit_id FROM visit WHERE {old})",  # noqa: S608
        (meta.stamp(before),),
    )
    tx.execute(f"DELETE FROM visit WHERE {old}", (meta.stamp(before),))  # noqa: S608


def persons_ahead(tx: Connection, seen: int, since: datetime) -> Counter[str | None]:
    """How many more people are inside than the server counted, by this station's own events.

    They are told by the event that they came to; None: to none. Visits that began before `since`
    are of another day and count no more.
    """
    rows = tx.execute(
        "SELECT event_id, sum(visit.persons_inside - coalesce(told.persons_inside, 0)) AS more"
        " FROM visit LEFT JOIN copied_visit AS told USING (visit_id) WHERE visit.opened_at >= ?"
        " AND (visit.acknowledged IS NULL OR visit.acknowledged > ?) GROUP BY event_id",
        (meta.stamp(since), seen),
    )
    return Counter({row["event_id"]: int(row["more"]) for row in rows})


def event_persons_ahead(tx: Connection, event_id: str, seen: int) -> int:
    """Places of an event taken here that the server had not counted."""
    mine = _found(tx, "event_id = ?", event_id)
    return sum(one.record.persons for one in mine if one.is_ahead(seen))


def _found(tx: Connection, condition: str, value: object) -> tuple[OwnVisit, ...]:
    rows = tx.execute(f"SELECT body, acknowledged FROM visit WHERE {condition}", (value,))  # noqa: S608
    return tuple(
        OwnVisit(VisitRecord.model_validate_json(row["body"]), row["acknowledged"]) for row in rows
    )
