"""A lane on the pins of a Raspberry Pi: gpiozero over RPi.GPIO (on a Pi 5 over rpi-lgpio).

Inputs are looked at two hundred times a second rather than waited for: a level that lasts
cannot be missed, and bouncing contacts cannot flood anybody. Where the pins cannot be had,
or fail later, nothing is ever opened: the lane says that it is missing, lets go of every
pin (which is safe, see `lane_lines`) and looks for them again each second.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from threading import Condition, Event, Thread
from time import monotonic
from typing import Any, Final

import gpiozero

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
)
from hardware.lane_lines import Settings
from hardware.lane_logic import LaneLogic

__all__ = ["GpioLane", "Settings", "connect"]

_LOG: Final = logging.getLogger(__name__)
_TICK_S: Final = 0.005
_LOOKS_EVERY_S: Final = 1.0
_MOST_REMEMBERED: Final = 200

# What RPi.GPIO, its replacements and gpiozero raise; RuntimeError is RPi.GPIO's "no Pi here".
_PIN_TROUBLE: Final = (gpiozero.GPIOZeroError, ImportError, OSError, RuntimeError)


def connect(settings: Settings, now: Now) -> GpioLane:
    """The lane; its pins are taken at once where there are any."""
    lane = GpioLane(settings, now)
    lane.start()
    return lane


class GpioLane:
    """A `Lane` of relays and contacts. Safe levels until the first command and after `leave`."""

    def __init__(
        self, settings: Settings, now: Now, clock_s: Callable[[], float] = monotonic
    ) -> None:
        self._settings = settings
        self._now = now
        self._clock_s = clock_s
        self._changed = Condition()
        self._logic = LaneLogic(settings)
        self._pins: _Pins | None = None
        self._looked_s = float("-inf")
        self._signals: deque[LaneSignal] = deque(maxlen=_MOST_REMEMBERED)
        self._health = Health(HealthState.UNKNOWN, Detail.NOT_TRIED, None)
        self._closing = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Look at the inputs from now on."""
        self.tick()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def open_once(self, direction: Direction) -> None:
        """Unlock for one person; see `Lane`."""
        self._command(lambda: self._logic.open_once(direction, self._clock_s()))

    def hold_open(self) -> None:
        """Unlock both ways."""
        self._command(self._logic.hold_open)

    def release(self) -> None:
        """Free the way out, lock the way in."""
        self._command(self._logic.release)

    def shut(self) -> None:
        """Lock both ways; what a fire or the button holds stays."""
        self._command(self._logic.shut)

    def reset(self) -> None:
        """End what the button holds, and a fire whose input is quiet."""
        self._command(self._logic.reset)

    def leave(self) -> None:
        """Safe levels until the next command: whoever drives the lane is gone."""
        self._command(self._logic.leave)

    def show(self, lamps: LampState) -> None:
        """Set the lamps."""
        self._command(lambda: self._logic.show(lamps))

    def buzz(self, sound: Buzz) -> None:
        """Sound the buzzer."""
        self._command(lambda: self._logic.buzz(sound, self._clock_s()))

    def signals(self, timeout_s: float) -> tuple[LaneSignal, ...]:
        """What the sensors said; see `Lane`."""
        with self._changed:
            self._changed.wait_for(self._has_news, timeout_s)
            self._check()
            said = tuple(self._signals)
            self._signals.clear()
            return said

    def health(self) -> Health:
        """Whether the pins could be read and driven a moment ago."""
        return self._health

    def close(self) -> None:
        """Safe levels: the way out free, the way in shut, lamps dark; the pins are given back."""
        self._closing.set()
        if self._thread:
            self._thread.join()
        with self._changed:
            self._let_go()
            self._health = Health(HealthState.UNKNOWN, Detail.CLOSED, self._health.seen_at)
            self._changed.notify_all()

    def tick(self) -> None:
        """Look at the inputs once, and do what follows."""
        with self._changed:
            if self._pins is None and not self._look_for_pins():
                return
            try:
                self._sense()
                self._drive()
            except _PIN_TROUBLE:
                self._fail()

    def _run(self) -> None:
        while not self._closing.wait(_TICK_S):
            try:
                self.tick()
            except Exception:  # noqa: BLE001 - the edge of a loop, logged with its traceback
                # Whatever it is, nothing may stay open because of it.
                _LOG.exception("the lane's pins are let go")
                with self._changed:
                    self._fail()

    def _command(self, command: Callable[[], None]) -> None:
        with self._changed:
            self._check()
            command()
            self._tell()
            try:
                self._drive()
            except _PIN_TROUBLE as error:
                self._fail()
                raise DeviceMissing(f"the lane's lines cannot be driven: {error}") from error

    def _check(self) -> None:
        if self._closing.is_set():
            raise DeviceClosed("the lane's driver is closed")
        if self._pins is None:
            raise DeviceMissing("the lane's lines cannot be driven: there are no pins")

    def _has_news(self) -> bool:
        return bool(self._signals) or self._pins is None or self._closing.is_set()

    def _look_for_pins(self) -> bool:
        """Try to take the pins, now and then; whether they are there."""
        if self._closing.is_set() or self._clock_s() - self._looked_s < _LOOKS_EVERY_S:
            return False
        self._looked_s = self._clock_s()
        try:
            self._pins = _Pins(self._settings)
        except _PIN_TROUBLE:
            self._health = Health(HealthState.FAILED, Detail.MISSING, self._health.seen_at)
            return False
        # A passage that was under way before is over.
        self._logic = LaneLogic(self._settings)
        return True

    def _sense(self) -> None:
        assert self._pins is not None  # noqa: S101 - `tick` has looked
        self._logic.sense(self._pins.active(), self._clock_s())
        self._tell()

    def _tell(self) -> None:
        for kind, direction in self._logic.take_said():
            self._signals.append(LaneSignal(kind, direction, self._now()))
            self._changed.notify_all()

    def _drive(self) -> None:
        assert self._pins is not None  # noqa: S101 - `_check` or `tick` has looked
        self._pins.drive(self._logic.with_current(self._clock_s()))
        self._health = Health(HealthState.WORKS, Detail.FINE, self._now())

    def _fail(self) -> None:
        self._let_go()
        self._looked_s = self._clock_s()
        self._health = Health(HealthState.FAILED, Detail.MISSING, self._health.seen_at)
        self._changed.notify_all()

    def _let_go(self) -> None:
        pins, self._pins = self._pins, None
        if pins:
            pins.close()


