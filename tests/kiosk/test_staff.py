"""Staff at a station: inside like others, without a slip, outside the statistics (E41)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gate.facts import TicketKind, TicketState, VisitState
from gate.reasons import Reason, Verdict
from kiosk import answers
from kiosk.admission import Entered
from kiosk.departure import WayOut
from kiosk.entry import Entrance
from kiosk.passages import Passages
from kiosk.screens import Greeting, Paper
from kiosk.store import jobs
from tests.kiosk.house import AT, House, code_of, ticket

PASS = ticket(ticket_id="0badc0ffee00", number="S-1", kind=TicketKind.STAFF, display_name="Ія Б.")
CODE = code_of(PASS)


def come(house: House) -> Entered:
    return Entrance(house.premises).scan(CODE, house.moved.at)


@pytest.fixture
def staffed(house: House) -> House:
    house.learn(PASS)
    return house


@pytest.mark.scenario("E41")
def test_a_staff_pass_opens_a_visit_without_a_slip(staffed: House) -> None:
    outcome = come(staffed)
    assert outcome.decision.verdict is Verdict.GRANT
    assert outcome.visit is not None
    assert outcome.job is None
    assert staffed.visit(outcome.visit.visit_id).state is VisitState.INSIDE
    with staffed.database.read() as tx:
        assert jobs.pending(tx) == ()
    (told,) = staffed.told()
    assert told.visit_id == outcome.visit.visit_id  # type: ignore[union-attr]


@pytest.mark.scenario("E41")
def test_the_screen_greets_and_speaks_of_no_slip(staffed: House) -> None:
    screen = answers.entered(come(staffed))
    assert isinstance(screen, Greeting)
    assert (screen.reader, screen.slip_number, screen.paper) == ("Ія Б.", None, Paper.NONE)
    assert not screen.may_declare


@pytest.mark.scenario("E41")
def test_staff_come_as_often_as_they_like_in_one_visit_a_day(staffed: House) -> None:
    first = come(staffed)
    staffed.moved.forward(timedelta(hours=1))
    again = come(staffed)
    assert first.visit is not None
    assert again.visit is not None
    assert again.decision.verdict is Verdict.GRANT
    assert again.visit.visit_id == first.visit.visit_id
    staffed.moved.forward(timedelta(days=1))
    tomorrow = come(staffed)
    assert tomorrow.visit is not None
    assert tomorrow.visit.visit_id != first.visit.visit_id


@pytest.mark.scenario("E41")
def test_a_pass_enrolled_while_the_server_is_away_is_known_by_its_own_word(house: House) -> None:
    outcome = come(house)
    assert outcome.decision.codes == (Reason.OFFLINE,)
    assert outcome.visit is not None
    assert outcome.job is None


@pytest.mark.scenario("E41")
def test_staff_go_out_by_their_pass(staffed: House) -> None:
    outcome = come(staffed)
    assert outcome.visit is not None
    staffed.moved.forward(timedelta(seconds=20))
    left = WayOut(staffed.premises).scan(CODE, staffed.moved.at)
    assert left.decision.verdict is Verdict.GRANT
    assert Reason.SLIP_MISSING not in left.decision.codes
    assert staffed.visit(outcome.visit.visit_id).state is VisitState.CLOSED


@pytest.mark.scenario("E41")
def test_who_is_inside_stays_inside_when_the_lane_is_not_used_again(
    build: Callable[..., House],
) -> None:
    house = build(has_lane=True)
    house.learn(PASS)
    outcome = come(house)
    assert outcome.visit is not None
    passages = Passages(house.premises)
    passages.came_in(outcome.visit.visit_id, AT)
    come(house)
    passages.stayed_out(outcome.visit.visit_id, AT)
    assert house.visit(outcome.visit.visit_id).state is VisitState.INSIDE


@pytest.mark.scenario("E41")
def test_a_cancelled_pass_opens_no_visit(house: House) -> None:
    house.learn(PASS.model_copy(update={"state": TicketState.CANCELLED}))
    outcome = come(house)
    assert outcome.decision.codes[0] is Reason.TICKET_CANCELLED
    assert outcome.visit is None
