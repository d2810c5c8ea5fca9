"""Which release each station runs beside its server's, and whose turn an update is.

A server works with stations of its own release and of the one before (docs/updates.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


class Standing(StrEnum):
    """A station's release, seen from its server's."""

    CURRENT = "current"
    BEHIND = "behind"
    """A release older at most: all goes on, and it is to be updated."""
    TOO_OLD = "too_old"
    """Older than any that the server promises to work with."""
    AHEAD = "ahead"
    """The server was to be updated first."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A station as far as updates go."""

    code: str
    standing: Standing
    is_well: bool
    """It is heard of, and none of its devices failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is to be updated next."""

    station: str | None
    """None: nothing, or nothing before `waits_for` is well."""
    waits_for: Sequence[str]
    """Stations of the new release that are not well: no other follows them yet."""


def standing(version: str, server: str) -> Standing:
    """Judge a station's version; what is no `1.2.3` is unknown."""
    station, ours = _VERSION.match(version), _VERSION.match(server)
    if station is None or ours is None:
        return Standing.UNKNOWN
    theirs, here = tuple(map(int, station.groups())), tuple(map(int, ours.groups()))
    if theirs == here:
        return Standing.CURRENT
    if theirs > here:
        return Standing.AHEAD
    is_near = theirs[0] == here[0] and here[1] - theirs[1] <= 1
    return Standing.BEHIND if is_near else Standing.TOO_OLD


def turn(stations: Sequence[Running]) -> Turn:
    """One after the other, the oldest releases first, and none past one that is not well."""
    old = [one for one in stations if one.standing in {Standing.TOO_OLD, Standing.BEHIND}]
    if not old:
        return Turn(station=None, waits_for=())
    ill = [one.code for one in stations
           if one.standing is Standing.CURRENT and not one.is_well]  # fmt: skip
    first = min(old, key=lambda one: (one.standing is not Standing.TOO_OLD, one.code))
    return Turn(station=None if ill else first.code, waits_for=tuple(ill))
