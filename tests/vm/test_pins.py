"""A lane on a gpiochip of the kernel's own (gpio-sim), through gpiozero and rpi-lgpio.

What is looked at is the kernel's word on each line, not that of the library under test.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from hardware import factory
from hardware.contracts import Direction, HardwareError, HealthState, Lane, Now, SignalKind
from tests.vm.conftest import until

CHIP = Path("/sys/kernel/config/gpio-sim/lane")
OPEN_IN, OPEN_OUT, PASSED_IN, PASSED_OUT, FIRE = 17, 27, 5, 6, 19
LINES = f"""\
driver = "gpio"
release_s = 120
open_in = {{ pin = {OPEN_IN}, active = "low", without_current = "locked" }}
open_out = {{ pin = {OPEN_OUT}, without_current = "free" }}
passed_in = {{ pin = {PASSED_IN} }}
passed_out = {{ pin = {PASSED_OUT} }}
fire = {{ pin = {FIRE}, active = "high" }}
"""


class Pins:
    """The simulated chip, from the kernel's side."""

    def __init__(self) -> None:
        (CHIP / "bank").mkdir(parents=True)
        (CHIP / "bank/num_lines").write_text("28")
        (CHIP / "live").write_text("1")
        told = (CHIP / name for name in ("dev_name", "bank/chip_name"))
        device, chip = (file.read_text().strip() for file in told)
        self._lines = Path(f"/sys/devices/platform/{device}/{chip}")
        self.number = chip.removeprefix("gpiochip")
        # Relay boards pull their own pins to where the relay is off.
        self.say(OPEN_IN, high=True)
        self.say(OPEN_OUT, high=False)

    def level(self, pin: int) -> str:
        """What the line is driven to, or pulled to where it is an input."""
        value = (self._lines / f"sim_gpio{pin}/value").read_text().strip()
        return {"1": "high", "0": "low"}[value]

    def say(self, pin: int, *, high: bool) -> None:
        pull = "pull-up" if high else "pull-down"
        (self._lines / f"sim_gpio{pin}/pull").write_text(pull)

    def close(self) -> None:
        (CHIP / "live").write_text("0")
        (CHIP / "bank").rmdir()
        CHIP.rmdir()


@pytest.fixture(scope="module")
def pins() -> Iterator[Pins]:
    with closing(Pins()) as pins:
        os.environ["RPI_LGPIO_CHIP"] = pins.number
        yield pins


def shut(pins: Pins, lane: Lane) -> None:
    """Nobody is there, and the fire loop is closed.

    Only now: the driver's own resistors, set as it takes its pins, are the chip's as well.
    """
    until(lambda: _works(lane))
    pins.say(FIRE, high=False)
    until(lambda: _locked(pins, lane))
    lane.signals(0)


def _locked(pins: Pins, lane: Lane) -> bool:
    lane.reset()
    return pins.level(OPEN_OUT) == "high"


@pytest.fixture
def lane(pins: Pins, now: Now) -> Iterator[Lane]:
    with closing(factory.make_lane(tomllib.loads(LINES), now)) as lane:
        shut(pins, lane)
        yield lane


@pytest.mark.fault(28)
def test_lines_are_driven_and_fall_back_when_the_driver_lets_go(lane: Lane, pins: Pins) -> None:
    assert (pins.level(OPEN_IN), pins.level(OPEN_OUT)) == ("high", "high")
    lane.open_once(Direction.IN)
    assert pins.level(OPEN_IN) == "low"
    lane.close()
    assert (pins.level(OPEN_IN), pins.level(OPEN_OUT)) == ("high", "low")


def test_somebody_who_passes_is_seen_once_and_the_way_locks(lane: Lane, pins: Pins) -> None:
    lane.open_once(Direction.IN)
    pins.say(PASSED_IN, high=False)
    assert [each.kind for each in lane.signals(10)] == [SignalKind.PASSED]
    pins.say(PASSED_IN, high=True)
    assert lane.signals(0.5) == ()
    until(lambda: pins.level(OPEN_IN) == "high")


@pytest.mark.fault(28)
def test_at_fire_the_way_out_is_free(lane: Lane, pins: Pins) -> None:
    pins.say(FIRE, high=True)
    until(lambda: SignalKind.FIRE in {each.kind for each in lane.signals(1)})
    assert (pins.level(OPEN_IN), pins.level(OPEN_OUT)) == ("high", "low")


@pytest.fixture
def process(pins: Pins, tmp_path: Path, now: Now) -> Iterator[subprocess.Popen[bytes]]:
    file = tmp_path / "lane.toml"
    file.write_text(f'socket = "{tmp_path}/lane.sock"\n[lane]\n{LINES}')
    words = [sys.executable, "-m", "lystok", "lane", "run", "--config", str(file)]
    with subprocess.Popen(words) as process:
        try:
            until(lambda: (tmp_path / "lane.sock").exists() or process.poll() is not None, 120)
            settings = {"driver": "daemon", "socket": str(tmp_path / "lane.sock")}
            with closing(factory.make_lane(settings, now)) as lane:
                shut(pins, lane)
                lane.hold_open()
                until(lambda: pins.level(OPEN_IN) == "low")
                yield process
        finally:
            process.kill()


def _works(lane: Lane) -> bool:
    with suppress(HardwareError):
        lane.signals(0)
    return lane.health().state is HealthState.WORKS


@pytest.mark.fault(28)
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_process_that_ends_leaves_safe_levels(
    process: subprocess.Popen[bytes], pins: Pins, how: signal.Signals
) -> None:
    process.send_signal(how)
    process.wait(60)
    until(lambda: (pins.level(OPEN_IN), pins.level(OPEN_OUT)) == ("high", "low"))
