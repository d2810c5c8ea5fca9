"""Lanes as staff see them: how they are, what staff told them, what they raised alarms about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gate.events import Alarm, LaneChanged, uuid7
from gate.kinds import LaneAct
from server.database import Database
from server.models import (
    LaneAlarm,
    LaneOrder,
    LaneStatus,
    Station,
    StationEvent,
    StationRole,
)
from server.services import audit, changes
from server.services.by import By
from server.services.keys import Entropy

ALREADY_INSIDE: Final = "already_inside"
ALREADY_OUTSIDE: Final = "already_outside"
SILENT_AFTER: Final = timedelta(minutes=2)
NEED_REASON: Final = (LaneAct.HOLD, LaneAct.LOCK)
"""What keeps a lane from its work is explained."""
_UUID_ENTROPY_BYTES: Final = 10
_REASON_MAX_SIGNS: Final = 500
_LOG_MOST: Final = 60
_LOGGED: Final = ("alarm", "lane_changed", "not_passed", "counted")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSeen:
    """One lane for the page of lanes."""

    station: Station
    phase: str
    """A code of gate.passage.Phase; empty where the station never told."""
    locked: bool
    since: datetime | None
    silent: bool
    """Nothing was heard of the station for a while."""
    passed_at: datetime | None
    """When somebody passed last."""


class NeedsReason(ValueError):
    """This order is given with a reason."""


def overview(session: Session, at: datetime) -> Sequence[LaneSeen]:
    """All stations with a lane, by their signs."""
    stations = session.scalars(
        select(Station)
        .where(Station.has_lane, Station.revoked_at.is_(None), Station.role != StationRole.READER)
        .order_by(Station.code)
    ).all()
    statuses = {one.station_code: one for one in session.scalars(select(LaneStatus))}
    passed = dict(
        session.execute(
            select(StationEvent.station_code, func.max(StationEvent.at))
            .where(
                StationEvent.kind.in_(("passed", "exited")),
                StationEvent.received_at > at - timedelta(days=1),
            )
            .group_by(StationEvent.station_code)
        ).all()
    )
    return [_seen(one, statuses.get(one.code), passed.get(one.code), at) for one in stations]


def _seen(
    station: Station, status: LaneStatus | None, passed_at: datetime | None, at: datetime
) -> LaneSeen:
    heard = station.last_seen_at
    return LaneSeen(
        station=station,
        phase=status.phase if status else "",
        locked=status.locked if status else False,
        since=status.changed_at if status else None,
        silent=heard is None or at - heard > SILENT_AFTER,
        passed_at=passed_at,
    )


def order(
    database: Database,
    station: str,
    act: LaneAct,
    *,
    way: str | None,
    reason: str,
    by: By,
    entropy: Entropy,
) -> bool:
    """Tell a lane what to do; its station hears of it at once. False where there is no such lane.

    Raises NeedsReason.
    """
    said = reason.strip()[:_REASON_MAX_SIGNS]
    if act in NEED_REASON and not said:
        raise NeedsReason
    with database.writing() as session:
        found = session.get(Station, station)
        if found is None or not found.has_lane or found.revoked_at is not None:
            return False
        give(session, station, act, way=way, reason=said, by=by, entropy=entropy)
        return True


def give(
    session: Session,
    station: str,
    act: LaneAct,
    *,
    way: str | None,
    reason: str,
    by: By,
    entropy: Entropy,
) -> None:
    """The same within a transaction, for a lane that there is."""
    given = LaneOrder(
        id=uuid7(by.at, entropy(_UUID_ENTROPY_BYTES)), station_code=station, act=act, way=way,
        reason=reason, given_at=by.at, given_by=by.staff_id,
    )  # fmt: skip
    session.add(given)
    session.flush()
    audit.record(
        session, at=by.at, actor=by.actor, action="lane_order", about=("station", station),
        details={"act": act, "way": way, "order": str(given.id)},
    )  # fmt: skip
    changes.note_building(session)


def hold_ways_out(
    session: Session, where: ColumnElement[bool], *, by: By, entropy: Entropy
) -> None:
    """Hold every lane open that leads out, of the stations that are meant (X20)."""
    rows = session.scalars(
        select(Station.code).where(
            Station.has_lane, Station.revoked_at.is_(None),
            Station.role.in_((StationRole.EXIT, StationRole.BOTH)), where,
        )
    )  # fmt: skip
    for station in rows.all():
        give(session, station, LaneAct.HOLD, way=None, reason="", by=by, entropy=entropy)


def reset_all(session: Session, branch: str | None, *, by: By, entropy: Entropy) -> None:
    """Put every lane of a building that is released or held back to work, after an all clear."""
    rows = session.scalars(
        select(LaneStatus.station_code)
        .join(Station, Station.code == LaneStatus.station_code)
        .where(
            LaneStatus.phase.in_(("released", "held")),
            Station.branch_code.is_not_distinct_from(branch),
        )
    )
    for station in rows.all():
        give(session, station, LaneAct.RESET, way=None, reason="", by=by, entropy=entropy)


# --- What stations tell ----------------------------------------------------------------------


def changed(session: Session, station: str, event: LaneChanged) -> None:
    """A lane is in another phase; an older word that comes late changes nothing."""
    status = session.get(LaneStatus, station)
    if status is None:
        status = LaneStatus(station_code=station, phase="", changed_at=event.at)
        session.add(status)
    if event.at >= status.changed_at:
        status.phase, status.locked, status.changed_at = event.phase, event.locked, event.at
    given = None if event.order_id is None else session.get(LaneOrder, event.order_id)
    if given is not None and given.station_code == station and given.done_at is None:
        given.done_at = event.at
        changes.note_building(session)
    session.flush()


def alarm(session: Session, station: str, event: Alarm) -> None:
    """A lane raised an alarm: it waits until somebody acknowledges it."""
    raised = LaneAlarm(
        id=event.id, station_code=station, kind=event.alarm, way=event.way, at=event.at
    )
    session.add(raised)
    session.flush()


def shown_again(
    session: Session, station: str, event_id: UUID, kind: str, ticket_id: str | None, at: datetime
) -> None:
    """The ticket of somebody inside, or the slip of somebody outside, was shown once more.

    Staff compare the photo (threat 2).
    """
    raised = LaneAlarm(id=event_id, station_code=station, kind=kind, at=at, ticket_id=ticket_id)
    session.add(raised)
    session.flush()


def open_alarms(session: Session) -> Sequence[LaneAlarm]:
    """Alarms that nobody acknowledged, the latest first."""
    query = select(LaneAlarm).where(LaneAlarm.acknowledged_at.is_(None))
    return session.scalars(query.order_by(LaneAlarm.at.desc()).limit(_LOG_MOST)).all()


def acknowledge(database: Database, alarm_id: UUID, *, note: str, by: By) -> bool:
    """Somebody looked and says what it was. False where another did."""
    with database.writing() as session:
        found = session.get(LaneAlarm, alarm_id, with_for_update=True)
        if found is None or found.acknowledged_at is not None:
            return False
        found.acknowledged_at, found.acknowledged_by = by.at, by.staff_id
        found.note = note.strip()[:_REASON_MAX_SIGNS]
        audit.record(
            session, at=by.at, actor=by.actor, action="lane_alarm_acknowledged",
            about=("lane_alarm", str(alarm_id)), details={"kind": found.kind},
        )  # fmt: skip
        return True


def log(session: Session) -> Sequence[StationEvent | LaneOrder | LaneAlarm]:
    """What happened at the lanes, the latest first: events, orders, and alarms with their end."""
    events = session.scalars(
        select(StationEvent)
        .where(StationEvent.kind.in_(_LOGGED), StationEvent.id.not_in(select(LaneAlarm.id)))
        .order_by(StationEvent.received_at.desc())
        .limit(_LOG_MOST)
    )
    orders = session.scalars(select(LaneOrder).order_by(LaneOrder.given_at.desc()).limit(_LOG_MOST))
    alarms = session.scalars(select(LaneAlarm).order_by(LaneAlarm.at.desc()).limit(_LOG_MOST))
    found: list[StationEvent | LaneOrder | LaneAlarm] = [*events, *orders, *alarms]
    return sorted(found, key=when, reverse=True)[:_LOG_MOST]


def when(line: StationEvent | LaneOrder | LaneAlarm) -> datetime:
    """When a line of the log happened."""
    if isinstance(line, StationEvent):
        return line.at or line.received_at
    return line.given_at if isinstance(line, LaneOrder) else line.at
