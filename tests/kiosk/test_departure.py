"""Going out: the slip shown, what stops it, and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gate.codes import SlipClaims, new_slip_number, sign_slip
from gate.events import (
    BanRecord,
    DepartmentCountRecord,
    ExitDecided,
    Exited,
    FactsAnswer,
    VisitRecord,
)
from gate.facts import Emergency, SlipState, VisitState
from gate.reasons import Duty, Reason, Verdict
from kiosk import slips
from kiosk.departure import Departed, WayOut
from kiosk.entry import Brought, Entrance
from kiosk.journal import new_id
from tests.kiosk.centre import Centre
from tests.kiosk.house import AT, SLIP_KEY, House, MovedClock, building, code_of, key_rows, ticket

CODE = code_of(ticket())


def come_in(house: House, **brought: int | bool) -> tuple[VisitRecord, bytes]:
    """A reader comes in; answers the visit and the code of the slip."""
    outcome = Entrance(house.premises).scan(CODE, house.moved.at, Brought(**brought))  # type: ignore[arg-type]
    assert outcome.visit is not None
    assert outcome.job is not None
    return outcome.visit, slips.read(outcome.job.content).content.code.encode()


def leave(house: House, code: bytes) -> Departed:
    return WayOut(house.premises).scan(code, house.moved.at)


def duties(outcome: Departed) -> list[Duty]:
    return [task.code for task in outcome.decision.duties]


def of_kind(house: House, kind: type) -> list[object]:
    return [event for event in house.told() if isinstance(event, kind)]


@pytest.mark.scenario("X01")
@pytest.mark.clause("R3.1.4")
def test_with_nothing_out_the_slip_is_handed_in_and_the_visit_closed(house: House) -> None:
    visit, code = come_in(house)
    outcome = leave(house, code)
    assert outcome.decision.verdict is Verdict.GRANT
    assert Duty.HAND_IN_SLIP in duties(outcome)
    kept = house.visit(visit.visit_id)
    assert (kept.state, kept.slip_state) == (VisitState.CLOSED, SlipState.CLOSED)
    (exited,) = of_kind(house, Exited)
    assert isinstance(exited, Exited)
    assert (exited.visit_id, exited.slip_handed_in) == (visit.visit_id, True)


def test_the_number_of_a_slip_is_as_good_as_its_code(house: House) -> None:
    visit, _ = come_in(house)
    assert leave(house, visit.slip_number.replace("-", "").encode()).granted


@pytest.mark.scenario("X02")
def test_documents_of_the_reading_room_stop_the_exit_and_name_the_department(
    house: House,
) -> None:
    visit, code = come_in(house)
    house.acknowledge()
    out = (DepartmentCountRecord(department="5", count=2),)
    house.learn(visit.model_copy(update={"reading_room": out}))
    outcome = leave(house, code)
    first = outcome.decision.reasons[0]
    assert outcome.decision.verdict is Verdict.REFUSE
    assert first.code is Reason.READING_ROOM_LOANS_OPEN
    assert [(one.department, one.count) for one in first.departments] == [("5", 2)]
    assert house.visit(visit.visit_id).state is VisitState.INSIDE
    assert of_kind(house, Exited) == []


@pytest.mark.scenario("X03")
def test_documents_for_home_are_counted(house: House) -> None:
    visit, code = come_in(house)
    house.acknowledge()
    house.learn(visit.model_copy(update={"home_today": 3}))
    outcome = leave(house, code)
    counted = [task for task in outcome.decision.duties if task.code is Duty.COUNT_DOCUMENTS]
    assert [task.count for task in counted] == [3]


@pytest.mark.scenario("X04")
def test_declared_things_are_shown(house: House) -> None:
    _, code = come_in(house, laptop=True, documents=2)
    outcome = leave(house, code)
    assert {Duty.SHOW_LAPTOP, Duty.SHOW_OWN_DOCUMENTS} <= set(duties(outcome))


@pytest.mark.scenario("X05")
def test_a_ban_stops_nobody_from_leaving(house: House) -> None:
    _, code = come_in(house)
    house.learn(ticket(ban=BanRecord(since=AT)))
    assert leave(house, code).granted


@pytest.mark.scenario("X07")
def test_the_old_slip_of_a_duplicate_goes_to_the_desk(house: House) -> None:
    visit, code = come_in(house)
    house.acknowledge()
    house.learn(visit.model_copy(update={"slip_state": SlipState.VOID}))
    assert leave(house, code).decision.codes[0] is Reason.SLIP_VOID


def test_a_slip_shown_again_after_the_exit_goes_to_the_desk_and_closes_nothing_twice(
    house: House,
) -> None:
    _, code = come_in(house)
    leave(house, code)
    again = leave(house, code)
    assert again.decision.codes[0] is Reason.SLIP_CLOSED
    assert len(of_kind(house, Exited)) == 1


@pytest.mark.threat(2)
def test_or_passes_with_a_warning_where_the_library_lets_it_and_still_closes_nothing_twice(
    house: House,
) -> None:
    _, code = come_in(house)
    house.learn(building(policy={"inside_again": "soft"}))
    leave(house, code)
    again = leave(house, code)
    assert (again.granted, again.decision.codes[0]) == (True, Reason.OUTSIDE_AGAIN)
    assert len(of_kind(house, Exited)) == 1


@pytest.mark.scenario("X13")
def test_old_loan_counts_prove_nothing_and_the_desk_looks_at_the_marks(
    house: House, moved: MovedClock
) -> None:
    visit, code = come_in(house)
    house.acknowledge()
    house.learn(visit)
    moved.forward(timedelta(seconds=61))
    outcome = leave(house, code)
    assert outcome.decision.verdict is Verdict.DESK
    assert Reason.COPY_TOO_OLD in outcome.decision.codes
    assert house.visit(visit.visit_id).state is VisitState.INSIDE


def test_a_visit_that_began_a_moment_ago_has_no_loans_that_an_old_copy_could_miss(
    house: House, moved: MovedClock
) -> None:
    house.learn(building(), as_of=AT - timedelta(hours=2))
    _, code = come_in(house)
    moved.forward(timedelta(seconds=30))
    assert leave(house, code).granted


@pytest.mark.scenario("X13")
def test_policy_may_let_out_on_old_counts_and_flags_it(house: House, moved: MovedClock) -> None:
    house.learn(building(policy={"exit_on_old_counts": "grant"}))
    _, code = come_in(house)
    moved.forward(timedelta(hours=2))
    outcome = leave(house, code)
    assert outcome.granted
    assert Reason.OFFLINE in outcome.decision.codes


@pytest.mark.scenario("X13")
def test_a_slip_of_another_station_that_the_copy_does_not_know_goes_to_the_desk(
    build: Callable[..., House],
) -> None:
    exit_station = build(station="E1")
    exit_station.learn(*key_rows("K1"))
    claims = SlipClaims(
        visit_id=new_id(AT), number=new_slip_number("K1", 7, b"abcd"), station="K1", issued=AT
    )
    code = sign_slip(claims, SLIP_KEY).encode()
    outcome = leave(exit_station, code)
    assert outcome.decision.verdict is Verdict.DESK
    assert outcome.decision.codes[0] is Reason.SLIP_UNKNOWN


@pytest.mark.scenario("X11")
def test_a_ticket_without_a_recorded_entry_is_let_out_and_flagged(house: House) -> None:
    outcome = leave(house, CODE)
    assert outcome.granted
    assert Reason.NO_ENTRY in outcome.decision.codes


def test_in_a_fire_everybody_is_let_out_and_no_visit_ends(house: House) -> None:
    visit, code = come_in(house)
    house.learn(building(emergency=Emergency.FIRE))
    outcome = leave(house, code)
    assert outcome.granted
    assert house.visit(visit.visit_id).state is VisitState.INSIDE


@pytest.mark.scenario("X16")
def test_a_ticket_without_its_slip_goes_to_the_desk(house: House) -> None:
    come_in(house)
    assert leave(house, CODE).decision.codes[0] is Reason.SLIP_MISSING


@pytest.mark.scenario("V05")
def test_an_event_slip_is_handed_in_too(house: House) -> None:
    outcome = Entrance(house.premises).visit_event("poetry", 2, AT)
    assert outcome.job is not None
    gone = leave(house, slips.read(outcome.job.content).content.code.encode())
    assert gone.granted
    assert duties(gone) == [Duty.HAND_IN_SLIP]


def test_a_forged_slip_closes_nothing(house: House) -> None:
    _, code = come_in(house)
    forged = code[:-1] + (b"A" if code[-1:] != b"A" else b"B")
    assert not leave(house, forged).granted
    assert of_kind(house, Exited) == []


def test_with_a_lane_the_visit_ends_when_the_reader_has_passed(
    build: Callable[..., House],
) -> None:
    house = build(has_lane=True)
    visit, code = come_in(house)
    way_out = WayOut(house.premises)
    assert way_out.scan(code, AT).granted
    assert of_kind(house, Exited) == []
    way_out.passed(visit.visit_id, AT, slip_handed_in=True)
    assert house.visit(visit.visit_id).state is VisitState.CLOSED
    assert len(of_kind(house, Exited)) == 1


def test_a_refused_exit_is_told_with_its_reasons(online: House, centre: Centre) -> None:
    centre.facts = lambda _: FactsAnswer(
        epoch="first", as_of=AT, ticket=ticket(), building=building()
    )
    visit, code = come_in(online)
    out = (DepartmentCountRecord(department="5", count=1),)
    loaded = visit.model_copy(update={"reading_room": out})
    centre.facts = lambda _: FactsAnswer(epoch="first", as_of=AT, visit=loaded, building=building())
    assert not leave(online, code).granted
    (told,) = of_kind(online, ExitDecided)
    assert isinstance(told, ExitDecided)
    assert told.reasons[0] is Reason.READING_ROOM_LOANS_OPEN
    assert told.slip_number == visit.slip_number
