"""A station in an emergency: where to go, who is inside, and the word of staff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from PIL import Image

from gate.events import (
    Alarm,
    Counted,
    FactsQuery,
    LaneChanged,
    LaneOrderRecord,
    StationEvent,
    VisitRecord,
)
from gate.facts import CredentialKind, Emergency, TicketKind, VisitState
from gate.kinds import LaneAct
from gate.passage import Act, LaneAction, Way
from gate.reasons import Reason
from hardware.contracts import Direction
from hardware.lane_simulator import Settings as LaneSettings
from hardware.lane_simulator import SimulatedLane
from kiosk import roll, screens, slips
from kiosk.config import Role
from kiosk.messages import CopyChanged
from tests.kiosk.counter import Counter, make_counter
from tests.kiosk.house import AT, House, MovedClock, building, code_of, ticket
from tests.kiosk.test_dialogue import CODE, last_job
from tests.kiosk.test_lane import until, wait_for
from tests.kiosk.test_store import VISIT

PASS = ticket(
    ticket_id="c1c2c3c4c5c6", number="П-7", kind=TicketKind.STAFF, display_name="Ганна Р."
)


@pytest.fixture
def lane(moved: MovedClock) -> Iterator[SimulatedLane]:
    lane = SimulatedLane(LaneSettings(driver="simulator"), moved.now, moved.monotonic)
    yield lane
    lane.close()


@pytest.fixture
def papers() -> list[Image.Image | None]:
    return []


@pytest.fixture
def gate(
    build: Callable[..., House], lane: SimulatedLane, papers: list[Image.Image | None]
) -> Iterator[Counter]:
    """A station with a lane and a printer that draws at once."""
    counter = make_counter(build(has_lane=True), Role.BOTH, lane)
    counter.hands.print_paper = lambda paper: papers.append(paper(576))
    counter.house.learn(PASS)
    yield counter
    lane.close()
    assert counter.hands.lane is not None
    counter.hands.lane.stop()


def learn(gate: Counter, **changes: object) -> None:
    """The server tells of the house."""
    gate.house.learn(building(**changes))
    gate.conductor.handle(CopyChanged(frozenset()))


def told(gate: Counter, kind: type[StationEvent]) -> list[StationEvent]:
    gate.lane_reports()
    return [event for event in gate.house.told() if isinstance(event, kind)]


def bars(lane: SimulatedLane) -> str:
    return str(lane.state()["bars"])


def burn(gate: Counter, lane: SimulatedLane) -> None:
    lane.do("fire", {})
    assert wait_for(
        lambda: any(getattr(one, "act", None) is Act.ALARM_FIRE for one in gate.lane_said)
    )
    gate.lane_reports()


@pytest.mark.fault(32)
@pytest.mark.scenario("X14", "E33")
def test_a_fire_at_the_lane_is_shown_printed_and_told_with_the_server_away(
    gate: Counter, lane: SimulatedLane, papers: list[Image.Image | None]
) -> None:
    gate.house.learn(building(assembly_point="майданчик перед входом"))
    burn(gate, lane)
    shown = gate.sees(screens.Evacuation)
    assert (shown.because.code, shown.place) == (Reason.EVACUATION, "майданчик перед входом")
    assert bars(lane) == "free_out"
    assert len(papers) == 1
    (alarm,) = told(gate, Alarm)
    assert isinstance(alarm, Alarm)
    assert alarm.alarm == "alarm_fire"
    gate.show(CODE)
    gate.sees(screens.Evacuation)
    assert bars(lane) == "free_out", "nobody is let in"


@pytest.mark.scenario("X14")
def test_after_a_fire_the_slip_continues_the_visit_with_the_server_away(
    gate: Counter, lane: SimulatedLane, moved: MovedClock
) -> None:
    gate.show(CODE)
    lane.walk(Direction.IN)
    assert until(gate, VisitState.INSIDE) is VisitState.INSIDE
    job = last_job(gate.house)
    slip = slips.read(job.content).content.code.encode()
    burn(gate, lane)
    assert gate.house.visit(job.visit_id).state is VisitState.EVACUATED
    lane.do("fire_over", {})
    keeper = gate.hands.lane
    assert keeper is not None
    assert wait_for(lambda: not keeper.burns)
    gate.show(code_of(PASS))
    gate.press("reset_lane")
    moved.forward(timedelta(minutes=15))
    gate.show(slip)
    assert bars(lane) == "free_in"
    lane.walk(Direction.IN)
    assert until(gate, VisitState.INSIDE) is VisitState.INSIDE
    assert last_job(gate.house).visit_id == job.visit_id, "no second slip"
    moved.forward(timedelta(seconds=9))
    gate.house.learn(building())
    gate.show(slip)
    gate.sees(screens.Farewell)


@pytest.mark.scenario("X14")
def test_once_the_server_knows_of_a_fire_its_word_on_visits_counts_again(
    gate: Counter, lane: SimulatedLane
) -> None:
    gate.show(CODE)
    lane.walk(Direction.IN)
    until(gate, VisitState.INSIDE)
    visit_id = last_job(gate.house).visit_id
    gate.house.acknowledge()
    burn(gate, lane)
    inside = gate.house.visit(visit_id).model_copy(update={"state": VisitState.INSIDE})
    gate.house.learn(building(), inside)
    assert known(gate, inside).state is VisitState.EVACUATED, "the server has not heard of it"
    learn(gate, emergency=Emergency.FIRE)
    gate.house.learn(building(), inside)
    assert known(gate, inside).state is VisitState.INSIDE, "back at another station"


@pytest.mark.scenario("X14")
@pytest.mark.parametrize(
    "ours,theirs",
    [
        (("K9", None), ("B1", None)),  # an older server
        (("K9", ""), ("B1", "2")),
        (("", ""), ("", "2")),  # let in at desks
    ],
)
def test_a_fire_here_leaves_alone_who_is_in_another_building(
    gate: Counter,
    lane: SimulatedLane,
    ours: tuple[str, str | None],
    theirs: tuple[str, str | None],
) -> None:
    here, there = (
        VISIT.model_copy(update={
            "visit_id": uuid4(), "slip_number": number, "station": station, "branch": branch,
            "opened_at": AT, "state": VisitState.INSIDE, "ticket_id": None,
        })
        for number, (station, branch) in (("K1-0009-AAAA-1", ours), ("B1-0009-AAAA-1", theirs))
    )  # fmt: skip
    gate.house.learn(building(stations=("", "K1", "K9")), here, there)
    burn(gate, lane)
    assert known(gate, here).state is VisitState.EVACUATED
    assert known(gate, there).state is VisitState.INSIDE
    listed = roll.content(gate.house.database, "K1", AT)
    assert listed is not None
    assert (listed.readers, listed.guests) == (0, 1)


def known(gate: Counter, visit: VisitRecord) -> VisitRecord:
    query = FactsQuery(credential=CredentialKind.SLIP_CODE, value=visit.slip_number)
    found = gate.house.premises.knowledge.ask(query).visit
    assert found is not None
    return found


@pytest.mark.fault(32)
def test_staff_reset_the_lane_with_their_name_once_the_input_is_quiet(
    gate: Counter, lane: SimulatedLane, papers: list[Image.Image | None]
) -> None:
    burn(gate, lane)
    gate.show(code_of(PASS))
    assert not gate.sees(screens.InCharge).may_reset
    gate.press("reset_lane")
    assert bars(lane) == "free_out"
    lane.do("fire_over", {})
    assert gate.hands.lane is not None
    keeper = gate.hands.lane
    assert wait_for(lambda: not keeper.burns)
    gate.show(CODE)
    gate.sees(screens.Evacuation)
    gate.show(code_of(PASS))
    assert gate.sees(screens.InCharge).may_reset
    gate.press("print_roll")
    assert len(papers) == 2
    gate.press("reset_lane")
    assert bars(lane) == "shut"
    gate.sees(screens.Start)
    last = told(gate, LaneChanged)[-1]
    assert isinstance(last, LaneChanged)
    assert (last.phase, last.by_ticket) == ("closed", PASS.ticket_id)


def test_nobody_but_staff_is_put_in_charge(gate: Counter, lane: SimulatedLane) -> None:
    burn(gate, lane)
    gate.show(CODE)
    gate.press("reset_lane")
    gate.press("print_roll")
    gate.sees(screens.Evacuation)
    assert bars(lane) == "free_out"


def test_in_peace_a_staff_pass_is_an_entry(gate: Counter) -> None:
    gate.show(code_of(PASS))
    gate.sees(screens.Greeting)


@pytest.mark.scenario("E33")
def test_in_an_air_raid_the_lane_is_free_for_anybody_and_counts(
    gate: Counter, lane: SimulatedLane
) -> None:
    learn(gate, emergency=Emergency.AIR_RAID, has_shelter=True, shelter_place="підвал")
    assert gate.sees(screens.Evacuation).place == "підвал"
    assert bars(lane) == "open"
    lane.walk(Direction.IN)
    lane.walk(Direction.IN)
    lane.walk(Direction.OUT)
    assert wait_for(lambda: len(told(gate, Counted)) == 3)
    ways = [event.way for event in told(gate, Counted) if isinstance(event, Counted)]
    assert ways == ["in", "in", "out"]
    learn(gate)
    assert bars(lane) == "shut"
    gate.sees(screens.Start)


@pytest.mark.scenario("E33")
def test_without_a_shelter_the_lane_stays_as_it_is(gate: Counter, lane: SimulatedLane) -> None:
    learn(gate, emergency=Emergency.AIR_RAID, nearest_shelter="вул. Шкільна, 5")
    assert gate.sees(screens.Evacuation).nearest_shelter == "вул. Шкільна, 5"
    assert bars(lane) == "shut"


def test_the_lane_s_own_receiver_begins_and_ends_an_air_raid_offline(
    gate: Counter, lane: SimulatedLane
) -> None:
    gate.house.learn(building(has_shelter=True))
    lane.do("air_raid", {})
    assert wait_for(lambda: bool(told(gate, Alarm)))
    gate.sees(screens.Evacuation)
    assert bars(lane) == "open"
    lane.do("air_raid_over", {})
    assert wait_for(lambda: len(told(gate, Alarm)) == 2)
    gate.sees(screens.Start)
    assert bars(lane) == "shut"


@pytest.mark.fault(32)
def test_a_fire_raised_at_the_console_releases_and_waits_for_a_reset_after_the_all_clear(
    gate: Counter, lane: SimulatedLane
) -> None:
    learn(gate, emergency=Emergency.FIRE)
    assert bars(lane) == "free_out"
    assert told(gate, Alarm) == [], "the server knows it"
    learn(gate)
    assert bars(lane) == "free_out"
    give(gate, LaneAct.RESET)
    assert bars(lane) == "shut"


def order(act: LaneAct, way: str | None = None, age: int = 1) -> LaneOrderRecord:
    given = AT - timedelta(seconds=age)
    return LaneOrderRecord.model_validate(
        {
            "order_id": uuid4(), "station": "K1", "act": act, "way": way, "given_at": given,
            "expires_at": given + timedelta(seconds=30),
        }
    )  # fmt: skip


def give(gate: Counter, act: LaneAct, way: str | None = None, age: int = 1) -> LaneOrderRecord:
    given = order(act, way, age)
    learn(gate, orders=(given,))
    return given


def test_orders_of_staff_are_done_once_and_answered(gate: Counter, lane: SimulatedLane) -> None:
    given = give(gate, LaneAct.OPEN_ONCE, "in")
    assert bars(lane) == "free_in"
    lane.walk(Direction.IN)
    learn(gate, orders=(given,))
    assert bars(lane) == "shut"
    answered = [event.order_id for event in told(gate, LaneChanged)
                if isinstance(event, LaneChanged) and event.order_id]  # fmt: skip
    assert answered == [given.order_id]


def test_an_order_that_comes_too_late_or_to_another_lane_opens_nothing(
    gate: Counter, lane: SimulatedLane
) -> None:
    give(gate, LaneAct.OPEN_ONCE, "in", age=31)
    other = order(LaneAct.HOLD).model_copy(update={"station": "K2"})
    learn(gate, orders=(other,))
    assert bars(lane) == "shut"


def test_a_locked_entrance_keeps_the_ticket_unused(
    gate: Counter, lane: SimulatedLane, moved: MovedClock
) -> None:
    give(gate, LaneAct.LOCK)
    gate.show(CODE)
    assert bars(lane) == "shut"
    gate.lane_reports()
    assert gate.house.visit(last_job(gate.house).visit_id).state is VisitState.NOT_PASSED
    give(gate, LaneAct.UNLOCK)
    moved.forward(timedelta(seconds=9))
    gate.show(CODE)
    lane.walk(Direction.IN)
    assert until(gate, VisitState.INSIDE) is VisitState.INSIDE


@pytest.mark.scenario("X20")
def test_staff_hold_the_lane_open_and_put_it_back(gate: Counter, lane: SimulatedLane) -> None:
    give(gate, LaneAct.HOLD)
    assert bars(lane) == "open"
    give(gate, LaneAct.RESET)
    assert bars(lane) == "shut"


# --- The list --------------------------------------------------------------------------------


def test_the_list_is_made_of_own_passages_and_the_copy(gate: Counter, moved: MovedClock) -> None:
    gate.show(CODE)
    moved.forward(timedelta(minutes=20))
    gate.house.learn(building(), as_of=AT)
    content = roll.content(gate.house.database, "K1", moved.at)
    assert content is not None
    (hall,) = content.halls
    assert [(line.name, line.seen) for line in hall.lines] == [("Оксана К.", "10:00")]
    assert (content.readers, content.children, content.guests) == (1, 0, 0)
    assert content.at == "19.11.2026, 10:20"
    assert content.heard_at == "19.11.2026, 10:00:00"


def test_on_the_list_a_mark_gives_the_hall_and_who_left_is_not_on_it(
    gate: Counter, moved: MovedClock
) -> None:
    gate.show(CODE)
    gate.house.acknowledge()
    visit = gate.house.visit(last_job(gate.house).visit_id)
    marked = visit.model_copy(
        update={"marked_by": "5", "marked_at": AT, "marks": 1, "state": VisitState.INSIDE}
    )
    gate.house.learn(marked)
    content = roll.content(gate.house.database, "K1", moved.at)
    assert content is not None
    assert [hall.name for hall in content.halls] == ["Читальна зала"]
    gate.house.learn(marked.model_copy(update={"state": VisitState.AWAY}))
    content = roll.content(gate.house.database, "K1", moved.at)
    assert content is not None
    assert content.halls == ()


def test_an_alarm_names_its_way(gate: Counter) -> None:
    gate.conductor.handle(LaneAction(act=Act.ALARM_TAILGATING, way=Way.IN))
    (alarm,) = told(gate, Alarm)
    assert isinstance(alarm, Alarm)
    assert (alarm.alarm, alarm.way) == ("alarm_tailgating", "in")
