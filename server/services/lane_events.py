"""What a station tells of its lane: alarms, phases, people counted; and emergencies that begin."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import Alarm, Counted, EntryDecided, ExitDecided, LaneChanged, StationEvent
from gate.facts import Emergency
from gate.reasons import Reason
from server.models import EmergencyOrigin, Station
from server.services import emergencies, lanes

ALL_CLEAR: Final = "all_clear"
_EMERGENCIES: Final = {"alarm_fire": Emergency.FIRE, "alarm_air_raid": Emergency.AIR_RAID}
_SHOWN_AGAIN: Final = {
    "entry_decided": (lanes.ALREADY_INSIDE, {Reason.ALREADY_INSIDE, Reason.INSIDE_AGAIN}),
    "exit_decided": (lanes.ALREADY_OUTSIDE, {Reason.SLIP_CLOSED, Reason.OUTSIDE_AGAIN}),
}
"""Tickets of those who are inside, slips of those who are out: by the kind of the event."""
_ALARM_HOLDS: Final = timedelta(hours=1)


def apply(session: Session, station: str, event: StationEvent, at: datetime) -> None:
    """Take one event, which was received at `at`; what is none of these passes by."""
    if isinstance(event, Alarm):
        _alarm(session, station, event, at)
    elif isinstance(event, LaneChanged):
        lanes.changed(session, station, event)
    elif isinstance(event, Counted):
        emergencies.count(session, _branch(session, station), event.way, event.persons, event.at)
    elif isinstance(event, EntryDecided | ExitDecided):
        kind = shown_again(event.kind, event.reasons)
        if kind is not None:
            lanes.shown_again(session, station, event.id, kind, event.ticket_id, event.at)


def shown_again(kind: str, reasons: Iterable[Reason]) -> str | None:
    """The alarm of a ticket or slip that was shown once more (threat 2); None where it is none."""
    alarm, codes = _SHOWN_AGAIN.get(kind, ("", set()))
    return alarm if codes & set(reasons) else None


def _branch(session: Session, station: str) -> str | None:
    return session.scalar(select(Station.branch_code).where(Station.code == station))


def call_the_roll(session: Session, at: datetime) -> None:
    """Whoever had come in at a station that was away is put on the list too."""
    session.flush()
    for case in emergencies.going_on(session):
        emergencies.fill(session, case, at=at, entropy=os.urandom)


def _alarm(session: Session, station: str, event: Alarm, at: datetime) -> None:
    """A lane's fire input or alarm receiver begins an emergency; any alarm waits for staff.

    What happened long ago, and is told late, begins nothing now.
    """
    if event.alarm == ALL_CLEAR:
        emergencies.end_air_raid_within(session, _branch(session, station), at=event.at)
        return
    lanes.alarm(session, station, event)
    kind = _EMERGENCIES.get(event.alarm)
    if kind is not None and at - event.at < _ALARM_HOLDS:
        emergencies.begin(
            session, kind, origin=EmergencyOrigin.LANE, at=event.at, entropy=os.urandom,
            station=station, branch=_branch(session, station),
        )  # fmt: skip
