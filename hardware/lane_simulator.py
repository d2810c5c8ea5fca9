"""A turnstile through which one can walk from a keyboard.

The handle of `hardware.simulator_control`: {"do": "walk", "direction": "in"} walks through
(409 where the lane is locked), {"do": "push", "direction": "in"} forces it, {"do": "fire"}
and {"do": "fire_over"} play the fire input, {"do": "air_raid"} and {"do": "air_raid_over"} the
alarm receiver, {"do": "staff_button"} the desk's button, {"do": "hold"} a door that stands open,
{"do": "tamper"} a hand in its case; {"do": "set", "trouble": "jam"} makes one of `Trouble` hold
until {"do": "reset"}.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from enum import StrEnum
from threading import Condition
from time import monotonic
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from hardware.contracts import (
    Buzz,
    Detail,
    DeviceClosed,
    DeviceMissing,
    Direction,
    Health,
    HealthState,
    LampState,
    LaneSignal,
    Now,
    SignalKind,
)
from hardware.settings import DriverSettings
from hardware.simulator_control import ControlServer, NotNow, arguments_as, no_such

_MOST_REMEMBERED: Final = 200
_HEARD: Final = {
    "hold": SignalKind.HELD_OPEN,
    "tamper": SignalKind.TAMPER,
    "air_raid": SignalKind.AIR_RAID,
    "air_raid_over": SignalKind.AIR_RAID_OVER,
}


class Settings(DriverSettings):
    """How long one person has, and the port of its handle (none by default, 0: any)."""

    release_s: float = Field(default=8.0, gt=0, le=120)
    """How long one person has."""
    control_port: int | None = Field(default=None, ge=0, le=65535)
    """Where it takes orders, on the loopback; 0: any free port; without: nowhere."""


def connect(settings: Settings, now: Now) -> SimulatedLane:
    """The lane, locked."""
    return SimulatedLane(settings, now)


class Bars(StrEnum):
    """What a person meets at the turnstile."""

    SHUT = "shut"
    FREE_IN = "free_in"
    FREE_OUT = "free_out"
    OPEN = "open"


class Trouble(StrEnum):
    """What can be wrong with the lane."""

    NONE = "none"
    JAM = "jam"
    """It unlocks but does not turn."""
    GONE = "gone"
    """Its lines cannot be driven."""


class Walk(BaseModel):
    """A person who walks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    direction: Direction = Direction.IN


