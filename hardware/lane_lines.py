"""The lines of a lane: what hangs at which pin, and which level is safe.

The rule of all of them: *a relay without current is safe*. Then a station that was switched
off, a program that was killed, a pin that became an input, a cable that was cut all leave
the way out free and the way in shut; settings that say otherwise are refused. Whether that
takes the normally open or the normally closed contact of the relay depends on the lock:
docs/hardware/wiring.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hardware.contracts import Direction, LampState
from hardware.settings import DriverSettings

Level = Literal["high", "low"]
Pin = Annotated[int, Field(ge=0, le=27)]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    pin: Pin
    """The GPIO number (BCM), not the place on the header."""


class Output(_Line):
    """A lamp, a buzzer or a relay; `active` is the level that switches it on."""

    active: Level = "high"
    """The level that switches it on."""


class Relay(Output):
    """A relay in the circuit of a lock."""

    without_current: Literal["free", "locked"]
    """What the way is while the relay has no current."""
    drive: Literal["level", "pulse"] = "level"
    """Level: on for as long as the way is free. Pulse: a turnstile counts the rest itself."""
    pulse_s: float = Field(default=0.5, ge=0.05, le=5)
    """How long a pulse is."""

    def has_current(self, *, free: bool) -> bool:
        """Whether the relay is on while the way is free, or not free."""
        return free == (self.without_current == "locked")


class Input(_Line):
    """A contact or sensor; `active` is the level that it has when something is the matter."""

    active: Level = "low"
    """The level that it has when something is the matter."""
    pull: Literal["up", "down", "none"] = "up"
    """The Pi's own resistor: to plus, to minus, or none."""
    settle_s: float = Field(default=0.02, ge=0, le=1)
    """How long a level must hold to count."""


