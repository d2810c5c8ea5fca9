"""A lane from signal to signal."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.passage import (
    Act,
    Barrier,
    LaneAction,
    LaneSettings,
    LaneSignal,
    LaneState,
    Phase,
    Signal,
    Way,
    step,
)
from tests.gate.sample import AT
from tests.gate.test_passage_model import OUTCOMES

IN, OUT = Way.IN, Way.OUT
LOCKED = LaneSettings(lock_out=True)


class Lane:
    """A lane under way: signals go in at seconds after its start, acts are remembered."""

    def __init__(self, settings: LaneSettings | None = None) -> None:
        self.state = LaneState(settings=settings or LaneSettings())
        self.after(0, Signal.START)

    def after(
        self, seconds: float, kind: Signal, way: Way | None = None, passage: str | None = None
    ) -> list[Act]:
        """The acts that a signal brings."""
        signal = LaneSignal(kind=kind, way=way, passage=passage)
        self.state, self.actions = step(self.state, signal, AT + timedelta(seconds=seconds))
        return [action.act for action in self.actions]


@pytest.fixture
def lane() -> Lane:
    return Lane()


def test_a_lane_at_rest_lets_nobody_in_and_everybody_out(lane: Lane) -> None:
    assert lane.state.phase is Phase.CLOSED
    assert not lane.state.is_way_in_free
    assert lane.state.is_way_out_free
    assert not Lane(LOCKED).state.is_way_out_free


@pytest.mark.parametrize("way", [IN, OUT])
def test_a_grant_opens_for_one_and_the_passage_is_reported(lane: Lane, way: Way) -> None:
    assert lane.after(1, Signal.GRANT, way, "visit 1") == [Act.OPEN_ONCE]
    assert lane.state.is_way_in_free is (way is IN)
    assert lane.after(2, Signal.TICK) == []
    assert lane.after(3, Signal.PASSED, way) == [Act.REPORT_PASSED, Act.SHUT]
    assert lane.actions[0] == LaneAction(act=Act.REPORT_PASSED, way=way, passage="visit 1")
    assert lane.state.phase is Phase.CLOSED


@pytest.mark.fault(30)
def test_a_passage_that_does_not_happen_is_reported_in_time(lane: Lane) -> None:
    lane.after(0, Signal.GRANT, IN, "visit 1")
    assert lane.after(7.9, Signal.TICK) == []
    assert lane.after(8, Signal.TICK) == [Act.REPORT_NOT_PASSED, Act.SHUT]
    assert lane.actions[0].passage == "visit 1"
    assert lane.after(9, Signal.TICK) == []


@pytest.mark.fault(30)
def test_the_turnstile_itself_may_say_that_nobody_passed(lane: Lane) -> None:
    lane.after(0, Signal.GRANT, IN, "visit 1")
    assert lane.after(1, Signal.NOT_PASSED, IN) == [Act.REPORT_NOT_PASSED, Act.SHUT]


def test_the_same_person_may_try_again_and_has_the_time_anew(lane: Lane) -> None:
    lane.after(0, Signal.GRANT, IN, "visit 1")
    assert lane.after(7, Signal.GRANT, IN, "visit 1") == [Act.OPEN_ONCE]
    assert lane.after(14, Signal.TICK) == []
    assert lane.after(14.5, Signal.PASSED, IN) == [Act.REPORT_PASSED, Act.SHUT]


def test_the_next_person_waits_for_the_one_before(lane: Lane) -> None:
    lane.after(0, Signal.GRANT, IN, "visit 1")
    assert lane.after(1, Signal.GRANT, IN, "visit 2") == []
    assert lane.after(1, Signal.GRANT, OUT, "visit 3") == []
    assert lane.state.passage == "visit 1"
    assert lane.after(2, Signal.PASSED, IN) == [Act.REPORT_PASSED, Act.OPEN_ONCE]
    assert lane.state.passage == "visit 2"
    assert lane.after(9.9, Signal.TICK) == []
    assert lane.after(10, Signal.TICK) == [Act.REPORT_NOT_PASSED, Act.OPEN_ONCE]
    assert lane.actions[1] == LaneAction(act=Act.OPEN_ONCE, way=OUT, passage="visit 3")
    assert lane.after(11, Signal.PASSED, OUT) == [Act.REPORT_PASSED, Act.SHUT]


def test_who_waits_and_asks_again_waits_once(lane: Lane) -> None:
    lane.after(0, Signal.GRANT, IN, "visit 1")
    lane.after(1, Signal.GRANT, IN, "visit 2")
    assert lane.after(2, Signal.GRANT, IN, "visit 2") == []
    assert len(lane.state.waiting) == 1


def test_a_queue_too_long_for_a_lane_is_told_at_once(lane: Lane) -> None:
    for number in range(9):
        assert Act.REPORT_BUSY not in lane.after(0, Signal.GRANT, IN, f"visit {number}")
    assert lane.after(0, Signal.GRANT, IN, "one more") == [Act.REPORT_BUSY]


@pytest.mark.fault(30)
def test_who_is_a_little_slow_has_passed_after_all(lane: Lane) -> None:
    lane.after(0, Signal.GRANT, IN, "visit 1")
    lane.after(1, Signal.GRANT, IN, "visit 2")
    lane.after(8, Signal.TICK)
    assert lane.after(7.9, Signal.PASSED, IN) == [Act.REPORT_PASSED]
    assert lane.actions[0].passage == "visit 1"
    assert lane.state.passage == "visit 2"
    lane.after(9, Signal.PASSED, IN)
    assert lane.after(15, Signal.PASSED, IN) == [Act.ALARM_FORCED]


@pytest.mark.fault(30)
def test_a_late_word_on_the_one_before_ends_nobody_elses_time(lane: Lane) -> None:
    lane.after(0, Signal.GRANT, IN, "visit 1")
    lane.after(1, Signal.GRANT, IN, "visit 2")
    lane.after(8.1, Signal.TICK)
    assert lane.after(8, Signal.NOT_PASSED, IN) == []
    assert lane.state.passage == "visit 2"


def test_a_clock_that_is_set_back_keeps_nobody_waiting(lane: Lane) -> None:
    lane.after(3600, Signal.GRANT, IN, "visit 1")
    assert lane.after(0, Signal.TICK) == [Act.REPORT_NOT_PASSED, Act.SHUT]


def test_where_nobody_sees_a_passage_whoever_may_go_has_gone() -> None:
    lane = Lane(LaneSettings(barrier=Barrier.LOCK))
    lane.after(0, Signal.GRANT, IN, "visit 1")
    assert lane.after(8, Signal.NOT_PASSED, IN) == [Act.REPORT_PASSED, Act.SHUT]


@pytest.mark.fault(31)
def test_without_a_barrier_everybody_can_walk_and_is_told(lane: Lane) -> None:
    lane = Lane(LaneSettings(barrier=Barrier.NONE))
    assert lane.after(1, Signal.PASSED, IN) == [Act.ALARM_UNCHECKED]
    lane.after(2, Signal.GRANT, IN, "visit 1")
    assert lane.after(3, Signal.PASSED, IN) == [Act.REPORT_PASSED, Act.SHUT]
    assert lane.after(4, Signal.PASSED, IN) == [Act.ALARM_TAILGATING]


def test_a_lane_of_one_way_opens_no_other() -> None:
    lane = Lane(LaneSettings(ways=frozenset({OUT})))
    assert lane.after(1, Signal.GRANT, IN, "visit 1") == [Act.REPORT_BUSY]
    assert lane.after(1, Signal.GRANT, OUT, "visit 2") == [Act.OPEN_ONCE]


@pytest.mark.fault(31)
def test_a_jam_and_a_hand_in_the_works_are_told_in_every_phase(lane: Lane) -> None:
    assert lane.after(1, Signal.JAM) == [Act.ALARM_JAM]
    lane.after(2, Signal.FIRE)
    assert lane.after(3, Signal.TAMPER) == [Act.ALARM_TAMPER]
    assert lane.state.phase is Phase.RELEASED


def test_a_lane_that_staff_locked_lets_nobody_in_and_everybody_out(lane: Lane) -> None:
    lane.after(0, Signal.GRANT, IN, "visit 1")
    lane.after(0, Signal.GRANT, OUT, "visit 2")
    assert lane.after(1, Signal.LOCK) == [Act.OPEN_ONCE, Act.REPORT_NOT_PASSED]
    assert lane.actions[0].passage == "visit 2"
    lane.after(2, Signal.PASSED, OUT)
    assert lane.after(3, Signal.GRANT, IN, "visit 3") == [Act.REPORT_BUSY]
    lane.after(4, Signal.UNLOCK)
    assert lane.after(5, Signal.GRANT, IN, "visit 3") == [Act.OPEN_ONCE]


@pytest.mark.scenario("E33")
def test_in_an_air_raid_the_way_to_the_shelter_is_free_and_everybody_counted(lane: Lane) -> None:
    lane.after(0, Signal.GRANT, IN, "visit 1")
    assert lane.after(1, Signal.SHELTER) == [Act.HOLD_OPEN, Act.REPORT_PASSED]
    assert lane.after(2, Signal.PASSED, IN) == [], "the one who was let in is known"
    assert lane.after(3, Signal.PASSED, IN) == [Act.REPORT_COUNTED]
    assert lane.after(4, Signal.PASSED, OUT) == [Act.REPORT_COUNTED]
    assert lane.after(5, Signal.SHELTER_OVER) == [Act.SHUT]
    assert lane.after(6, Signal.PASSED, IN) == [Act.ALARM_FORCED]


def test_staff_who_reset_a_lane_in_an_air_raid_lock_nobody_out(lane: Lane) -> None:
    lane.after(0, Signal.SHELTER)
    assert lane.after(1, Signal.STAFF_BUTTON) == [Act.HOLD_OPEN]
    assert lane.after(2, Signal.RESET) == [Act.RESET, Act.HOLD_OPEN]
    assert lane.state.phase is Phase.SHELTER


@pytest.mark.fault(31)
def test_who_comes_in_without_a_grant_forces_the_lane(lane: Lane) -> None:
    assert lane.after(1, Signal.PASSED, IN) == [Act.ALARM_FORCED]
    assert lane.after(2, Signal.FORCED, IN) == [Act.ALARM_FORCED]
    assert lane.after(3, Signal.HELD_OPEN) == [Act.ALARM_HELD_OPEN]
    assert lane.state.phase is Phase.CLOSED


@pytest.mark.fault(31)
def test_a_second_person_on_one_grant_is_tailgating(lane: Lane) -> None:
    lane.after(0, Signal.GRANT, IN, "visit 1")
    lane.after(1, Signal.PASSED, IN)
    assert lane.after(2.5, Signal.PASSED, IN) == [Act.ALARM_TAILGATING]
    assert lane.after(9, Signal.PASSED, IN) == [Act.ALARM_FORCED]


def test_somebody_coming_the_other_way_does_not_use_up_the_grant(lane: Lane) -> None:
    lane.after(0, Signal.GRANT, OUT, "visit 1")
    assert lane.after(1, Signal.PASSED, IN) == [Act.ALARM_FORCED]
    assert lane.after(2, Signal.PASSED, OUT) == [Act.REPORT_PASSED, Act.SHUT]


@pytest.mark.scenario("X21")
def test_a_refusal_calls_staff_and_leaves_the_lane_passable(lane: Lane) -> None:
    assert lane.after(1, Signal.REFUSE, OUT, "visit 1") == [Act.SHOW_REFUSAL, Act.CALL_STAFF]
    assert lane.state.is_way_out_free
    assert lane.after(2, Signal.PASSED, OUT) == [Act.ALARM_UNCHECKED]


@pytest.mark.scenario("X21")
def test_where_refusals_lock_who_passes_all_the_same_forces_the_lane() -> None:
    lane = Lane(LOCKED)
    lane.after(1, Signal.REFUSE, OUT, "visit 1")
    assert not lane.state.is_way_out_free
    assert lane.after(2, Signal.PASSED, OUT) == [Act.ALARM_FORCED]


@pytest.mark.scenario("X20")
def test_staff_open_both_ways_at_once_and_put_the_lane_back_by_hand(lane: Lane) -> None:
    lane.after(0, Signal.GRANT, IN, "visit 1")
    assert lane.after(1, Signal.STAFF_BUTTON) == [Act.HOLD_OPEN, Act.REPORT_PASSED]
    assert lane.state.is_way_in_free
    assert lane.state.is_way_out_free
    assert lane.after(2, Signal.PASSED, OUT) == [Act.REPORT_COUNTED]
    assert lane.after(3, Signal.GRANT, IN, "visit 2") == [Act.REPORT_PASSED]
    assert lane.after(4, Signal.RESET) == [Act.RESET]
    assert lane.state.phase is Phase.CLOSED


@pytest.mark.scenario("X14")
@pytest.mark.fault(32)
@pytest.mark.parametrize("settings", [LaneSettings(), LOCKED])
def test_a_fire_frees_the_way_out_until_staff_reset_it(settings: LaneSettings) -> None:
    lane = Lane(settings)
    lane.after(0, Signal.GRANT, IN, "visit 1")
    assert lane.after(1, Signal.FIRE) == [
        Act.RELEASE_OUT,
        Act.ALARM_FIRE,
        Act.REPORT_NOT_PASSED,
    ]
    assert (lane.state.is_way_in_free, lane.state.is_way_out_free) == (False, True)
    assert lane.after(2, Signal.FIRE) == []
    assert lane.after(3, Signal.GRANT, IN, "visit 2") == [Act.REPORT_BUSY]
    assert lane.after(3, Signal.GRANT, OUT, "visit 3") == [Act.REPORT_PASSED]
    assert lane.after(4, Signal.FIRE_CLEARED) == []
    assert lane.state.phase is Phase.RELEASED
    assert lane.after(5, Signal.RESET) == [Act.RESET]


@pytest.mark.fault(32)
def test_neither_a_reset_nor_a_restart_ends_a_release_while_it_burns(lane: Lane) -> None:
    lane.after(0, Signal.FIRE)
    for signal in (Signal.RESET, Signal.STOP, Signal.START, Signal.STAFF_BUTTON, Signal.TICK):
        assert lane.after(1, signal) == []
        assert lane.state.phase is Phase.RELEASED
    lane.after(2, Signal.FIRE_CLEARED)
    lane.after(3, Signal.STOP)
    lane.after(4, Signal.START)
    assert lane.state.phase is Phase.RELEASED


@pytest.mark.fault(28)
@pytest.mark.parametrize("settings", [LaneSettings(), LOCKED])
def test_a_lane_that_is_not_driven_lets_out_and_not_in(settings: LaneSettings) -> None:
    lane = Lane(settings)
    lane.after(0, Signal.GRANT, IN, "visit 1")
    assert lane.after(1, Signal.STOP) == [Act.RELEASE_OUT, Act.REPORT_NOT_PASSED]
    for state in (lane.state, LaneState(settings=settings)):
        assert (state.is_way_in_free, state.is_way_out_free) == (False, True)
    assert lane.after(2, Signal.GRANT, IN, "visit 2") == [Act.REPORT_BUSY]
    assert lane.after(3, Signal.FIRE) == [Act.RELEASE_OUT, Act.ALARM_FIRE]


MANY = [f"visit {number}" for number in range(1, 13)]
"""More than may wait at once."""
SIGNALS = st.builds(
    LaneSignal,
    kind=st.sampled_from(Signal) | st.sampled_from([Signal.GRANT, Signal.PASSED, Signal.START]),
    way=st.none() | st.sampled_from(Way),
    passage=st.sampled_from(MANY),
)
STORIES = st.lists(st.tuples(SIGNALS, st.integers(-5, 10)), min_size=20, max_size=50)
"""Long enough that a lane is in service for a while: short ones hardly begin."""


@pytest.mark.fault(28, 29)
@given(STORIES, st.booleans())
def test_only_a_grant_or_staff_ever_open_the_way_in(
    story: list[tuple[LaneSignal, int]], lock_out: bool
) -> None:
    """With crowds and clocks that are set back, which the exploration of all states leaves out."""
    state, at = LaneState(settings=LaneSettings(lock_out=lock_out)), AT
    granted: set[tuple[str | None, Way | None]] = set()
    for signal, seconds in story:
        at += timedelta(seconds=seconds)
        was_free, was_sheltered = state.is_way_in_free, state.shelter
        if signal.kind is Signal.GRANT:
            granted.add((signal.passage, signal.way or IN))
        state, actions = step(state, signal, at)
        opened = {(one.passage, one.way) for one in actions if one.act is Act.OPEN_ONCE}
        assert opened <= granted
        holds_open = any(one.act is Act.HOLD_OPEN for one in actions)
        if holds_open:
            assert signal.kind in (Signal.STAFF_BUTTON, Signal.SHELTER) or was_sheltered
        if state.is_way_in_free and not was_free:
            assert holds_open or any(way is IN for _, way in opened)
        granted -= {(one.passage, one.way) for one in actions if one.act in OUTCOMES}
        assert state.is_way_out_free or lock_out
        assert not (state.fire and state.is_way_in_free)
