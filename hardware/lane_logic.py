"""What a lane of relays and sensors does, without any pin or clock: times are passed in.

It turns commands and levels into the set of outputs that have current, and into signals.
Fire and the staff button are dealt with here alone, at once and whatever a station says. Fire
frees the way out, lets nobody in, and holds until the input is quiet *and* somebody reset the lane
by hand; the button frees both ways until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Final

from hardware.contracts import Buzz, Direction, LampState, SignalKind
from hardware.debounce import Debounced
from hardware.lane_crossing import Crossing
from hardware.lane_lines import Settings, lamp_name

# Seconds of sound and of silence, one after the other.
_SOUNDS: Final = {
    Buzz.SHORT: (0.1,),
    Buzz.LONG: (0.6,),
    Buzz.ALARM: (0.25, 0.25) * 6,
}
_LIGHT_BARRIERS: Final = ("passed_in", "passed_out", "beam_outer", "beam_inner")
_TOLD: Final = {
    ("jam", True): SignalKind.JAM,
    ("tamper", True): SignalKind.TAMPER,
    ("air_raid", True): SignalKind.AIR_RAID,
    ("air_raid", False): SignalKind.AIR_RAID_OVER,
}
"""Inputs that this lane only passes on."""

Said = tuple[SignalKind, Direction | None]


class _Mode(Enum):
    LEFT = auto()
    """Nobody drives the lane: the way out is free, the way in shut."""
    SHUT = auto()
    ONCE = auto()
    HELD = auto()
    RELEASED = auto()
    """The way out is free, the way in shut, by a station's order."""