class Settings(DriverSettings):
    """The lines that this lane has, and its times."""

    open_in: Relay | None = None
    """Lets somebody in."""
    open_out: Relay | None = None
    """Lets somebody out."""
    free_out: Relay | None = None
    """Lets everybody out while it has no current, whatever the turnstile counts."""
    out_never_locks: bool = False
    """The way out has no lock at all: a handle inside, a turnstile that turns freely."""

    passed_in: Input | None = None
    """Somebody went in: a light barrier or the turnstile's own contact."""
    passed_out: Input | None = None
    """Somebody went out."""
    beam_outer: Input | None = None
    """With `beam_inner` in the lane's depth: the order of two light barriers tells the way."""
    beam_inner: Input | None = None
    """The light barrier on the side of the library."""
    door: Input | None = None
    """Active while the door is open."""
    fire: Input | None = None
    """Active at fire. Wired as a loop that is closed in peace, so that a cut cable is a fire."""
    air_raid: Input | None = None
    """A contact of the alarm receiver or of a switch; active while the alert lasts."""
    staff_button: Input | None = None
    """Frees both ways at once, whatever a station says, until somebody resets the lane."""
    jam: Input | None = None
    """The turnstile's own fault contact."""
    tamper: Input | None = None
    """Active while the lane's case is open."""

    lamps: dict[LampState, Output] = Field(default_factory=dict)
    """Which lamp is lit in a state; two states may have the same."""
    buzzer: Output | None = None
    """Sounds at a refusal and at an alarm."""

    blind: bool = False
    """A plain lock: nothing sees whether somebody passed, and that is known."""
    release_s: float = Field(default=8.0, gt=0, le=120)
    """How long one person has."""
    held_open_s: float = Field(default=15.0, gt=0, le=600)
    """How long the door may stand open."""

    def relay(self, way: Direction) -> Relay | None:
        """What opens this way."""
        return self.open_in if way is Direction.IN else self.open_out

    def passed(self, way: Direction) -> Input | None:
        """What sees somebody pass this way."""
        return self.passed_in if way is Direction.IN else self.passed_out

    @property
    def outputs(self) -> dict[str, Output]:
        """All outputs by name; a lamp of two states is there once."""
        relays = {name: getattr(self, name) for name in ("open_in", "open_out", "free_out")}
        found = {name: relay for name, relay in relays.items() if relay is not None}
        if self.buzzer is not None:
            found["buzzer"] = self.buzzer
        return found | {lamp_name(lamp): lamp for lamp in self.lamps.values()}

    @property
    def inputs(self) -> dict[str, Input]:
        """All inputs by name."""
        names = (
            "passed_in", "passed_out", "beam_outer", "beam_inner", "door", "fire", "air_raid",
            "staff_button", "jam", "tamper",
        )  # fmt: skip
        found = {name: getattr(self, name) for name in names}
        return {name: line for name, line in found.items() if line is not None}

    @property
    def out_locks(self) -> bool:
        """Whether the way out is locked at rest."""
        return self.open_out is not None and not self.out_never_locks

    @model_validator(mode="after")
    def _lines_are_safe(self) -> Self:
        faults = [*self._unsafe(), *self._blind(), *self._double()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _unsafe(self) -> Iterator[str]:
        if self.open_in and self.open_in.without_current == "free":
            yield "open_in: the way in must be locked without current"
        if self.free_out and not _fails_free(self.free_out):
            yield "free_out: the way out must be free without current, drive level"
        if self.open_out and self.open_out.drive == "pulse" and _is_free(self.open_out):
            yield "open_out: a pulse can only free a way that is locked without current"
        if not self._lets_out_without_power():
            yield (
                "nobody gets out without power: open_out with drive level and without_current "
                "free, or free_out, or out_never_locks = true"
            )

    def _lets_out_without_power(self) -> bool:
        out = self.open_out
        return (
            (out is not None and _fails_free(out))
            or self.free_out is not None
            or self.out_never_locks
        )

    @property
    def has_beams(self) -> bool:
        """Whether the order of two light barriers tells who passed which way."""
        return self.beam_outer is not None and self.beam_inner is not None

    def _blind(self) -> Iterator[str]:
        if (self.beam_outer is None) != (self.beam_inner is None):
            yield "beam_outer, beam_inner: one of them alone tells no way"
        if self.has_beams and (self.passed_in or self.passed_out):
            yield "passed_in, passed_out: the two beams tell that already"
        for way in Direction:
            seen = self.passed(way) or self.door or self.has_beams or self.blind
            if self.relay(way) and not seen:
                yield (
                    f"open_{way}: nothing sees whether somebody passed: passed_{way}, two beams "
                    "or door; blind = true for a plain lock"
                )

    def _double(self) -> Iterator[str]:
        lines = [*self.outputs.values(), *self.inputs.values()]
        for pin, uses in sorted(Counter(line.pin for line in lines).items()):
            if uses > 1:
                yield f"pin {pin} is used {uses} times"
        if LampState.DARK in self.lamps:
            yield "lamps: dark is the state without a lamp"


def _is_free(relay: Relay) -> bool:
    return relay.without_current == "free"


def _fails_free(relay: Relay) -> bool:
    return _is_free(relay) and relay.drive == "level"


def lamp_name(lamp: Output) -> str:
    """The name of the output that a lamp hangs at."""
    return f"lamp_{lamp.pin}" + ("" if lamp.active == "high" else "_low")


@dataclass(frozen=True, slots=True)
class LineLevels:
    """What one output is when: "high", "low", or "high for 0.5 s"."""

    name: str
    pin: int
    start: str
    shut: str
    open: str
    safe: str


def levels(settings: Settings) -> tuple[LineLevels, ...]:
    """The levels of every output: at start, with the lane shut, with its way free, and safe.

    Safe is what `close()`, a crash and a fire leave; it is also what a relay does whose pin
    is no output any more.
    """
    return tuple(_levels(name, line) for name, line in settings.outputs.items())


def _levels(name: str, line: Output) -> LineLevels:
    off = _off(line)
    if not isinstance(line, Relay):
        return LineLevels(name, line.pin, off, off, line.active, off)
    shut, free = (line.active if line.has_current(free=way) else off for way in (False, True))
    for_s = f" for {line.pulse_s:g} s" if line.drive == "pulse" else ""
    return LineLevels(name, line.pin, off, shut, free + for_s, off)


def _off(line: Output) -> Level:
    return "low" if line.active == "high" else "high"
