"""The contract of lanes, shown by the simulated one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hardware import factory
from hardware.contracts import (
    Buzz,
    Detail,
    DeviceClosed,
    DeviceMissing,
    Direction,
    HealthState,
    LampState,
    LaneSignal,
    Now,
    SignalKind,
)
from hardware.lane_simulator import Bars, Settings, SimulatedLane, Trouble
from hardware.simulator_control import NotNow, WrongAction
from tests.hardware.conftest import MOMENT

IN, OUT = Direction.IN, Direction.OUT
Opened = Callable[[Any], Any]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lane(now: Now, clock: Clock, opened: Opened) -> SimulatedLane:
    settings = Settings(driver="simulator", release_s=8)
    return opened(SimulatedLane(settings, now, clock))  # type: ignore[no-any-return]


def said(lane: SimulatedLane) -> list[tuple[SignalKind, Direction | None]]:
    return [(signal.kind, signal.direction) for signal in lane.signals(0)]


def test_a_lane_begins_shut(lane: SimulatedLane) -> None:
    assert lane.state()["bars"] is Bars.SHUT
    for direction in Direction:
        with pytest.raises(NotNow):
            lane.walk(direction)
    assert lane.signals(0) == ()


@pytest.mark.parametrize("direction", Direction)
def test_it_opens_for_one_person_and_one_way(lane: SimulatedLane, direction: Direction) -> None:
    other = OUT if direction is IN else IN
    lane.open_once(direction)
    with pytest.raises(NotNow):
        lane.walk(other)
    lane.walk(direction)
    assert lane.signals(0) == (LaneSignal(SignalKind.PASSED, direction, MOMENT),)
    with pytest.raises(NotNow):
        lane.walk(direction)


@pytest.mark.fault(30)
def test_it_locks_by_itself_when_nobody_passes_and_says_so(
    lane: SimulatedLane, clock: Clock
) -> None:
    lane.open_once(IN)
    clock.now_s += 7.9
    assert said(lane) == []
    clock.now_s += 0.1
    assert said(lane) == [(SignalKind.NOT_PASSED, IN)]
    assert lane.state()["bars"] is Bars.SHUT
    assert said(lane) == []


@pytest.mark.fault(30)
def test_a_lane_that_does_not_turn_ends_as_not_passed(lane: SimulatedLane, clock: Clock) -> None:
    lane.do("set", {"trouble": "jam"})
    assert lane.health().detail_code == Detail.LANE_JAM
    lane.open_once(IN)
    with pytest.raises(NotNow, match="does not turn"):
        lane.do("walk", {"direction": "in"})
    clock.now_s += 8
    assert said(lane) == [(SignalKind.JAM, IN), (SignalKind.NOT_PASSED, IN)]


def test_it_can_be_held_open_and_shut_again(lane: SimulatedLane, clock: Clock) -> None:
    lane.hold_open()
    lane.walk(IN)
    lane.walk(OUT)
    clock.now_s += 1000
    lane.walk(OUT)
    lane.shut()
    with pytest.raises(NotNow):
        lane.walk(OUT)


def test_sensors_are_told_in_their_order(lane: SimulatedLane) -> None:
    for action in ("push", "fire", "fire_over", "staff_button"):
        lane.do(action, {})
    assert said(lane) == [
        (SignalKind.FORCED, IN),
        (SignalKind.FIRE, None),
        (SignalKind.FIRE_CLEARED, None),
        (SignalKind.STAFF_BUTTON, None),
    ]


def test_who_waits_for_a_signal_is_told_at_once(now: Now, opened: Opened) -> None:
    lane = opened(factory.make_lane({"driver": "simulator", "release_s": 0.05}, now))
    with ThreadPoolExecutor(1) as station:
        waiting = station.submit(lane.signals, 10)
        lane.do("fire", {})
        assert [signal.kind for signal in waiting.result(5)] == [SignalKind.FIRE]
    lane.open_once(IN)
    assert [signal.kind for signal in lane.signals(10)] == [SignalKind.NOT_PASSED]


@pytest.mark.fault(28)
def test_a_lane_without_its_lines_never_opens_the_way_in(lane: SimulatedLane) -> None:
    lane.open_once(IN)
    lane.do("set", {"trouble": "gone"})
    assert lane.health().state is HealthState.FAILED
    acts: list[Callable[[], None]] = [
        lambda: lane.open_once(IN),
        lane.hold_open,
        lambda: lane.show(LampState.GO),
    ]
    for act in acts:
        with pytest.raises(DeviceMissing):
            act()
    with pytest.raises(DeviceMissing):
        lane.signals(0)
    with pytest.raises(NotNow):
        lane.walk(IN)
    lane.walk(OUT)
    lane.do("reset", {})
    assert lane.state()["bars"] is Bars.SHUT


def test_lamps_and_buzzer_are_remembered(lane: SimulatedLane) -> None:
    lane.show(LampState.GO)
    lane.buzz(Buzz.SHORT)
    lane.open_once(OUT)
    state = lane.state()
    assert state["lamps"] is LampState.GO
    assert state["past"] == ["show go", "buzz short", "open_once out"]


def test_closing_sets_safe_levels(lane: SimulatedLane, clock: Clock) -> None:
    lane.show(LampState.GO)
    lane.hold_open()
    lane.close()
    lane.close()
    clock.now_s += 1000
    assert (lane.state()["bars"], lane.state()["lamps"]) == (Bars.FREE_OUT, LampState.DARK)
    lane.walk(OUT)
    lane.walk(OUT)
    with pytest.raises(NotNow):
        lane.walk(IN)
    with pytest.raises(DeviceClosed):
        lane.open_once(IN)
    assert lane.health().detail_code == Detail.CLOSED


@pytest.mark.parametrize(
    "action,arguments",
    [("walk", {"direction": "up"}), ("set", {"trouble": "tired"}), ("jump", {})],
)
def test_a_wrong_action_is_refused(
    lane: SimulatedLane, action: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(WrongAction):
        lane.do(action, arguments)


class LaneDay(RuleBasedStateMachine):
    """Whatever happens at a lane, nobody comes in whom it was not opened for."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.lane = SimulatedLane(Settings(driver="simulator"), lambda: MOMENT, self.clock)
        self.may_enter = self.burns = self.fire = False

    @rule(direction=st.sampled_from(Direction))
    def open_once(self, direction: Direction) -> None:
        self._try(lambda: self.lane.open_once(direction))
        if self.lane.state()["trouble"] != Trouble.GONE:
            self.may_enter = direction is IN and not self.fire

    @rule(burns=st.booleans())
    def burn(self, burns: bool) -> None:
        self.lane.do("fire" if burns else "fire_over", {})
        self.burns, self.fire = burns, self.fire or burns
        self.may_enter = self.may_enter and not burns

    @rule()
    def reset(self) -> None:
        self._try(self.lane.reset)
        if self.lane.state()["trouble"] != Trouble.GONE:
            self.fire, self.may_enter = self.burns, False

    @rule()
    def shut(self) -> None:
        self._try(self.lane.shut)
        self.may_enter = False

    @rule(direction=st.sampled_from(Direction))
    def walk(self, direction: Direction) -> None:
        try:
            self.lane.walk(direction)
        except NotNow:
            return
        if direction is IN:
            assert self.may_enter
        self.may_enter = False

    @rule(trouble=st.sampled_from(Trouble))
    def trouble(self, trouble: Trouble) -> None:
        self.lane.trouble(trouble)
        if trouble is Trouble.GONE:
            self.may_enter = False

    @rule(seconds=st.floats(0, 20))
    def wait(self, seconds: float) -> None:
        self.clock.now_s += seconds

    @invariant()
    def the_way_in_is_shut_unless_it_was_opened(self) -> None:
        if not self.may_enter:
            assert self.lane.state()["bars"] not in {Bars.FREE_IN, Bars.OPEN}

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except DeviceMissing:
            assert self.lane.state()["trouble"] == Trouble.GONE


TestLaneDay = pytest.mark.fault(28)(LaneDay.TestCase)