class _Pins:
    """The pins of a lane, taken; raises one of `_PIN_TROUBLE` and then holds none of them."""

    def __init__(self, settings: Settings) -> None:
        self._held = ExitStack()
        self._with_current: frozenset[str] = frozenset()
        try:
            factory = self._factory()
            self._outputs = {
                name: self._taken(
                    gpiozero.OutputDevice(
                        line.pin, active_high=line.active == "high", pin_factory=factory
                    )
                )
                for name, line in settings.outputs.items()
            }
            self._inputs = {
                name: (self._taken(_input(line.pin, line.pull, factory)), line.active == "high")
                for name, line in settings.inputs.items()
            }
        except BaseException:
            self.close()
            raise

    def active(self) -> Mapping[str, bool]:
        """Which inputs are active."""
        return {name: bool(pin.state) is level for name, (pin, level) in self._inputs.items()}

    def drive(self, wanted: frozenset[str]) -> None:
        """Let these outputs have current and no others; what is switched off goes first."""
        for name in sorted(self._with_current - wanted):
            self._outputs[name].off()
        for name in sorted(wanted - self._with_current):
            self._outputs[name].on()
        self._with_current = wanted

    def close(self) -> None:
        """No current anywhere; every pin is an input again. Never raises."""
        for output in getattr(self, "_outputs", {}).values():
            with suppress(*_PIN_TROUBLE):
                output.off()
        with suppress(*_PIN_TROUBLE):
            self._held.close()

    def _taken(self, device: Any) -> Any:
        self._held.callback(_quietly, device.close)
        return device.pin if isinstance(device, gpiozero.InputDevice) else device

    def _factory(self) -> Any:
        """The pins of gpiozero: those that a program has chosen, else RPi.GPIO's and no others.

        gpiozero by itself would try one library after the other, to the last.
        """
        if gpiozero.Device.pin_factory is not None:
            return gpiozero.Device.pin_factory
        from gpiozero.pins.rpigpio import RPiGPIOFactory  # noqa: PLC0415 - raises off a Pi

        factory = RPiGPIOFactory()
        self._held.callback(_quietly, factory.close)
        return factory


def _input(pin: int, pull: str, factory: Any) -> Any:
    pulls: dict[str, Any] = {"up": True, "down": False, "none": None}
    active = True if pull == "none" else None
    return gpiozero.InputDevice(pin, pull_up=pulls[pull], active_state=active, pin_factory=factory)


def _quietly(close: Callable[[], object]) -> None:
    with suppress(*_PIN_TROUBLE):
        close()