class SetTrouble(BaseModel):
    """What shall be wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trouble: Trouble


class SimulatedLane:
    """A `Lane` that remembers what was done with it."""

    kind: ClassVar[str] = "lane"
    actions: ClassVar[tuple[str, ...]] = (
        "walk", "push", "hold", "tamper", "fire", "fire_over", "air_raid", "air_raid_over",
        "staff_button", "set", "reset",
    )  # fmt: skip

    def __init__(
        self, settings: Settings, now: Now, clock_s: Callable[[], float] = monotonic
    ) -> None:
        self._now = now
        self._clock_s = clock_s
        self._release_s = settings.release_s
        self._changed = Condition()
        self._bars = Bars.SHUT
        self._until_s = 0.0
        self._fire_input = self._fire = self._button = False
        self._lamps = LampState.DARK
        self._trouble = Trouble.NONE
        self._closed = False
        self._signals: deque[LaneSignal] = deque(maxlen=_MOST_REMEMBERED)
        self._past: deque[str] = deque(maxlen=_MOST_REMEMBERED)
        port = settings.control_port
        self.control = None if port is None else ControlServer(self, "lane", port)

    # What the station does.

    def open_once(self, direction: Direction) -> None:
        """Unlock for one person; see `Lane`."""
        with self._changed:
            self._check("open_once", direction)
            if self._fire or self._button:
                if self._fire and direction is Direction.IN:
                    self._say(SignalKind.NOT_PASSED, direction)
                return
            self._bars = Bars.FREE_IN if direction is Direction.IN else Bars.FREE_OUT
            self._until_s = self._clock_s() + self._release_s

    def hold_open(self) -> None:
        """Unlock both ways; into a fire nobody is let."""
        with self._changed:
            self._check("hold_open")
            if not self._fire:
                self._bars = Bars.OPEN

    def release(self) -> None:
        """Unlock the way out, lock the way in."""
        with self._changed:
            self._check("release")
            self._free_out()

    def shut(self) -> None:
        """Lock both ways; what a fire or the button holds stays, and is told again."""
        with self._changed:
            self._check("shut")
            self._shut()

    def reset(self) -> None:
        """End what the button holds, and a fire whose input is quiet."""
        with self._changed:
            self._check("reset")
            self._fire, self._button = self._fire_input, False
            self._shut()

    def _shut(self) -> None:
        if self._fire:
            self._say(SignalKind.FIRE, None)
        elif self._button:
            self._say(SignalKind.STAFF_BUTTON, None)
        else:
            self._bars = Bars.SHUT

    def _free_out(self) -> None:
        self._bars, self._until_s = Bars.FREE_OUT, float("inf")

    def leave(self) -> None:
        """Safe levels until the next command: whoever drives the lane is gone."""
        with self._changed:
            self._check("leave")
            self._lamps, self._button = LampState.DARK, False
            self._free_out()

    def show(self, lamps: LampState) -> None:
        """Set the lamps."""
        with self._changed:
            self._check("show", lamps)
            self._lamps = lamps

    def buzz(self, sound: Buzz) -> None:
        """Sound the buzzer."""
        with self._changed:
            self._check("buzz", sound)

    def signals(self, timeout_s: float) -> tuple[LaneSignal, ...]:
        """What the sensors said; see `Lane`."""
        deadline_s = self._clock_s() + timeout_s
        with self._changed:
            while not self._ready():
                left_s = min(deadline_s, self._end_of_release_s()) - self._clock_s()
                if deadline_s <= self._clock_s():
                    break
                self._changed.wait(max(0.0, left_s))
            self._check()
            said = tuple(self._signals)
            self._signals.clear()
            return said

    def health(self) -> Health:
        """A simulator always knows how it is."""
        if self._closed:
            return Health(HealthState.UNKNOWN, Detail.CLOSED, None)
        if self._trouble is Trouble.GONE:
            return Health(HealthState.FAILED, Detail.MISSING, None)
        if self._trouble is Trouble.JAM:
            return Health(HealthState.DEGRADED, Detail.LANE_JAM, self._now())
        return Health(HealthState.WORKS, Detail.FINE, self._now())

    def close(self) -> None:
        """Set the safe levels: out is free, in is shut, the lamps are dark."""
        with self._changed:
            first, self._closed = not self._closed, True
            self._lamps = LampState.DARK
            self._free_out()
            self._changed.notify_all()
        if first and self.control:
            self.control.close()

    # What people do.

    def walk(self, direction: Direction) -> None:
        """Walk through; raises `NotNow` where the lane does not give way."""
        with self._changed:
            self._lock_in_time()
            free = {Bars.OPEN, Bars.FREE_IN if direction is Direction.IN else Bars.FREE_OUT}
            if self._bars not in free:
                raise NotNow("the lane is locked")
            if self._trouble is Trouble.JAM:
                self._say(SignalKind.JAM, direction)
                raise NotNow("the lane does not turn")
            self._say(SignalKind.PASSED, direction)
            if self._end_of_release_s() < float("inf") and not self._closed:
                self._bars = Bars.SHUT

    def push(self, direction: Direction) -> None:
        """Get through by force."""
        with self._changed:
            self._say(SignalKind.FORCED, direction)

    def trouble(self, trouble: Trouble) -> None:
        """Let this be wrong from now on; without its lines a lane locks its way in."""
        with self._changed:
            if trouble is Trouble.GONE:
                self._free_out()
            elif self._trouble is Trouble.GONE:
                self._bars = Bars.SHUT
            self._trouble = trouble
            self._changed.notify_all()

    def state(self) -> dict[str, Any]:
        """The bars, the lamps, what is wrong, and what was done with the lane."""
        with self._changed:
            self._lock_in_time()
            return {
                "bars": self._bars,
                "lamps": self._lamps,
                "trouble": self._trouble,
                "past": list(self._past),
            }

    def do(self, action: str, arguments: Mapping[str, Any]) -> None:
        """Walk, push, sound an alarm, press the button, set or reset trouble."""
        match action:
            case "walk":
                self.walk(arguments_as(Walk, arguments).direction)
            case "push":
                self.push(arguments_as(Walk, arguments).direction)
            case "fire":
                self._burn(on=True)
            case "fire_over":
                self._burn(on=False)
            case "staff_button":
                self._press()
            case "hold" | "tamper" | "air_raid" | "air_raid_over":
                self._hear(_HEARD[action])
            case "set":
                self.trouble(arguments_as(SetTrouble, arguments).trouble)
            case "reset":
                self.trouble(Trouble.NONE)
            case _:
                raise no_such(action, self)

    def _burn(self, *, on: bool) -> None:
        """The fire input, which frees the way out by itself until somebody resets the lane."""
        with self._changed:
            self._say(SignalKind.FIRE if on else SignalKind.FIRE_CLEARED, None)
            self._fire_input = on
            if on:
                self._fire = True
                self._free_out()

    def _press(self) -> None:
        """The staff button, which frees both ways by itself until somebody resets the lane."""
        with self._changed:
            self._say(SignalKind.STAFF_BUTTON, None)
            self._button = True
            if not self._fire:
                self._bars = Bars.OPEN

    def _hear(self, kind: SignalKind) -> None:
        with self._changed:
            self._say(kind, None)

    def _say(self, kind: SignalKind, direction: Direction | None) -> None:
        self._signals.append(LaneSignal(kind, direction, self._now()))
        self._past.append(f"{kind} {direction}" if direction else kind)
        self._changed.notify_all()

    def _check(self, *done: str) -> None:
        """Raise unless the lane can be driven; remember what is `done` with it."""
        if self._closed:
            raise DeviceClosed("the lane's driver is closed")
        if self._trouble is Trouble.GONE:
            raise DeviceMissing("the lane's lines cannot be driven")
        self._lock_in_time()
        if done:
            self._past.append(" ".join(done))

    def _ready(self) -> bool:
        self._lock_in_time()
        return bool(self._signals) or self._closed or self._trouble is Trouble.GONE

    def _end_of_release_s(self) -> float:
        free = self._bars in (Bars.FREE_IN, Bars.FREE_OUT)
        return self._until_s if free else float("inf")

    def _lock_in_time(self) -> None:
        """Lock when the one person's time has run out."""
        if self._clock_s() >= self._end_of_release_s():
            came = Direction.IN if self._bars is Bars.FREE_IN else Direction.OUT
            self._bars = Bars.SHUT
            self._say(SignalKind.NOT_PASSED, came)
