"""What a department may do for whom, and until when."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gate.facts import DocumentClass, ServiceFacts, ServiceKind, SlipState, VisitState
from gate.reasons import Reason
from gate.rules import decide_service, due_on, held_until, home_loans_allowed
from tests.gate.sample import (
    AT,
    CLOSES,
    DAY_TICKET,
    POLICY,
    STAFF_PASS,
    TICKET,
    VISIT,
    Told,
    grant,
    kyiv,
    refuse,
    service,
    told,
)

ROOM, HOME = ServiceKind.ISSUE_READING_ROOM, ServiceKind.ISSUE_HOME


def done(facts: ServiceFacts) -> Told:
    """What is decided at the desk."""
    return told(decide_service(facts, AT))


@pytest.mark.clause("R3.1.1")
def test_ticket_and_slip_together_entitle_to_service() -> None:
    assert done(service(ROOM)) == grant()
    assert done(service(HOME)) == grant()


@pytest.mark.scenario("S01")
@pytest.mark.clause("R3.1.1")
def test_without_an_open_slip_there_is_no_service() -> None:
    assert done(service(ROOM, visit=None)) == refuse(Reason.NO_OPEN_SLIP)


@pytest.mark.parametrize("state", [VisitState.AWAY, VisitState.CLOSED, VisitState.EVACUATED])
def test_a_slip_whose_reader_is_out_is_not_open(state: VisitState) -> None:
    assert done(service(ROOM, visit=replace(VISIT, state=state))) == refuse(Reason.NO_OPEN_SLIP)


@pytest.mark.clause("R3.2.9")
def test_a_void_slip_is_not_open() -> None:
    void = replace(VISIT, slip_state=SlipState.VOID)
    assert done(service(ROOM, visit=void)) == refuse(Reason.NO_OPEN_SLIP)


@pytest.mark.scenario("S02", "S03")
@pytest.mark.clause("R3.2.2")
def test_the_eleventh_document_in_reading_rooms_waits_for_a_return() -> None:
    assert done(service(ROOM, reading_room_out=10)) == refuse(Reason.LIMIT_REACHED)
    assert done(service(ROOM, reading_room_out=9)) == grant()


@pytest.mark.clause("R3.2.3")
def test_home_loans_have_their_own_limit() -> None:
    assert done(service(HOME, home_out=10)) == refuse(Reason.LIMIT_REACHED)
    assert done(service(HOME, home_out=9, reading_room_out=10)) == grant()
    assert done(service(ROOM, home_out=10)) == grant()


@pytest.mark.clause("R3.2.2")
def test_the_limit_is_a_setting() -> None:
    model_rules = replace(POLICY, reading_room_limit=5)
    facts = service(ROOM, reading_room_out=5, policy=model_rules)
    assert done(facts) == refuse(Reason.LIMIT_REACHED)


@pytest.mark.scenario("S04")
@pytest.mark.clause("R3.2.6")
def test_what_is_for_the_room_only_is_never_lent_home() -> None:
    rare = {"document_class": DocumentClass.ROOM_ONLY}
    assert done(service(HOME, **rare)) == refuse(Reason.ROOM_ONLY)
    assert done(service(ROOM, **rare)) == grant()


@pytest.mark.scenario("S05")
@pytest.mark.clause("R1.7", "R2.7")
def test_readers_of_another_town_take_nothing_home() -> None:
    of_another_town = replace(TICKET, home_loans=False)
    assert done(service(HOME, ticket=of_another_town)) == refuse(Reason.HOME_LOANS_NOT_ALLOWED)
    assert done(service(ROOM, ticket=of_another_town)) == grant()


@pytest.mark.clause("R2.3.2", "R4.2.5")
@pytest.mark.parametrize(
    "ticket", [DAY_TICKET, replace(DAY_TICKET, home_loans=True), replace(TICKET, fee_paid=False)]
)
def test_neither_a_day_ticket_nor_an_unpaid_one_lends_home(ticket: object) -> None:
    assert done(service(HOME, ticket=ticket)) == refuse(Reason.HOME_LOANS_NOT_ALLOWED)


def test_home_loans_need_a_ticket_of_a_reader() -> None:
    assert home_loans_allowed(TICKET, AT, POLICY)
    assert not home_loans_allowed(None, AT, POLICY)
    assert not home_loans_allowed(STAFF_PASS, AT, POLICY)


@pytest.mark.scenario("S14", "E20")
@pytest.mark.clause("R2.6")
def test_without_this_year_s_registration_nothing_goes_home() -> None:
    last_year = replace(TICKET, registered_for=2025)
    facts = service(HOME, ticket=last_year)
    assert told(decide_service(facts, kyiv(2026, 1, 15, 12, 0))) == refuse(
        Reason.HOME_LOANS_NOT_ALLOWED
    )
    assert home_loans_allowed(last_year, kyiv(2025, 12, 31, 12, 0), POLICY)


@pytest.mark.scenario("S06")
@pytest.mark.clause("R3.2.3")
def test_a_term_that_ends_on_a_closed_day_ends_on_the_next_open_one() -> None:
    closed = {date(2026, 3, 25), date(2026, 3, 26)}
    high, ordinary = DocumentClass.HIGH_DEMAND, DocumentClass.ORDINARY
    lent = date(2026, 3, 10)
    assert due_on(high, lent, lambda day: day not in closed, POLICY) == date(2026, 3, 27)
    assert due_on(high, lent, lambda _: True, POLICY) == date(2026, 3, 25)
    assert due_on(ordinary, lent, lambda _: True, POLICY) == date(2026, 4, 9)


def test_a_house_that_never_opens_again_moves_no_term() -> None:
    due = due_on(DocumentClass.PERIODICAL, date(2026, 3, 10), lambda _: False, POLICY)
    assert due == date(2026, 3, 25)


@pytest.mark.scenario("S07")
@pytest.mark.clause("R3.2.3")
@pytest.mark.parametrize("kind", [ServiceKind.RENEW, HOME])
def test_a_document_that_another_waits_for_stays(kind: ServiceKind) -> None:
    assert done(service(kind, held_for_other=True)) == refuse(Reason.ON_HOLD_FOR_OTHER)


def test_a_renewal_needs_no_visit() -> None:
    assert done(service(ServiceKind.RENEW, visit=None)) == grant()


@pytest.mark.scenario("S08")
@pytest.mark.clause("R3.2.7")
def test_the_stack_closes_half_an_hour_before_the_house() -> None:
    request = service(ServiceKind.STACK_REQUEST)
    late = decide_service(request, CLOSES - timedelta(minutes=29))
    assert told(late) == refuse(Reason.STACK_CLOSED)
    assert late.reasons[0].until == CLOSES
    on_time = decide_service(request, CLOSES - timedelta(minutes=30))
    assert told(on_time) == refuse(Reason.STACK_CLOSED)
    assert told(decide_service(request, CLOSES - timedelta(minutes=31))) == grant()
    assert told(decide_service(service(ROOM), CLOSES - timedelta(minutes=29))) == grant()


@pytest.mark.scenario("S09")
@pytest.mark.clause("R3.2.10", "R3.2.11")
def test_the_reserve_shelf_keeps_a_document_for_three_days_and_five_more_on_wish() -> None:
    shelved = date(2026, 3, 10)
    assert held_until(shelved, POLICY) == date(2026, 3, 12)
    assert held_until(shelved, POLICY, extended=True) == date(2026, 3, 17)


@pytest.mark.scenario("S12")
def test_a_return_is_taken_from_anybody() -> None:
    facts = service(ServiceKind.RETURN, visit=None, ticket=None, held_for_other=True)
    assert done(facts) == grant()


@pytest.mark.scenario("S13")
def test_overdue_loans_block_the_next_one_home_but_not_the_reading_room() -> None:
    overdue = replace(TICKET, overdue_loans=1)
    assert done(service(HOME, ticket=overdue)) == refuse(Reason.OVERDUE_BLOCKS_LOANS)
    assert done(service(ROOM, ticket=overdue)) == grant()
    lenient = replace(POLICY, overdue_blocks_home_loans=False)
    assert done(service(HOME, ticket=overdue, policy=lenient)) == grant()
