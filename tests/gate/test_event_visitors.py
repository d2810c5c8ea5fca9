"""Event visitors: their way in, what their slip is good for, their way out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gate.facts import CredentialKind, Freshness, ServiceKind, Source, VisitState
from gate.reasons import Duty, Reason
from gate.rules import decide_entry, decide_exit, decide_service
from tests.gate.sample import (
    AT,
    CLOSES,
    EVENT_VISIT,
    HOUSE,
    LECTURE,
    OFFLINE,
    VISIT,
    desk,
    entry,
    grant,
    kyiv,
    leaving,
    refuse,
    service,
    told,
    visitor,
)


@pytest.mark.scenario("V01")
@pytest.mark.clause("R2.4")
def test_a_visitor_takes_a_slip_for_an_event_without_a_ticket() -> None:
    assert told(decide_entry(visitor(), AT)) == grant(Duty.PRINT_SLIP)


def test_the_last_place_is_taken_once() -> None:
    last = replace(LECTURE, places_left=1)
    assert told(decide_entry(visitor(event=last), AT)) == grant(Duty.PRINT_SLIP)
    none = replace(LECTURE, places_left=0)
    assert told(decide_entry(visitor(event=none), AT)) == refuse(Reason.EVENT_FULL)


def test_an_event_without_a_limit_is_never_full() -> None:
    free = replace(LECTURE, places_left=None)
    assert told(decide_entry(visitor(event=free, persons=200), AT)) == grant(Duty.PRINT_SLIP)


@pytest.mark.scenario("V03")
def test_an_event_that_ended_is_over() -> None:
    assert told(decide_entry(visitor(), kyiv(2026, 3, 10, 14, 0))) == refuse(Reason.EVENT_OVER)


@pytest.mark.scenario("V08")
def test_before_the_doors_open_their_hour_is_told() -> None:
    decision = decide_entry(visitor(), kyiv(2026, 3, 10, 8, 30))
    assert told(decision) == refuse(Reason.EVENT_NOT_OPEN)
    assert decision.reasons[0].until == LECTURE.opens_at


@pytest.mark.clause("R5.1.2")
def test_an_event_has_its_own_hours() -> None:
    evening = replace(LECTURE, opens_at=CLOSES, ends_at=kyiv(2026, 3, 10, 22, 0))
    assert told(decide_entry(visitor(event=evening), kyiv(2026, 3, 10, 20, 0))) == grant(
        Duty.PRINT_SLIP
    )


def test_doors_open_with_their_hour_and_close_with_the_end() -> None:
    late = replace(LECTURE, ends_at=CLOSES)
    assert told(decide_entry(visitor(), LECTURE.opens_at)) == grant(Duty.PRINT_SLIP)
    assert told(decide_entry(visitor(), LECTURE.ends_at)) == refuse(Reason.EVENT_OVER)
    five_to_closing = CLOSES - timedelta(minutes=5)
    assert told(decide_entry(visitor(event=late), five_to_closing)) == grant(Duty.PRINT_SLIP)


def test_a_full_house_is_full_for_visitors_too() -> None:
    full = replace(HOUSE, inside=120, limit=120)
    assert told(decide_entry(visitor(building=full), AT)) == refuse(Reason.BUILDING_FULL)


@pytest.mark.scenario("V06")
def test_a_reader_at_an_event_keeps_all_services() -> None:
    assert told(decide_entry(entry(event=LECTURE), AT)) == grant(Duty.PRINT_SLIP)
    joined = replace(VISIT, event_id=LECTURE.event_id)
    facts = service(ServiceKind.ISSUE_READING_ROOM, visit=joined)
    assert told(decide_service(facts, AT)) == grant()


def test_who_has_a_place_already_needs_no_second_one() -> None:
    full = replace(LECTURE, places_left=0)
    waiting = replace(VISIT, state=VisitState.ADMITTED, event_id=LECTURE.event_id)
    assert told(decide_entry(entry(event=full, visit=waiting), AT)) == grant(Duty.OFFER_REPRINT)
    of_another = replace(waiting, event_id="concert")
    assert told(decide_entry(entry(event=full, visit=of_another), AT)) == refuse(Reason.EVENT_FULL)


@pytest.mark.scenario("V07")
def test_a_class_takes_as_many_places_as_it_has_persons() -> None:
    for_class = replace(LECTURE, places_left=25)
    assert told(decide_entry(visitor(event=for_class, persons=25), AT)) == grant(Duty.PRINT_SLIP)
    assert told(decide_entry(visitor(event=for_class, persons=26), AT)) == refuse(Reason.EVENT_FULL)


@pytest.mark.scenario("V04")
@pytest.mark.clause("R2.4")
@pytest.mark.parametrize(
    "kind", [ServiceKind.ISSUE_READING_ROOM, ServiceKind.STACK_REQUEST, ServiceKind.ISSUE_HOME]
)
def test_an_event_slip_is_good_for_no_service(kind: ServiceKind) -> None:
    decision = decide_service(service(kind, visit=EVENT_VISIT), AT)
    assert told(decision) == refuse(Reason.EVENT_SLIP_NO_SERVICE)


@pytest.mark.scenario("V05", "V10")
@pytest.mark.clause("R2.4")
@pytest.mark.parametrize("hour", [11, 15])
def test_an_event_slip_is_handed_in_during_and_after_the_event(hour: int) -> None:
    decision = decide_exit(leaving(EVENT_VISIT), kyiv(2026, 3, 10, hour, 0))
    assert told(decision) == grant(Duty.HAND_IN_SLIP)


@pytest.mark.scenario("V09")
def test_a_lost_event_slip_is_flagged_without_inquiry() -> None:
    lost = leaving(EVENT_VISIT, credential=None)
    assert told(decide_exit(lost, AT)) == grant(Reason.SLIP_NOT_RETURNED)
    nothing_known = leaving(None, credential=None, lost_slip_confirmed=True)
    assert told(decide_exit(nothing_known, AT)) == grant(Reason.SLIP_NOT_RETURNED)


def test_a_genuine_event_slip_goes_out_though_its_visit_has_not_arrived() -> None:
    facts = leaving(None, event_slip=True)
    assert told(decide_exit(facts, AT)) == grant(Reason.NO_ENTRY, Duty.HAND_IN_SLIP)
    assert told(decide_exit(replace(facts, freshness=OFFLINE), AT)) == grant(
        Reason.OFFLINE, Reason.NO_ENTRY, Duty.HAND_IN_SLIP
    )


def test_no_old_copy_keeps_event_visitors_who_have_nothing_on_loan() -> None:
    stale = Freshness(source=Source.COPY, as_of=AT - timedelta(hours=3))
    assert told(decide_exit(leaving(EVENT_VISIT, freshness=stale), AT)) == grant(
        Reason.OFFLINE, Duty.HAND_IN_SLIP
    )


def test_a_ticket_shown_at_an_event_visitor_s_exit_does_not_hide_the_slip() -> None:
    facts = leaving(EVENT_VISIT, credential=CredentialKind.TICKET_CODE)
    assert told(decide_exit(facts, AT)) == grant(Reason.SLIP_NOT_RETURNED)
    assert told(decide_exit(leaving(None, credential=None), AT)) == desk(Reason.SLIP_MISSING)