class LaneLogic:
    """One lane; every method is told what time it is, by a clock that only goes forward."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._inputs = {
            name: Debounced(line.settle_s, starts_anyhow=name in _LIGHT_BARRIERS)
            for name, line in settings.inputs.items()
        }
        self._mode = _Mode.LEFT
        self._way = Direction.IN
        self._until_s = 0.0
        self._pulses: dict[str, float] = {}
        self._door_since_s: float | None = None
        self._fire = False
        self._button = False
        """Staff hold both ways open by the button."""
        self._crossing = Crossing()
        self._lamps = LampState.DARK
        self._sound: list[tuple[float, bool]] = []
        self._said: list[Said] = []

    # Commands.

    def open_once(self, way: Direction, at_s: float) -> None:
        """Free one way for one person; into a fire nobody is let."""
        if way is Direction.IN and (self._fire or self._mode is _Mode.RELEASED):
            self._said.append((SignalKind.NOT_PASSED, way))
            return
        self._mode, self._way = _Mode.ONCE, way
        self._until_s = at_s + self._settings.release_s
        # What is left of another way's pulse would let somebody through there too.
        self._pulses.clear()
        self._pulse(way, at_s)

    def hold_open(self) -> None:
        """Free both ways; the way in stays shut while there is a fire."""
        self._set(_Mode.HELD)

    def release(self) -> None:
        """Free the way out, shut the way in."""
        self._set(_Mode.RELEASED)

    def shut(self) -> None:
        """Lock both ways; what a fire or the button holds stays, and is told again."""
        self._set(_Mode.SHUT)
        if self._fire:
            self._said.append((SignalKind.FIRE, None))
        if self._button:
            self._said.append((SignalKind.STAFF_BUTTON, None))

    def reset(self) -> None:
        """Somebody at hand ends what the button holds, and a fire whose input is quiet."""
        self._fire, self._button = self._is_on("fire"), False
        self.shut()

    def leave(self) -> None:
        """Nobody drives the lane any more: safe levels, lamps dark, until the next command."""
        self._set(_Mode.LEFT)
        self._button = False
        self._lamps = LampState.DARK
        self._sound.clear()

    def _set(self, mode: _Mode) -> None:
        self._mode = mode
        self._pulses.clear()

    def show(self, lamps: LampState) -> None:
        """Set the lamps."""
        self._lamps = lamps

    def buzz(self, sound: Buzz, at_s: float) -> None:
        """Sound the buzzer, whatever sounded before."""
        self._sound.clear()
        for number, length_s in enumerate(_SOUNDS[sound]):
            at_s += length_s
            self._sound.append((at_s, number % 2 == 0))

    # What the lines say.

    def sense(self, levels: Mapping[str, bool], at_s: float) -> None:
        """Here is which inputs are active at `at_s`; wanted every few milliseconds."""
        for name, active in levels.items():
            changed = self._inputs[name].feed(raw=active, at_s=at_s)
            if changed is not None:
                self._changed(name, at_s, active=changed)
        if self._settings.has_beams:
            self._watch_beams()
        self._pass_time(at_s)

    def take_said(self) -> tuple[Said, ...]:
        """What happened since the last call."""
        said, self._said = tuple(self._said), []
        return said

    # What follows.

    @property
    def is_in_free(self) -> bool:
        """Whether somebody can come in."""
        return self._is_free(Direction.IN)

    @property
    def is_out_free(self) -> bool:
        """Whether somebody can get out."""
        return self._is_free(Direction.OUT)

    def with_current(self, at_s: float) -> frozenset[str]:
        """The outputs that are switched on now."""
        return frozenset(self._switched_on(at_s))

    def _switched_on(self, at_s: float) -> Iterator[str]:
        for way in Direction:
            relay, name = self._settings.relay(way), f"open_{way}"
            if relay and relay.drive == "pulse":
                held = self._mode is _Mode.HELD or self._button
                if (held and self._is_free(way)) or at_s < self._pulses.get(name, 0.0):
                    yield name
            elif relay and relay.has_current(free=self._is_free(way)):
                yield name
        # Free for all only when nobody counts: a turnstile lets one person out by itself.
        if self._settings.free_out and self._is_counting:
            yield "free_out"
        if self._lamps in self._settings.lamps:
            yield lamp_name(self._settings.lamps[self._lamps])
        if self._settings.buzzer and any(on for until_s, on in self._sound[:1] if at_s < until_s):
            yield "buzzer"

    def _is_free(self, way: Direction) -> bool:
        fire = self._fire or self._mode is _Mode.RELEASED
        if fire:
            return way is Direction.OUT
        if self._mode is _Mode.HELD or self._button:
            return True
        if self._mode is _Mode.ONCE and self._way is way:
            return True
        if way is Direction.IN:
            return False
        return self._mode is _Mode.LEFT or not self._settings.out_locks

    @property
    def _is_counting(self) -> bool:
        """Whether the lane lets people through one by one."""
        kept = self._fire or self._button
        return self._mode in (_Mode.SHUT, _Mode.ONCE) and not kept

    def _is_on(self, name: str) -> bool:
        return name in self._inputs and self._inputs[name].level

    def _pulse(self, way: Direction, at_s: float) -> None:
        relay = self._settings.relay(way)
        if relay and relay.drive == "pulse":
            self._pulses[f"open_{way}"] = at_s + relay.pulse_s

    def _changed(self, name: str, at_s: float, *, active: bool) -> None:
        match name, active:
            case "fire", _:
                self._burn(active=active)
            case "staff_button", True:
                self._button = True
                self._said.append((SignalKind.STAFF_BUTTON, None))
            case "passed_in", True:
                self._passed(Direction.IN)
            case "passed_out", True:
                self._passed(Direction.OUT)
            case "door", True:
                self._door_since_s = at_s
                self._door_opened()
            case "door", False:
                self._door_since_s = None
            case _ if (name, active) in _TOLD:
                self._said.append((_TOLD[name, active], None))

    def _burn(self, *, active: bool) -> None:
        self._said.append((SignalKind.FIRE if active else SignalKind.FIRE_CLEARED, None))
        if active:
            self._fire = True
            if self._mode is _Mode.ONCE and self._way is Direction.IN:
                self._mode = _Mode.SHUT
            self._pulses.clear()

    def _passed(self, way: Direction) -> None:
        """Somebody went through; whether that was allowed the station knows."""
        self._said.append((SignalKind.PASSED, way))
        if self._mode is _Mode.ONCE and self._way is way:
            self._mode = _Mode.SHUT

    def _watch_beams(self) -> None:
        outer, inner = self._is_on("beam_outer"), self._is_on("beam_inner")
        for way in self._crossing.feed(outer=outer, inner=inner):
            self._passed(way)

    def _door_opened(self) -> None:
        beams = self._settings.has_beams
        if self._mode is _Mode.ONCE:
            if self._settings.passed(self._way) is None and not beams:
                self._passed(self._way)
        elif not self.is_out_free:
            self._said.append((SignalKind.FORCED, None))
        elif self._settings.passed_out is None and not beams:
            self._passed(Direction.OUT)

    def _pass_time(self, at_s: float) -> None:
        if self._mode is _Mode.ONCE and at_s >= self._until_s:
            self._mode = _Mode.SHUT
            self._said.append((SignalKind.NOT_PASSED, self._way))
        self._sound = [part for part in self._sound if at_s < part[0]]
        self._watch_door(at_s)

    def _watch_door(self, at_s: float) -> None:
        since_s = self._door_since_s
        if since_s is None or at_s - since_s < self._settings.held_open_s:
            return
        self._door_since_s = None
        if self._is_counting:
            self._said.append((SignalKind.HELD_OPEN, None))
