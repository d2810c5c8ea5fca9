"""What a lane of relays and sensors does, without pins."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hardware.contracts import Buzz, Direction, LampState, SignalKind
from hardware.lane_lines import Settings
from hardware.lane_logic import LaneLogic
from tests.hardware.lanes.benches import LINES
from tests.hardware.lanes.test_lane_lines import PULSE_TURNSTILE

IN, OUT = Direction.IN, Direction.OUT
DOOR_ALONE: dict[str, Any] = {
    "driver": "gpio",
    "open_in": {"pin": 17, "without_current": "locked"},
    "out_never_locks": True,
    "door": {"pin": 13, "active": "high"},
    "held_open_s": 10,
}


class Walk:
    """A logic, its inputs, and its time."""

    def __init__(self, lines: dict[str, Any] = LINES, active: Iterable[str] = ()) -> None:
        self.logic = LaneLogic(Settings.model_validate(lines))
        self.active = set(active)
        self.at_s = 0.0
        self.names = set(Settings.model_validate(lines).inputs)
        self.go_on(0.1)

    def go_on(self, seconds: float) -> None:
        steps = max(1, min(round(seconds / 0.01), 40))
        for _ in range(steps):
            self.at_s += seconds / steps
            self.logic.sense({name: name in self.active for name in self.names}, self.at_s)

    def switch(self, name: str, *, on: bool) -> None:
        (self.active.add if on else self.active.discard)(name)
        self.go_on(0.05)

    def blink(self, name: str) -> None:
        self.switch(name, on=True)
        self.switch(name, on=False)

    @property
    def current(self) -> frozenset[str]:
        return self.logic.with_current(self.at_s)

    @property
    def said(self) -> list[Any]:
        return list(self.logic.take_said())


@pytest.fixture
def walk() -> Walk:
    walk = Walk()
    walk.logic.shut()
    return walk


def test_before_the_first_command_nothing_has_current() -> None:
    assert Walk().current == frozenset()


def test_a_lock_without_current_is_free_outwards_and_shut_inwards(walk: Walk) -> None:
    assert walk.current == {"open_out"}
    walk.logic.open_once(IN, walk.at_s)
    assert walk.current == {"open_in", "open_out"}
    walk.logic.open_once(OUT, walk.at_s)
    assert walk.current == frozenset()


# Fire.


@pytest.mark.fault(32)
def test_fire_frees_the_way_out_within_200_ms_and_with_nobodys_help(walk: Walk) -> None:
    walk.logic.open_once(IN, walk.at_s)
    started_s = walk.at_s
    walk.active.add("fire")
    while "open_out" in walk.current:
        walk.go_on(0.01)
    assert walk.at_s - started_s <= 0.2
    assert not walk.logic.is_in_free
    assert walk.said == [(SignalKind.FIRE, None)]


@pytest.mark.fault(32)
def test_a_release_ends_by_hand_and_not_while_it_burns(walk: Walk) -> None:
    walk.switch("fire", on=True)
    walk.logic.reset()
    assert walk.logic.is_out_free
    walk.switch("fire", on=False)
    assert walk.logic.is_out_free, "the end of the fire alone locks nobody in"
    walk.logic.take_said()
    walk.logic.shut()
    assert walk.logic.is_out_free, "an order that crossed the alarm ends nothing"
    assert walk.said == [(SignalKind.FIRE, None)]
    walk.logic.reset()
    assert not walk.logic.is_out_free


@pytest.mark.fault(32)
def test_nobody_holds_the_way_in_open_into_a_fire(walk: Walk) -> None:
    walk.logic.hold_open()
    walk.switch("fire", on=True)
    walk.logic.hold_open()
    walk.blink("staff_button")
    assert (walk.logic.is_in_free, walk.logic.is_out_free) == (False, True)
    assert "open_in" not in walk.current


def test_a_station_may_free_the_way_out_alone(walk: Walk) -> None:
    walk.logic.release()
    assert (walk.logic.is_in_free, walk.logic.is_out_free) == (False, True)
    assert walk.current == frozenset()
    walk.logic.shut()
    assert not walk.logic.is_out_free


@pytest.mark.scenario("X20")
@pytest.mark.parametrize("driven", [True, False])
def test_the_staff_button_frees_both_ways_within_200_ms_and_with_nobodys_help(driven: bool) -> None:
    walk = Walk()
    if driven:
        walk.logic.shut()
    started_s = walk.at_s
    walk.active.add("staff_button")
    while not walk.logic.is_in_free:
        walk.go_on(0.01)
    assert walk.at_s - started_s <= 0.2
    assert walk.current == {"open_in"}
    walk.switch("staff_button", on=False)
    walk.logic.open_once(OUT, walk.at_s)
    walk.logic.shut()
    assert walk.logic.is_in_free, "an order that crossed the button ends nothing"
    walk.logic.reset()
    assert not walk.logic.is_in_free


@pytest.mark.fault(32)
def test_nobody_is_let_into_a_fire(walk: Walk) -> None:
    walk.switch("fire", on=True)
    walk.logic.take_said()
    walk.logic.open_once(IN, walk.at_s)
    assert not walk.logic.is_in_free
    assert walk.said == [(SignalKind.NOT_PASSED, IN)]
    walk.logic.open_once(OUT, walk.at_s)
    walk.blink("passed_out")
    assert walk.said == [(SignalKind.PASSED, OUT)]
    assert walk.logic.is_out_free


@pytest.mark.fault(32)
def test_a_loop_that_is_cut_at_the_start_is_a_fire() -> None:
    walk = Walk()
    walk.switch("fire", on=True)
    walk.logic.shut()
    assert walk.logic.is_out_free
    assert walk.said == [(SignalKind.FIRE, None)] * 2


# Doors and barriers.


@pytest.mark.fault(31)
def test_a_door_that_opens_while_it_is_locked_is_forced(walk: Walk) -> None:
    walk.switch("door", on=True)
    assert walk.said == [(SignalKind.FORCED, None)]


@pytest.mark.fault(31)
def test_a_door_that_stands_open_is_told_once(walk: Walk) -> None:
    walk.logic.open_once(IN, walk.at_s)
    walk.switch("door", on=True)
    walk.blink("passed_in")
    walk.go_on(14)
    assert walk.said == [(SignalKind.PASSED, IN)]
    walk.go_on(30)
    assert walk.said == [(SignalKind.HELD_OPEN, None)]
    walk.switch("door", on=False)
    walk.logic.open_once(IN, walk.at_s)
    walk.switch("door", on=True)
    walk.go_on(20)
    assert (SignalKind.HELD_OPEN, None) in walk.said


def test_a_door_that_is_held_open_on_purpose_may_stand_open(walk: Walk) -> None:
    walk.logic.hold_open()
    walk.switch("door", on=True)
    walk.go_on(60)
    assert (SignalKind.HELD_OPEN, None) not in walk.said


def test_a_second_one_behind_the_first_is_told_as_one_who_passed(walk: Walk) -> None:
    walk.logic.open_once(IN, walk.at_s)
    walk.blink("passed_in")
    walk.blink("passed_in")
    assert walk.said == [(SignalKind.PASSED, IN)] * 2


def test_who_comes_against_the_way_does_not_use_it_up(walk: Walk) -> None:
    walk.logic.open_once(IN, walk.at_s)
    walk.blink("passed_out")
    assert walk.said == [(SignalKind.PASSED, OUT)]
    assert walk.logic.is_in_free


def test_a_barrier_that_is_blocked_from_the_start_is_nobody() -> None:
    walk = Walk(LINES, active={"passed_in"})
    walk.go_on(1)
    assert walk.said == []


def test_a_door_without_barriers_counts_its_openings() -> None:
    walk = Walk(DOOR_ALONE)
    walk.logic.shut()
    walk.logic.open_once(IN, walk.at_s)
    walk.blink("door")
    walk.blink("door")
    assert walk.said == [(SignalKind.PASSED, IN), (SignalKind.PASSED, OUT)]
    assert walk.current == frozenset()


BEAMS: dict[str, Any] = {
    "driver": "gpio",
    "open_in": {"pin": 17, "without_current": "locked"},
    "out_never_locks": True,
    "beam_outer": {"pin": 5},
    "beam_inner": {"pin": 6},
}


@pytest.mark.parametrize("way,order", [(IN, "outer inner"), (OUT, "inner outer")])
def test_two_beams_tell_the_way_by_their_order(way: Direction, order: str) -> None:
    walk = Walk(BEAMS)
    first, second = (f"beam_{name}" for name in order.split())
    for name, on in ((first, True), (second, True), (first, False)):
        walk.switch(name, on=on)
        assert walk.said == []
    walk.switch(second, on=False)
    assert walk.said == [(SignalKind.PASSED, way)]


def test_who_turns_round_in_the_lane_has_not_passed() -> None:
    walk = Walk(BEAMS)
    for name, on in (("outer", True), ("inner", True), ("inner", False), ("outer", False)):
        walk.switch(f"beam_{name}", on=on)
    assert walk.said == []


@pytest.mark.fault(31)
def test_one_close_behind_another_is_told_as_two() -> None:
    walk = Walk(BEAMS)
    steps = "outer+ inner+ outer- outer+ inner- inner+ outer- inner-"
    for step in steps.split():
        walk.switch(f"beam_{step[:-1]}", on=step.endswith("+"))
    assert walk.said == [(SignalKind.PASSED, IN)] * 2


@pytest.mark.fault(31)
def test_what_a_lane_can_only_pass_on_is_passed_on() -> None:
    lines = {"jam": {"pin": 2}, "tamper": {"pin": 3}, "air_raid": {"pin": 4}}
    walk = Walk(LINES | lines)
    for name in lines:
        walk.blink(name)
    assert walk.said == [
        (SignalKind.JAM, None),
        (SignalKind.TAMPER, None),
        (SignalKind.AIR_RAID, None),
        (SignalKind.AIR_RAID_OVER, None),
    ]


# Turnstiles that count by themselves.


def test_a_turnstile_gets_a_pulse_and_counts_the_rest() -> None:
    walk = Walk(PULSE_TURNSTILE)
    walk.logic.shut()
    assert walk.current == {"free_out"}
    walk.logic.open_once(OUT, walk.at_s)
    assert walk.current == {"free_out", "open_out"}
    walk.go_on(0.31)
    assert walk.current == {"free_out"}
    walk.blink("passed_out")
    assert walk.said == [(SignalKind.PASSED, OUT)]


def test_a_pulse_for_one_way_ends_when_the_other_is_opened() -> None:
    walk = Walk(PULSE_TURNSTILE)
    walk.logic.open_once(IN, walk.at_s)
    walk.go_on(0.1)
    walk.logic.open_once(OUT, walk.at_s)
    assert walk.current == {"free_out", "open_out"}


def test_a_turnstile_that_is_held_open_keeps_its_contacts_closed() -> None:
    walk = Walk(PULSE_TURNSTILE)
    walk.logic.hold_open()
    walk.go_on(60)
    assert walk.current == {"open_in", "open_out"}


@pytest.mark.fault(32)
def test_fire_drops_the_arms_of_a_turnstile() -> None:
    fire = {"fire": {"pin": 19, "active": "high"}}
    walk = Walk(PULSE_TURNSTILE | fire)
    walk.logic.shut()
    walk.switch("fire", on=True)
    assert walk.current == frozenset()


# Lamps and sounds.


def test_each_state_has_its_lamp_and_two_may_share_one() -> None:
    lamp = {"pin": 20, "active": "low"}
    walk = Walk({**LINES, "lamps": {"stop": lamp, "call": lamp, "go": {"pin": 21}}})
    lit = []
    for state in LampState:
        walk.logic.show(state)
        lit.append(sorted(name for name in walk.current if name.startswith("lamp")))
    assert lit == [[], [], ["lamp_21"], ["lamp_20_low"], ["lamp_20_low"]]


@pytest.mark.parametrize("sound,rings", [(Buzz.SHORT, 1), (Buzz.LONG, 1), (Buzz.ALARM, 6)])
def test_the_buzzer_sounds_and_falls_silent(walk: Walk, sound: Buzz, rings: int) -> None:
    walk.logic.buzz(sound, walk.at_s)
    heard = []
    for _ in range(500):
        walk.go_on(0.01)
        heard.append("buzzer" in walk.current)
    begins = sum(now and not before for before, now in zip([False, *heard], heard, strict=False))
    assert begins == rings
    assert not heard[-1]


class LineDay(RuleBasedStateMachine):
    """Whatever happens: nobody comes in who was not let in, nobody is locked in at a fire."""

    @initialize(lines=st.sampled_from([LINES, PULSE_TURNSTILE | {"fire": {"pin": 19}}]))
    def begin(self, lines: dict[str, Any]) -> None:
        self.walk = Walk(lines)
        self.may_enter = self.button = False

    @rule(way=st.sampled_from(Direction))
    def open_once(self, way: Direction) -> None:
        self.walk.logic.open_once(way, self.walk.at_s)
        self.may_enter = way is IN or self.button

    @rule()
    def hold_open(self) -> None:
        self.walk.logic.hold_open()
        self.may_enter = True

    @rule()
    def release_or_shut(self) -> None:
        self.walk.logic.release()
        self.walk.logic.shut()
        self.may_enter = self.button

    @rule(leave=st.booleans())
    def reset_or_leave(self, leave: bool) -> None:
        (self.walk.logic.leave if leave else self.walk.logic.reset)()
        self.may_enter = self.button = False

    @rule(
        name=st.sampled_from(["passed_in", "passed_out", "door", "fire", "staff_button"]),
        on=st.booleans(),
    )
    def switch(self, name: str, on: bool) -> None:
        if name not in self.walk.names:
            return
        if name == "staff_button" and on and name not in self.walk.active:
            self.may_enter = self.button = True
        self.walk.switch(name, on=on)

    @rule(seconds=st.floats(0.01, 9))
    def go_on(self, seconds: float) -> None:
        self.walk.go_on(seconds)

    @invariant()
    def nobody_comes_in_unasked(self) -> None:
        if not getattr(self, "may_enter", True):
            assert "open_in" not in self.walk.current
            assert not self.walk.logic.is_in_free

    @invariant()
    def nobody_is_locked_in_at_a_fire(self) -> None:
        walk = getattr(self, "walk", None)
        if walk and "fire" in walk.active:
            assert walk.logic.is_out_free
            assert not walk.current & ({"open_out", "free_out"} - _pulsed(walk))


def _pulsed(walk: Walk) -> set[str]:
    """A turnstile's pulse outwards frees the way, it does not lock it."""
    relay = walk.logic._settings.open_out
    return {"open_out"} if relay and relay.drive == "pulse" else set()


LineDay.TestCase.settings = settings(max_examples=30)
TestLineDay = pytest.mark.fault(28, 32)(LineDay.TestCase)
