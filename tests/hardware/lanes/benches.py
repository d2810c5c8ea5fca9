"""Lanes with somebody at hand who walks through them, pushes, and lights a fire."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import gpiozero
import pytest

from hardware.contracts import Direction, LampState, Lane, Now
from hardware.lane_client import LaneClient
from hardware.lane_client import Settings as ClientSettings
from hardware.lane_daemon import LaneHost
from hardware.lane_gpio import GpioLane
from hardware.lane_gpio import Settings as GpioSettings
from hardware.lane_simulator import Bars, SimulatedLane, Trouble
from hardware.lane_simulator import Settings as SimulatorSettings
from hardware.simulator_control import NotNow
from tests.hardware.lanes.pins import LooseFactory

RELEASE_S = 8.0

LINES: dict[str, Any] = {
    "driver": "gpio",
    "open_in": {"pin": 17, "without_current": "locked", "active": "low"},
    "open_out": {"pin": 27, "without_current": "free"},
    "passed_in": {"pin": 5},
    "passed_out": {"pin": 6},
    "door": {"pin": 13, "active": "high"},
    "fire": {"pin": 19, "active": "high"},
    "staff_button": {"pin": 26},
    "lamps": {"ready": {"pin": 20}, "go": {"pin": 21}, "stop": {"pin": 22}},
    "buzzer": {"pin": 16},
    "release_s": RELEASE_S,
}
"""A door with two light barriers; fire loop and door contact are closed in peace."""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Bench(Protocol):
    """A lane, and what people do at it."""

    lane: Lane

    def pass_time(self, seconds: float) -> None: ...
    def is_free(self, way: Direction) -> bool: ...
    def lamps(self) -> LampState: ...
    def walk(self, way: Direction) -> None: ...
    def push(self) -> None: ...
    def fire(self, *, on: bool) -> None: ...
    def staff_button(self) -> None: ...
    def lose(self) -> None: ...
    def find(self) -> None: ...


class SimulatorBench:
    def __init__(self, now: Now) -> None:
        self._clock = Clock()
        settings = SimulatorSettings(driver="simulator", release_s=RELEASE_S)
        self._lane = SimulatedLane(settings, now, self._clock)
        self.lane: Lane = self._lane

    def pass_time(self, seconds: float) -> None:
        self._clock.now_s += seconds

    def is_free(self, way: Direction) -> bool:
        free = Bars.FREE_IN if way is Direction.IN else Bars.FREE_OUT
        return self._lane.state()["bars"] in {free, Bars.OPEN}

    def lamps(self) -> LampState:
        return LampState(self._lane.state()["lamps"])

    def walk(self, way: Direction) -> None:
        self._lane.walk(way)

    def push(self) -> None:
        self._lane.push(Direction.IN)

    def fire(self, *, on: bool) -> None:
        self._lane.do("fire" if on else "fire_over", {})

    def staff_button(self) -> None:
        self._lane.do("staff_button", {})

    def lose(self) -> None:
        self._lane.trouble(Trouble.GONE)

    def find(self) -> None:
        self._lane.trouble(Trouble.NONE)

    def close(self) -> None:
        self.lane.close()


class GpioBench:
    """The real driver on gpiozero's mock pins; time passes when it is told to."""

    def __init__(self, now: Now, monkeypatch: pytest.MonkeyPatch, **lines: Any) -> None:
        self.pins = LooseFactory()
        monkeypatch.setattr(gpiozero.Device, "pin_factory", self.pins)
        self._clock = Clock()
        self.owned = GpioLane(GpioSettings.model_validate(LINES | lines), now, self._clock)
        self.lane: Lane = self.owned
        self.owned.tick()

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.005)):
            self._clock.now_s += 0.005
            self.owned.tick()

    def is_free(self, way: Direction) -> bool:
        """Way in: a board whose relays are on at low. Way out: locked while its relay is on."""
        if way is Direction.IN:
            return self.pins.level(17) is False
        return self.pins.level(27) is not True

    def lamps(self) -> LampState:
        lit = [state for state, line in LINES["lamps"].items() if self.pins.level(line["pin"])]
        return LampState(lit[0]) if lit else LampState.DARK

    def walk(self, way: Direction) -> None:
        if not self.is_free(way):
            raise NotNow("the lane is locked")
        self._blink(5 if way is Direction.IN else 6, high=False)

    def push(self) -> None:
        self._blink(13, high=True)

    def fire(self, *, on: bool) -> None:
        self.pins.say(19, high=on)
        self.pass_time(0.1)

    def staff_button(self) -> None:
        self._blink(26, high=False)

    def lose(self) -> None:
        self.pins.lost = True
        self.owned.tick()

    def find(self) -> None:
        self.pins.lost = False
        self._clock.now_s += 1.1
        self.owned.tick()

    def close(self) -> None:
        self.lane.close()

    def _blink(self, pin: int, *, high: bool) -> None:
        for level in (high, not high):
            self.pins.say(pin, high=level)
            self.pass_time(0.1)


class DaemonBench(GpioBench):
    """The same, owned by the lane's process and driven through its socket."""

    def __init__(self, now: Now, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        super().__init__(now, monkeypatch)
        path = folder / "lane.sock"
        self.host = LaneHost(self.owned, path, 60)
        self.lane = LaneClient(ClientSettings(driver="daemon", socket=path), now)

    def close(self) -> None:
        self.lane.close()
        self.host.close()
        self.owned.close()


BENCHES: dict[str, Callable[[Now, pytest.MonkeyPatch, Path], Any]] = {
    "simulator": lambda now, _monkeypatch, _folder: SimulatorBench(now),
    "gpio": lambda now, monkeypatch, _folder: GpioBench(now, monkeypatch),
    "daemon": DaemonBench,
}
