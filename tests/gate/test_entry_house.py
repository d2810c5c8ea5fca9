"""The way in: house, hours, visits under way, clock, copy, emergencies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gate.facts import (
    ClockTrust,
    CodeCheck,
    CredentialKind,
    Emergency,
    Freshness,
    InsideAgain,
    OldCopy,
    OwnItem,
    OwnItemKind,
    RoomFacts,
    SlipState,
    Source,
    VisitFacts,
    VisitState,
)
from gate.reasons import Duty, Reason, Verdict
from gate.rules import decide_entry
from tests.gate.sample import (
    AT,
    CLOCKLESS,
    CLOSES,
    DAY_TICKET,
    EVENT_VISIT,
    HOUSE,
    LECTURE,
    OFFLINE,
    OPENS,
    POLICY,
    TICKET,
    VISIT,
    but,
    desk,
    entry,
    grant,
    kyiv,
    refuse,
    told,
    visitor,
)

FULL = replace(HOUSE, inside=120, limit=120)
LAPTOP = OwnItem(kind=OwnItemKind.LAPTOP)
BOOKS = OwnItem(kind=OwnItemKind.DOCUMENTS, count=2)
COPY_OF_YESTERDAY = Freshness(source=Source.COPY, as_of=AT - timedelta(hours=25))


@pytest.mark.scenario("E05")
@pytest.mark.threat(2)
def test_a_second_scan_inside_offers_a_reprint_and_keeps_the_lane_shut() -> None:
    assert told(decide_entry(entry(visit=VISIT), AT)) == desk(
        Reason.ALREADY_INSIDE, Duty.OFFER_REPRINT
    )


@pytest.mark.scenario("E05")
def test_who_was_admitted_and_did_not_pass_may_try_again_with_the_same_slip() -> None:
    waiting = replace(VISIT, state=VisitState.ADMITTED)
    assert told(decide_entry(entry(visit=waiting, building=FULL), AT)) == grant(Duty.OFFER_REPRINT)


@pytest.mark.scenario("E06")
def test_a_library_may_let_a_second_showing_pass_and_be_told_of_it() -> None:
    soft = entry(visit=VISIT, policy=replace(POLICY, inside_again=InsideAgain.SOFT))
    assert told(decide_entry(soft, AT)) == grant(Reason.INSIDE_AGAIN, Duty.OFFER_REPRINT)


@pytest.mark.scenario("E06")
def test_or_keep_it_out_for_a_while_after_the_entry() -> None:
    policy = replace(
        POLICY, inside_again=InsideAgain.TIMED, inside_again_after=timedelta(minutes=30)
    )
    timed = entry(visit=replace(VISIT, opened_at=AT - timedelta(minutes=29)), policy=policy)
    assert told(decide_entry(timed, AT)) == desk(Reason.ALREADY_INSIDE, Duty.OFFER_REPRINT)
    later = decide_entry(timed, AT + timedelta(minutes=1))
    assert told(later) == grant(Reason.INSIDE_AGAIN, Duty.OFFER_REPRINT)


def test_a_full_house_does_not_hide_that_somebody_is_inside_already() -> None:
    assert told(decide_entry(entry(visit=VISIT, building=FULL), AT)) == desk(
        Reason.ALREADY_INSIDE, Duty.OFFER_REPRINT
    )


@pytest.mark.scenario("E06")
@pytest.mark.threat(2)
@pytest.mark.parametrize("state", [VisitState.INSIDE, VisitState.ADMITTED])
def test_at_another_station_who_is_inside_goes_to_the_desk(state: VisitState) -> None:
    elsewhere = replace(VISIT, station="K2", state=state)
    assert told(decide_entry(entry(visit=elsewhere), AT)) == desk(Reason.ALREADY_INSIDE)


def test_a_visit_left_over_from_yesterday_keeps_nobody_out() -> None:
    old = replace(VISIT, opened_at=kyiv(2026, 3, 9, 15, 0))
    assert told(decide_entry(entry(visit=old), AT)) == grant(
        Reason.SLIP_NOT_RETURNED, Duty.PRINT_SLIP
    )


def test_who_did_not_return_yesterday_left_the_slip_at_the_desk() -> None:
    away = replace(VISIT, opened_at=kyiv(2026, 3, 9, 15, 0), state=VisitState.AWAY)
    assert told(decide_entry(entry(visit=away), AT)) == grant(Duty.PRINT_SLIP)


@pytest.mark.scenario("E23")
@pytest.mark.clause("R5.1.2")
def test_after_closing_nobody_comes_in() -> None:
    decision = decide_entry(entry(ticket=DAY_TICKET), CLOSES)
    assert told(decision) == refuse(Reason.CLOSED)


@pytest.mark.clause("R5.1.2")
def test_before_opening_the_hour_is_told() -> None:
    decision = decide_entry(entry(), OPENS - timedelta(minutes=1))
    assert told(decision) == refuse(Reason.CLOSED)
    assert decision.reasons[0].until == OPENS
    assert told(decide_entry(entry(), OPENS)) == grant(Duty.PRINT_SLIP)


def test_a_closed_day_has_no_hours() -> None:
    closed = replace(HOUSE, opens_at=None, closes_at=None, closed_today=True)
    assert told(decide_entry(entry(building=closed), AT)) == refuse(Reason.CLOSED)


@pytest.mark.scenario("E32")
def test_a_full_house_lets_one_in_after_one_went_out() -> None:
    assert told(decide_entry(entry(building=FULL), AT)) == refuse(Reason.BUILDING_FULL)
    assert told(decide_entry(entry(building=replace(FULL, inside=119)), AT)) == grant(
        Duty.PRINT_SLIP
    )


@pytest.mark.scenario("E47")
def test_children_count_on_the_adult_s_slip() -> None:
    for_two_more = replace(FULL, inside=118)
    assert told(decide_entry(entry(persons=3, building=for_two_more), AT)) == refuse(
        Reason.BUILDING_FULL
    )
    assert told(decide_entry(entry(persons=3), AT)) == grant(Duty.PRINT_SLIP)


@pytest.mark.scenario("E33")
def test_in_a_fire_nobody_is_let_in_whatever_else() -> None:
    fire = replace(HOUSE, emergency=Emergency.FIRE, has_shelter=True)
    bad = entry(building=fire, check=CodeCheck.BAD_SIGNATURE, ticket=None)
    assert told(decide_entry(bad, AT)) == refuse(Reason.EVACUATION)
    assert told(decide_entry(entry(building=fire), AT)) == refuse(Reason.EVACUATION)


@pytest.mark.scenario("E33")
@pytest.mark.parametrize("check", list(CodeCheck))
def test_in_an_air_raid_the_shelter_takes_anybody(check: CodeCheck) -> None:
    raid = replace(HOUSE, emergency=Emergency.AIR_RAID, has_shelter=True)
    facts = visitor(building=raid, event=None, check=check)
    assert told(decide_entry(facts, AT)) == grant(Reason.SHELTER)


@pytest.mark.scenario("E33")
def test_in_an_air_raid_a_house_without_shelter_names_the_nearest() -> None:
    raid = replace(HOUSE, emergency=Emergency.AIR_RAID)
    assert told(decide_entry(entry(building=raid), AT)) == refuse(Reason.NO_SHELTER)


@pytest.mark.scenario("E33")
def test_a_full_shelter_sends_on_and_takes_whoever_still_fits() -> None:
    nearly = RoomFacts(inside=49, limit=50)
    raid = replace(HOUSE, emergency=Emergency.AIR_RAID, has_shelter=True, shelter=nearly)
    assert told(decide_entry(visitor(building=raid), AT)) == grant(Reason.SHELTER)
    two = visitor(building=raid, persons=2)
    assert told(decide_entry(two, AT)) == refuse(Reason.SHELTER_FULL)


FULL_HALL = RoomFacts(inside=12, limit=12)


def test_a_full_hall_waits_for_somebody_to_leave() -> None:
    assert told(decide_entry(entry(hall=FULL_HALL), AT)) == refuse(Reason.HALL_FULL)
    assert told(decide_entry(visitor(hall=FULL_HALL), AT)) == refuse(Reason.HALL_FULL)
    room = replace(FULL_HALL, inside=11)
    assert told(decide_entry(entry(hall=room), AT)) == grant(Duty.PRINT_SLIP)


def test_who_has_a_place_in_a_full_hall_keeps_it() -> None:
    waiting = replace(VISIT, state=VisitState.ADMITTED)
    tries_again = entry(visit=waiting, hall=FULL_HALL)
    assert told(decide_entry(tries_again, AT)) == grant(Duty.OFFER_REPRINT)
    away = entry(visit=replace(VISIT, state=VisitState.AWAY), hall=FULL_HALL)
    assert told(decide_entry(away, AT)) == grant(Duty.COLLECT_SLIP)


@pytest.mark.scenario("E34")
@pytest.mark.clause("R5.1.2")
def test_on_an_open_day_nobody_needs_a_ticket() -> None:
    open_day = replace(HOUSE, open_day=True)
    assert told(decide_entry(visitor(event=None, building=open_day), AT)) == grant(Duty.PRINT_SLIP)
    assert told(decide_entry(entry(building=open_day), AT)) == grant(Duty.PRINT_SLIP)


def test_on_any_other_day_a_visitor_needs_an_event() -> None:
    assert told(decide_entry(visitor(event=None), AT)) == refuse(Reason.UNKNOWN_CODE)


@pytest.mark.scenario("E35")
def test_by_an_old_copy_readers_are_admitted_and_marked() -> None:
    facts = entry(freshness=COPY_OF_YESTERDAY)
    assert told(decide_entry(facts, AT)) == grant(Reason.OFFLINE, Duty.PRINT_SLIP)


@pytest.mark.scenario("E36")
def test_by_an_old_copy_readers_go_to_the_desk_if_policy_says_so() -> None:
    facts = entry(freshness=COPY_OF_YESTERDAY, policy=replace(POLICY, old_copy=OldCopy.DESK))
    assert told(decide_entry(facts, AT)) == desk(Reason.COPY_TOO_OLD, Reason.OFFLINE)


def test_a_young_copy_and_the_server_are_never_too_old() -> None:
    strict = replace(POLICY, old_copy=OldCopy.DESK)
    of_a_day = Freshness(source=Source.COPY, as_of=AT - timedelta(hours=24))
    old_answer = Freshness(source=Source.SERVER, as_of=AT - timedelta(hours=25))
    assert told(decide_entry(entry(freshness=of_a_day, policy=strict), AT)) == grant(
        Reason.OFFLINE, Duty.PRINT_SLIP
    )
    assert told(decide_entry(entry(freshness=old_answer, policy=strict), AT)) == grant(
        Duty.PRINT_SLIP
    )


@pytest.mark.scenario("E37")
@pytest.mark.fault(19)
def test_an_untrusted_clock_expires_nothing() -> None:
    assert told(decide_entry(entry(freshness=CLOCKLESS), datetime(1970, 1, 1, tzinfo=UTC))) == (
        grant(Duty.PRINT_SLIP)
    )


@pytest.mark.fault(19)
def test_opening_hours_refuse_nobody_by_an_untrusted_clock() -> None:
    assert told(decide_entry(entry(freshness=CLOCKLESS), CLOSES)) == grant(Duty.PRINT_SLIP)


@pytest.mark.scenario("E38")
@pytest.mark.fault(19)
def test_a_one_time_ticket_needs_a_clock() -> None:
    facts = entry(ticket=DAY_TICKET, freshness=CLOCKLESS)
    assert told(decide_entry(facts, AT)) == desk(Reason.CLOCK_UNTRUSTED)


@pytest.mark.fault(19)
def test_an_event_needs_a_clock() -> None:
    untrusted = replace(OFFLINE, clock=ClockTrust.UNTRUSTED)
    facts = visitor(freshness=untrusted)
    assert told(decide_entry(facts, datetime(1970, 1, 1, tzinfo=UTC))) == desk(
        Reason.CLOCK_UNTRUSTED, Reason.OFFLINE
    )


@pytest.mark.scenario("E44")
@pytest.mark.clause("R3.1.5")
def test_who_left_for_a_while_comes_back_even_into_a_full_house() -> None:
    away = replace(VISIT, state=VisitState.AWAY)
    assert told(decide_entry(entry(visit=away, building=FULL), AT)) == grant(Duty.COLLECT_SLIP)


@pytest.mark.clause("R3.1.5")
def test_who_comes_back_to_an_event_has_a_place_there() -> None:
    away = replace(VISIT, state=VisitState.AWAY, event_id=LECTURE.event_id)
    for event in (replace(LECTURE, places_left=0), replace(LECTURE, ends_at=AT)):
        assert told(decide_entry(entry(visit=away, event=event), AT)) == grant(Duty.COLLECT_SLIP)


def test_a_visit_that_was_closed_today_makes_room_for_the_next() -> None:
    closed = replace(VISIT, state=VisitState.CLOSED)
    assert told(decide_entry(entry(visit=closed), AT)) == grant(Duty.PRINT_SLIP)


@pytest.mark.scenario("X14")
@pytest.mark.parametrize("credential", [CredentialKind.TICKET_CODE, CredentialKind.SLIP_CODE])
def test_after_a_fire_the_visit_goes_on_with_the_slip_in_hand(credential: CredentialKind) -> None:
    evacuated = replace(VISIT, state=VisitState.EVACUATED)
    facts = entry(visit=evacuated, building=FULL, credential=credential)
    assert told(decide_entry(facts, AT)) == grant()


@pytest.mark.scenario("X14")
def test_after_a_fire_event_visitors_come_back_by_their_slip() -> None:
    evacuated = replace(EVENT_VISIT, state=VisitState.EVACUATED)
    facts = entry(ticket=None, visit=evacuated, credential=CredentialKind.SLIP_CODE)
    assert told(decide_entry(facts, AT)) == grant()


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"state": VisitState.INSIDE}, Reason.ALREADY_INSIDE),
        ({"state": VisitState.CLOSED}, Reason.SLIP_CLOSED),
        ({"slip_state": SlipState.CLOSED}, Reason.SLIP_CLOSED),
        ({"opened_at": kyiv(2026, 3, 9, 12, 0)}, Reason.SLIP_CLOSED),
        ({"slip_state": SlipState.VOID}, Reason.SLIP_VOID),
    ],
)
def test_any_other_slip_is_no_ticket(change: dict[str, object], reason: Reason) -> None:
    evacuated = replace(EVENT_VISIT, state=VisitState.EVACUATED)
    visit = but(evacuated, **change)
    facts = entry(ticket=None, visit=visit, credential=CredentialKind.SLIP_CODE)
    assert told(decide_entry(facts, AT)) == desk(reason)


@pytest.mark.parametrize(
    "visit, reason",
    [
        (None, Reason.SLIP_UNKNOWN),
        (replace(VISIT, opened_at=kyiv(2026, 3, 9, 12, 0)), Reason.SLIP_CLOSED),
        (replace(VISIT, state=VisitState.AWAY, slip_state=SlipState.VOID), Reason.SLIP_VOID),
    ],
)
def test_a_reader_s_old_slip_does_not_stand_in_for_the_ticket(
    visit: VisitFacts | None, reason: Reason
) -> None:
    decision = decide_entry(entry(visit=visit, credential=CredentialKind.SLIP_CODE), AT)
    assert decision.verdict is Verdict.DESK
    assert decision.codes[0] is reason


def test_only_a_slip_speaks_for_a_visit_without_a_ticket() -> None:
    evacuated = replace(EVENT_VISIT, state=VisitState.EVACUATED)
    facts = entry(ticket=None, visit=evacuated, credential=CredentialKind.CARD)
    assert told(decide_entry(facts, AT)) == refuse(Reason.UNKNOWN_CODE)


def test_a_slip_that_nobody_knows_is_no_ticket() -> None:
    facts = entry(ticket=None, credential=CredentialKind.SLIP_CODE)
    assert told(decide_entry(facts, AT)) == refuse(Reason.UNKNOWN_CODE)


@pytest.mark.scenario("E45")
@pytest.mark.clause("R3.2.8")
def test_shortly_before_closing_readers_are_told() -> None:
    decision = decide_entry(entry(), CLOSES - timedelta(minutes=12))
    assert told(decision) == grant(Reason.CLOSING_SOON, Duty.PRINT_SLIP)
    assert decision.reasons[0].until == CLOSES
    assert told(decide_entry(entry(), CLOSES - timedelta(minutes=15))) == grant(
        Reason.CLOSING_SOON, Duty.PRINT_SLIP
    )
    assert told(decide_entry(entry(), CLOSES - timedelta(minutes=16))) == grant(Duty.PRINT_SLIP)


@pytest.mark.scenario("E48")
@pytest.mark.clause("R3.1.3", "R4.2.8")
def test_a_declared_laptop_is_approved_and_shown() -> None:
    assert told(decide_entry(entry(own_items=(LAPTOP,)), AT)) == grant(
        Duty.PRINT_SLIP, Duty.APPROVE_OWN_ITEMS, Duty.SHOW_LAPTOP
    )


@pytest.mark.clause("R3.1.3")
def test_items_that_a_librarian_approved_need_no_more() -> None:
    approved = replace(BOOKS, approved_by="Олена")
    assert told(decide_entry(entry(own_items=(approved,)), AT)) == grant(Duty.PRINT_SLIP)
    assert told(decide_entry(visitor(own_items=(BOOKS, approved)), AT)) == grant(
        Duty.PRINT_SLIP, Duty.APPROVE_OWN_ITEMS
    )


def test_warnings_are_told_together_and_in_their_order() -> None:
    ticket = replace(TICKET, overdue_loans=1, slip_not_returned=True)
    facts = entry(ticket=ticket, credential=CredentialKind.CARD, freshness=OFFLINE)
    assert told(decide_entry(facts, CLOSES - timedelta(minutes=5))) == grant(
        Reason.LOANS_OVERDUE,
        Reason.SLIP_NOT_RETURNED,
        Reason.WEAK_CREDENTIAL,
        Reason.OFFLINE,
        Reason.CLOSING_SOON,
        Duty.PRINT_SLIP,
    )
