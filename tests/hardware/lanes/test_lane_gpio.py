"""The lane on pins: what the driver adds to its logic."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import gpiozero
import pytest

from hardware import factory
from hardware.contracts import (
    Detail,
    DeviceMissing,
    Direction,
    HealthState,
    Now,
    SignalKind,
)
from hardware.lane_gpio import GpioLane, Settings
from tests.hardware.lanes.benches import LINES, GpioBench
from tests.hardware.lanes.pins import LooseFactory

Opened = Callable[[Any], Any]


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch) -> LooseFactory:
    pins = LooseFactory()
    monkeypatch.setattr(gpiozero.Device, "pin_factory", pins)
    return pins


@pytest.fixture
def lane(pins: LooseFactory, opened: Opened) -> GpioLane:
    """A lane that looks at its pins by itself."""
    return opened(factory.make_lane(LINES, lambda: datetime.now(UTC)))  # type: ignore[no-any-return]


@pytest.mark.fault(28)
def test_on_a_machine_without_pins_the_lane_is_missing_and_opens_nothing(
    now: Now, opened: Opened
) -> None:
    # This machine has none: RPi.GPIO is not there, or refuses to be imported.
    lane = opened(factory.make_lane(LINES, now))
    assert lane.health().state is HealthState.FAILED
    assert lane.health().detail_code == Detail.MISSING
    acts: list[Callable[[], object]] = [
        lane.hold_open,
        lane.shut,
        lambda: lane.open_once(Direction.IN),
        lambda: lane.signals(0),
    ]
    for act in acts:
        with pytest.raises(DeviceMissing, match="pins"):
            act()


@pytest.mark.fault(28)
def test_no_other_library_is_tried_in_place_of_the_one_that_is_meant(
    now: Now, opened: Opened
) -> None:
    opened(factory.make_lane(LINES, now))
    assert gpiozero.Device.pin_factory is None


def test_before_the_first_command_no_relay_has_current(lane: GpioLane, pins: LooseFactory) -> None:
    assert [pins.level(pin) for pin in (17, 27, 16)] == [True, False, False]
    lane.shut()
    assert [pins.level(pin) for pin in (17, 27, 16)] == [True, True, False]


def test_a_closed_lane_gives_its_pins_back(lane: GpioLane, pins: LooseFactory) -> None:
    lane.hold_open()
    lane.close()
    assert [pins.level(pin) for pin in (17, 27, 5)] == [None, None, None]


def test_who_waits_is_told_as_soon_as_somebody_passes(lane: GpioLane, pins: LooseFactory) -> None:
    lane.shut()
    lane.open_once(Direction.IN)
    with ThreadPoolExecutor(1) as station:
        waiting = station.submit(lane.signals, 10)
        pins.say(5, high=False)
        assert [signal.kind for signal in waiting.result(5)] == [SignalKind.PASSED]
    assert pins.level(17) is True


@pytest.mark.fault(32)
def test_fire_is_dealt_with_while_nobody_asks(lane: GpioLane, pins: LooseFactory) -> None:
    lane.shut()
    started_s = monotonic()
    pins.say(19, high=True)
    while pins.level(27):
        assert monotonic() - started_s < 5
    assert [signal.kind for signal in lane.signals(5)] == [SignalKind.FIRE]


@pytest.mark.fault(28)
def test_pins_that_fail_while_a_way_is_open_are_let_go(lane: GpioLane, pins: LooseFactory) -> None:
    lane.open_once(Direction.IN)
    pins.lost = True
    with pytest.raises(DeviceMissing):
        lane.signals(5)
    assert pins.level(17) is None
    assert lane.health().state is HealthState.FAILED


@pytest.mark.fault(28)
def test_an_order_that_pins_refuse_is_told_to_who_gave_it(pins: LooseFactory, now: Now) -> None:
    # Nobody but the order meets the pins: this lane does not look by itself.
    lane = GpioLane(Settings.model_validate(LINES), now)
    lane.tick()
    pins.lost = True
    with pytest.raises(DeviceMissing, match="cannot be driven"):
        lane.open_once(Direction.IN)
    assert pins.level(17) is None
    assert lane.health().state is HealthState.FAILED
    lane.close()


@pytest.mark.fault(28)
def test_a_mistake_in_the_program_leaves_nothing_open(
    lane: GpioLane,
    pins: LooseFactory,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    lane.hold_open()
    with caplog.at_level(logging.CRITICAL, "hardware.lane_gpio"):
        monkeypatch.setattr(lane._logic, "sense", lambda *_: 1 / 0)
        with pytest.raises(DeviceMissing):
            lane.signals(10)
    assert pins.level(17) is None


def test_a_pin_that_another_program_part_holds_is_no_half_lane(
    pins: LooseFactory, now: Now, opened: Opened
) -> None:
    holder = opened(gpiozero.OutputDevice(16))
    lane = opened(factory.make_lane(LINES, now))
    with pytest.raises(DeviceMissing):
        lane.shut()
    assert pins.level(17) is None, "what was taken before is given back"
    holder.close()


@pytest.mark.parametrize("pull,idle", [("up", True), ("down", False)])
def test_inputs_are_pulled_as_they_are_wired(
    now: Now, monkeypatch: pytest.MonkeyPatch, opened: Opened, pull: str, idle: bool
) -> None:
    active = "low" if idle else "high"
    button = {"staff_button": {"pin": 26, "pull": pull, "active": active}}
    bench = opened(GpioBench(now, monkeypatch, **button))
    bench.pass_time(0.1)
    assert bench.lane.signals(0) == ()
    bench.pins.say(26, high=not idle)
    bench.pass_time(0.1)
    assert [signal.kind for signal in bench.lane.signals(0)] == [SignalKind.STAFF_BUTTON]


@pytest.mark.fault(30)
def test_a_bouncing_barrier_is_one_passage(now: Now, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = GpioBench(now, monkeypatch)
    bench.lane.shut()
    bench.lane.open_once(Direction.IN)
    for number in range(20):
        bench.pins.say(5, high=number % 2 == 0)
        bench.pass_time(0.005)
    bench.pins.say(5, high=False)
    bench.pass_time(0.1)
    assert [signal.kind for signal in bench.lane.signals(0)] == [SignalKind.PASSED]
    bench.close()
