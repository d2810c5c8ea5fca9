"""The lane of a station: opened after the commit, and every passage at it kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event
from time import monotonic

import pytest

from gate.events import DepartmentCountRecord
from gate.facts import VisitState
from gate.passage import Act, LaneAction, Way
from hardware.contracts import Direction
from hardware.lane_simulator import Settings as LaneSettings
from hardware.lane_simulator import SimulatedLane
from kiosk import screens, slips
from kiosk.config import Role
from tests.kiosk.counter import Counter, make_counter
from tests.kiosk.house import House, MovedClock, code_of, ticket
from tests.kiosk.test_dialogue import CODE, come_in, last_job


@pytest.fixture
def lane(moved: MovedClock) -> Iterator[SimulatedLane]:
    settings = LaneSettings(driver="simulator", release_s=8)
    lane = SimulatedLane(settings, moved.now, moved.monotonic)
    yield lane
    lane.close()


@pytest.fixture
def gate(build: Callable[..., House], lane: SimulatedLane) -> Iterator[Counter]:
    counter = make_counter(build(has_lane=True), Role.BOTH, lane)
    yield counter
    lane.close()
    assert counter.hands.lane is not None
    counter.hands.lane.stop()


def wait_for(holds: Callable[[], bool]) -> bool:
    """Whether it holds before long."""
    ends, pause = monotonic() + 5, Event()
    while not holds() and monotonic() < ends:
        pause.wait(0.005)
    return holds()


def until(counter: Counter, state: VisitState) -> VisitState:
    """The state of the last visit, once the lane's thread has told."""
    ends = monotonic() + 5
    job_visit = last_job(counter.house).visit_id
    while monotonic() < ends:
        counter.lane_reports()
        if counter.house.visit(job_visit).state is state:
            break
    return counter.house.visit(job_visit).state


def test_the_lane_opens_after_the_commit_and_the_passage_is_kept(
    gate: Counter, lane: SimulatedLane
) -> None:
    gate.show(CODE)
    assert lane.state()["bars"] == "free_in"
    assert gate.house.visit(last_job(gate.house).visit_id).state is VisitState.ADMITTED
    lane.walk(Direction.IN)
    assert until(gate, VisitState.INSIDE) is VisitState.INSIDE
    assert gate.house.kinds()[-1] == "passed"


@pytest.mark.fault(30)
def test_a_lane_that_nobody_used_leaves_the_ticket_unused(gate: Counter, moved: MovedClock) -> None:
    gate.show(CODE)
    moved.forward(timedelta(seconds=9))
    assert until(gate, VisitState.NOT_PASSED) is VisitState.NOT_PASSED
    assert gate.house.kinds()[-1] == "not_passed"
    gate.show(CODE)
    gate.sees(screens.Greeting)


def test_who_is_greeted_before_the_one_in_front_has_walked_gets_their_turn(
    gate: Counter, lane: SimulatedLane, moved: MovedClock
) -> None:
    other = ticket(ticket_id="b1b2c3d4e5f6", number="004822")
    gate.house.learn(other)
    gate.show(CODE)
    first = last_job(gate.house).visit_id
    moved.forward(timedelta(seconds=1))
    gate.show(code_of(other))
    second = last_job(gate.house).visit_id
    assert first != second
    gate.sees(screens.Greeting)
    lane.walk(Direction.IN)
    assert wait_for(lambda: lane.state()["bars"] == "free_in"), "the lane opens for the second"
    lane.walk(Direction.IN)
    assert until(gate, VisitState.INSIDE) is VisitState.INSIDE
    assert gate.house.visit(first).state is VisitState.INSIDE
    assert gate.house.kinds().count("passed") == 2


@pytest.mark.fault(30)
def test_the_second_gets_their_turn_when_the_first_does_not_walk(
    gate: Counter, lane: SimulatedLane, moved: MovedClock
) -> None:
    other = ticket(ticket_id="b1b2c3d4e5f6", number="004822")
    gate.house.learn(other)
    gate.show(CODE)
    moved.forward(timedelta(seconds=1))
    gate.show(code_of(other))
    moved.forward(timedelta(seconds=8))
    assert wait_for(lambda: "open_once in" in lane.state()["past"][4:])
    lane.walk(Direction.IN)
    assert until(gate, VisitState.INSIDE) is VisitState.INSIDE
    assert gate.house.kinds().count("not_passed") == 1


def test_the_exit_is_kept_when_the_reader_has_passed(gate: Counter, lane: SimulatedLane) -> None:
    gate.show(CODE)
    lane.walk(Direction.IN)
    until(gate, VisitState.INSIDE)
    job = last_job(gate.house)
    gate.show(slips.read(job.content).content.code.encode())
    gate.sees(screens.Farewell)
    lane.walk(Direction.OUT)
    assert until(gate, VisitState.CLOSED) is VisitState.CLOSED
    assert gate.house.kinds()[-1] == "exited"


@pytest.mark.scenario("X21")
def test_a_refused_exit_shows_lamp_and_sound_and_calls_staff(
    gate: Counter, lane: SimulatedLane
) -> None:
    visit, code = come_in(gate)
    lane.walk(Direction.IN)
    until(gate, VisitState.INSIDE)
    gate.house.acknowledge()
    out = (DepartmentCountRecord(department="5", count=2),)
    inside = visit.model_copy(update={"reading_room": out, "state": VisitState.INSIDE})
    gate.house.learn(inside)
    gate.show(code)
    gate.lane_reports()
    gate.sees(screens.StillOut)
    assert lane.state()["lamps"] == "stop"
    assert gate.house.kinds()[-1] == "help_called"


def test_a_lane_that_is_forced_raises_an_alarm(gate: Counter) -> None:
    gate.conductor.handle(LaneAction(act=Act.ALARM_FORCED, way=Way.IN))
    assert gate.house.kinds() == ["alarm"]
