"""What a lane is, what may happen to it, what it does and all that it remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Way(StrEnum):
    """Into the building or out of it."""

    IN = "in"
    OUT = "out"


class Barrier(StrEnum):
    """What stands in the way."""

    TURNSTILE = "turnstile"
    """Full-height or waist-high: it counts who turns it."""
    DOOR = "door"
    """A swing door with a lock; sensors see who goes through."""
    LOCK = "lock"
    """A plain lock: nobody sees whether somebody went through, so whoever may go has gone."""
    NONE = "none"
    """Lamp and sound alone."""


class Phase(StrEnum):
    """What the lane is doing."""

    STOPPED = "stopped"
    """Not driven: before the start, after the end, without power."""
    CLOSED = "closed"
    """At rest."""
    OPEN = "open"
    """One person may pass, for a while."""
    HELD = "held"
    """Staff hold both ways open (X20)."""
    SHELTER = "shelter"
    """Air raid: both ways are free for anybody, and counted (E33)."""
    RELEASED = "released"
    """Fire: the way out is free, nobody is let in, until staff reset it (X14)."""


class Signal(StrEnum):
    """What may happen to a lane."""

    START = "start"
    STOP = "stop"
    GRANT = "grant"
    REFUSE = "refuse"
    PASSED = "passed"
    NOT_PASSED = "not_passed"
    FORCED = "forced"
    HELD_OPEN = "held_open"
    JAM = "jam"
    TAMPER = "tamper"
    AIR_RAID = "air_raid"
    """The lane's own alarm receiver; whether that opens anything the station decides."""
    AIR_RAID_OVER = "air_raid_over"
    TICK = "tick"
    """Time went by; wanted at least once a second."""
    STAFF_BUTTON = "staff_button"
    """Staff hold the lane open, at its button or from the console."""
    LOCK = "lock"
    """Staff let nobody in until `UNLOCK`."""
    UNLOCK = "unlock"
    SHELTER = "shelter"
    """Air raid, and this building has a shelter."""
    SHELTER_OVER = "shelter_over"
    FIRE = "fire"
    FIRE_CLEARED = "fire_cleared"
    RESET = "reset"
    """Staff put the lane back to rest, by hand."""


class Act(StrEnum):
    """What the lane's driver must do, or tell on."""

    OPEN_ONCE = "open_once"
    HOLD_OPEN = "hold_open"
    RELEASE_OUT = "release_out"
    """The way out free, the way in shut, until `RESET`."""
    SHUT = "shut"
    RESET = "reset"
    """Shut, and end a release or a hold that the lane itself keeps."""
    SHOW_REFUSAL = "show_refusal"
    """Lamp and sound."""
    CALL_STAFF = "call_staff"
    REPORT_PASSED = "report_passed"
    """After `REPORT_NOT_PASSED` of the same passage it is the truth: somebody was slow."""
    REPORT_NOT_PASSED = "report_not_passed"
    REPORT_BUSY = "report_busy"
    """Not opened: that way is shut, or too many wait already."""
    REPORT_COUNTED = "report_counted"
    """Somebody took a way that is free for anybody."""
    ALARM_FORCED = "alarm_forced"
    ALARM_UNCHECKED = "alarm_unchecked"
    """Somebody took a free way without a check (X21)."""
    ALARM_HELD_OPEN = "alarm_held_open"
    ALARM_TAILGATING = "alarm_tailgating"
    ALARM_JAM = "alarm_jam"
    ALARM_TAMPER = "alarm_tamper"
    ALARM_AIR_RAID = "alarm_air_raid"
    REPORT_ALL_CLEAR = "report_all_clear"
    ALARM_FIRE = "alarm_fire"


ALARMS: Final = frozenset(act for act in Act if act.name.startswith("ALARM_"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSettings:
    """How a lane behaves."""

    barrier: Barrier = Barrier.TURNSTILE
    ways: frozenset[Way] = frozenset(Way)
    """The ways that people may take here."""
    open_for: timedelta = timedelta(seconds=8)
    """Time for one person to pass (fault 30)."""
    late_within: timedelta = timedelta(seconds=1)
    """Who passes this soon after the time ran out is still the one who was let through."""
    tailgating_within: timedelta = timedelta(seconds=2)
    """A second person this soon after a passage follows on its heels; later ones force the lane."""
    lock_out: bool = False
    """Whether the way out is locked at rest, so that a refusal stops somebody (X21)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Somebody's passage, and until when a late word on it counts."""

    way: Way
    passage: str | None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """All that a lane remembers."""

    phase: Phase = Phase.STOPPED
    way: Way | None = None
    """Direction of the passage under way."""
    passage: str | None = None
    """Whose passage it is: an id that the reports carry."""
    opened_at: datetime | None = None
    until: datetime | None = None
    waiting: tuple[Turn, ...] = ()
    """Who was granted a passage and waits for the one before."""
    late: Turn | None = None
    """The passage whose time ran out last."""
    expected: tuple[Turn, ...] = ()
    """Who was told to take a way that is free for anybody, and is counted already."""
    passed_at: datetime | None = None
    locked: bool = False
    """Staff let nobody in."""
    shelter: bool = False
    """The air raid goes on; a fire or staff may be graver."""
    fire: bool = False
    """The fire input is on; a reset waits until it is off."""
    settings: LaneSettings = field(default_factory=LaneSettings)

    @property
    def is_way_in_free(self) -> bool:
        """Whether somebody can go in."""
        if self.settings.barrier is Barrier.NONE:
            return True
        free = self.phase in (Phase.HELD, Phase.SHELTER)
        return free or (self.phase is Phase.OPEN and self.way is Way.IN)

    @property
    def is_way_out_free(self) -> bool:
        """Whether somebody can go out."""
        if self.phase is Phase.CLOSED or (self.phase is Phase.OPEN and self.way is Way.IN):
            return not self.settings.lock_out or self.settings.barrier is Barrier.NONE
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneAction:
    """One thing to do, in order."""

    act: Act
    way: Way | None = None
    passage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSignal:
    """One thing that happened; way and passage where they belong to it."""

    kind: Signal
    way: Way | None = None
    passage: str | None = None
