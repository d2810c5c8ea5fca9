"""Emergencies as this station knows them: what the server says, and what its own lane heard first.

An own alarm holds with the server away; it is kept over a restart. A fire that the lane's input
told ends by a named person at the station or in the console, an air raid by its receiver.
"""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection
from typing import Final

from gate.events import BuildingRecord
from gate.facts import Emergency
from kiosk.store import meta

_KEPT: Final = {Emergency.FIRE: "own_fire", Emergency.AIR_RAID: "own_air_raid"}


def begin(tx: Connection, kind: Emergency, at: datetime) -> None:
    """The lane of this station heard an alarm."""
    if not meta.get(tx, _KEPT[kind]):
        meta.put(tx, _KEPT[kind], meta.stamp(at))


def end(tx: Connection, kind: Emergency) -> None:
    """The own alarm is over."""
    meta.put(tx, _KEPT[kind], "")


def own(tx: Connection, kind: Emergency) -> datetime | None:
    """Since when the own alarm holds; None without one."""
    since = meta.get(tx, _KEPT[kind])
    return datetime.fromisoformat(since) if since else None


def in_force(tx: Connection, building: BuildingRecord) -> BuildingRecord:
    """The house with the gravest of all alarms that are known here."""
    for kind in (Emergency.FIRE, Emergency.AIR_RAID):
        since = own(tx, kind)
        if building.emergency is kind:
            return building
        if since is not None:
            changed = {"emergency": kind, "emergency_since": since}
            return building.model_copy(update=changed)
    return building
