"""The way out, for good and for a while."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gate.facts import (
    Because,
    CodeCheck,
    CredentialKind,
    DepartmentCount,
    Emergency,
    ExitFacts,
    Freshness,
    InsideAgain,
    OwnItem,
    OwnItemKind,
    SlipState,
    Source,
    Task,
    VisitState,
)
from gate.reasons import Duty, Reason, Verdict
from gate.rules import decide_exit, decide_leave
from tests.gate.sample import (
    AT,
    HOUSE,
    POLICY,
    VISIT,
    Told,
    desk,
    grant,
    kyiv,
    leaving,
    refuse,
    told,
)

MINUTE = timedelta(minutes=1)
BY_TICKET = CredentialKind.TICKET_CODE
IN_FIVE = (DepartmentCount(department="5", count=2),)
READING = replace(VISIT, reading_room=IN_FIVE)
STALE = Freshness(source=Source.COPY, as_of=AT - timedelta(seconds=61))
RECENT = Freshness(source=Source.COPY, as_of=AT - timedelta(seconds=60))
LENIENT = replace(POLICY, exit_on_old_counts=Verdict.GRANT)


def out(facts: ExitFacts) -> Told:
    """What is decided on the way out."""
    return told(decide_exit(facts, AT))


@pytest.mark.scenario("X01")
@pytest.mark.clause("R3.1.4")
def test_with_nothing_out_the_slip_is_handed_in() -> None:
    assert out(leaving()) == grant(Duty.HAND_IN_SLIP)


@pytest.mark.scenario("X02")
@pytest.mark.clause("R3.1.2", "R3.3.1")
def test_reading_room_documents_stop_the_exit_and_name_their_department() -> None:
    decision = decide_exit(leaving(READING), AT)
    assert told(decision) == refuse(Reason.READING_ROOM_LOANS_OPEN)
    assert decision.reasons == (Because(code=Reason.READING_ROOM_LOANS_OPEN, departments=IN_FIVE),)


def test_a_department_with_nothing_out_stops_nobody() -> None:
    returned = replace(VISIT, reading_room=(DepartmentCount(department="5", count=0),))
    assert out(leaving(returned)) == grant(Duty.HAND_IN_SLIP)


@pytest.mark.scenario("X03")
@pytest.mark.clause("R3.1.4", "R4.2.8")
def test_documents_lent_home_today_are_counted() -> None:
    decision = decide_exit(leaving(replace(VISIT, home_today=3)), AT)
    assert told(decision) == grant(Duty.HAND_IN_SLIP, Duty.COUNT_DOCUMENTS)
    assert decision.duties[-1] == Task(code=Duty.COUNT_DOCUMENTS, count=3)


@pytest.mark.scenario("X04")
@pytest.mark.clause("R3.1.4", "R4.2.8")
def test_what_was_declared_at_entry_is_shown_at_exit() -> None:
    kinds = (OwnItemKind.DOCUMENTS, OwnItemKind.FOLDER, OwnItemKind.LAPTOP, OwnItemKind.OTHER)
    laden = replace(VISIT, own_items=tuple(OwnItem(kind=kind) for kind in kinds))
    assert out(leaving(laden)) == grant(
        Duty.HAND_IN_SLIP, Duty.SHOW_LAPTOP, Duty.OPEN_FOLDER, Duty.SHOW_OWN_DOCUMENTS
    )


@pytest.mark.scenario("X05")
@pytest.mark.clause("R4.3.3")
def test_a_ban_is_no_fact_of_an_exit() -> None:
    """Whatever is wrong with patron or ticket, the way out does not ask for it."""
    assert not {"ban", "ticket", "claims"} & set(ExitFacts.__dataclass_fields__)
    assert out(leaving()) == grant(Duty.HAND_IN_SLIP)


@pytest.mark.scenario("X06")
@pytest.mark.clause("R3.2.9")
def test_a_lost_slip_needs_staff_who_asked_the_departments() -> None:
    lost = leaving(credential=None)
    assert out(lost) == desk(Reason.SLIP_MISSING)
    assert out(replace(lost, lost_slip_confirmed=True)) == grant(Reason.SLIP_NOT_RETURNED)


@pytest.mark.scenario("X07")
@pytest.mark.clause("R3.2.9")
def test_the_slip_that_a_duplicate_replaced_is_void() -> None:
    assert out(leaving(replace(VISIT, slip_state=SlipState.VOID))) == desk(Reason.SLIP_VOID)


@pytest.mark.parametrize(
    "change",
    [
        {"slip_state": SlipState.CLOSED},
        {"state": VisitState.CLOSED},
        {"state": VisitState.UNRESOLVED},
    ],
)
def test_a_closed_slip_leads_to_the_desk(change: dict[str, SlipState]) -> None:
    assert out(leaving(replace(VISIT, **change))) == desk(Reason.SLIP_CLOSED)  # type: ignore[arg-type]


GONE = replace(VISIT, state=VisitState.CLOSED, slip_state=SlipState.CLOSED, closed_at=AT - MINUTE)


@pytest.mark.threat(2)
@pytest.mark.parametrize(
    "mode, minutes_ago, passes",
    [
        (InsideAgain.HARD, 600, False),
        (InsideAgain.SOFT, 0, True),
        (InsideAgain.TIMED, 29, False),
        (InsideAgain.TIMED, 30, True),
    ],
)
def test_a_slip_that_was_handed_in_is_dealt_with_as_a_ticket_of_somebody_inside(
    mode: InsideAgain, minutes_ago: int, passes: bool
) -> None:
    gone = replace(GONE, closed_at=AT - minutes_ago * MINUTE)
    again = out(leaving(gone, policy=replace(POLICY, inside_again=mode)))
    passed = grant(Reason.OUTSIDE_AGAIN, Duty.HAND_IN_SLIP)
    assert again == (passed if passes else desk(Reason.SLIP_CLOSED))


def test_a_slip_of_another_day_or_of_an_unknown_hour_leads_to_the_desk() -> None:
    timed = replace(POLICY, inside_again=InsideAgain.TIMED)
    soft = replace(POLICY, inside_again=InsideAgain.SOFT)
    unknown = leaving(replace(GONE, closed_at=None), policy=timed)
    old = leaving(replace(GONE, opened_at=VISIT.opened_at - 1440 * MINUTE), policy=soft)
    assert decide_exit(unknown, AT).codes[0] is Reason.SLIP_CLOSED
    assert decide_exit(old, AT).codes[0] is Reason.SLIP_CLOSED


@pytest.mark.scenario("X08")
@pytest.mark.clause("R3.1.5")
def test_nobody_leaves_for_a_while_with_reading_room_documents_out() -> None:
    assert told(decide_leave(leaving(READING), AT)) == refuse(Reason.READING_ROOM_LOANS_OPEN)


@pytest.mark.scenario("X09")
@pytest.mark.clause("R3.1.5")
def test_who_leaves_for_a_while_leaves_the_slip_at_the_desk() -> None:
    laden = replace(VISIT, own_items=(OwnItem(kind=OwnItemKind.LAPTOP),))
    assert told(decide_leave(leaving(laden), AT)) == grant(
        Duty.LEAVE_SLIP_AT_DESK, Duty.SHOW_LAPTOP
    )


@pytest.mark.scenario("X11")
@pytest.mark.fault(18)
def test_who_entered_unrecorded_is_let_out_and_flagged() -> None:
    by_ticket = leaving(None, credential=BY_TICKET, ticket_known=True)
    assert out(by_ticket) == grant(Reason.NO_ENTRY)


@pytest.mark.fault(18, 30)
def test_who_is_inside_though_the_lane_saw_nobody_pass_is_let_out_and_flagged() -> None:
    unseen = replace(VISIT, state=VisitState.NOT_PASSED)
    assert out(leaving(unseen)) == grant(Reason.NO_ENTRY, Duty.HAND_IN_SLIP)


def test_a_forged_ticket_vouches_for_nobody() -> None:
    forged = leaving(None, credential=BY_TICKET, ticket_known=True, check=CodeCheck.BAD_SIGNATURE)
    assert out(forged) == desk(Reason.SLIP_UNKNOWN)


@pytest.mark.scenario("X13")
def test_loan_counts_older_than_a_minute_need_the_desk() -> None:
    assert out(leaving(freshness=RECENT)) == grant(Reason.OFFLINE, Duty.HAND_IN_SLIP)
    assert out(leaving(freshness=STALE)) == desk(Reason.COPY_TOO_OLD, Reason.OFFLINE)
    assert out(leaving(freshness=STALE, policy=LENIENT)) == grant(Reason.OFFLINE, Duty.HAND_IN_SLIP)


@pytest.mark.scenario("X13")
def test_old_counts_that_show_documents_out_are_looked_at_by_the_desk() -> None:
    facts = leaving(READING, freshness=STALE, policy=LENIENT)
    decision = decide_exit(facts, AT)
    assert told(decision) == desk(Reason.COPY_TOO_OLD, Reason.OFFLINE)
    assert decision.reasons[0].departments == IN_FIVE


def test_the_age_of_the_counts_themselves_comes_first() -> None:
    counted = replace(VISIT, loans_as_of=AT - timedelta(hours=1))
    assert out(leaving(counted, freshness=RECENT)).verdict is Verdict.DESK
    counted_now = replace(VISIT, loans_as_of=AT)
    assert out(leaving(counted_now, freshness=STALE)).verdict is Verdict.GRANT


@pytest.mark.scenario("X13")
def test_a_genuine_slip_missing_in_the_copy_is_looked_at_by_the_desk() -> None:
    unknown = leaving(None, freshness=STALE)
    assert out(unknown) == desk(Reason.SLIP_UNKNOWN, Reason.OFFLINE)
    assert out(replace(unknown, policy=LENIENT)) == grant(Reason.OFFLINE, Duty.HAND_IN_SLIP)


def test_what_the_server_says_is_never_stale() -> None:
    long_ago = Freshness(source=Source.SERVER, as_of=AT - timedelta(hours=1))
    assert out(leaving(freshness=long_ago)) == grant(Duty.HAND_IN_SLIP)


@pytest.mark.threat(1)
def test_a_slip_of_a_known_visit_with_a_bad_signature_is_unknown() -> None:
    assert out(leaving(check=CodeCheck.BAD_SIGNATURE)) == desk(Reason.SLIP_UNKNOWN)


def test_lenience_is_for_slips_not_for_unknown_tickets() -> None:
    stranger = leaving(None, credential=BY_TICKET, freshness=STALE, policy=LENIENT)
    assert out(stranger) == desk(Reason.SLIP_UNKNOWN, Reason.OFFLINE)


def test_a_slip_that_the_server_does_not_know_is_unknown_by_any_policy() -> None:
    assert out(leaving(None, policy=LENIENT)) == desk(Reason.SLIP_UNKNOWN)
    forged = leaving(None, policy=LENIENT, freshness=STALE, check=CodeCheck.BAD_SIGNATURE)
    assert out(forged) == desk(Reason.SLIP_UNKNOWN, Reason.OFFLINE)


@pytest.mark.scenario("X14")
@pytest.mark.fault(32)
def test_in_a_fire_everybody_is_let_out_without_duties() -> None:
    fire = replace(HOUSE, emergency=Emergency.FIRE)
    for facts in (leaving(READING, building=fire), leaving(None, credential=None, building=fire)):
        assert out(facts) == grant(Reason.EVACUATION)
        assert told(decide_leave(facts, AT)) == grant(Reason.EVACUATION)


@pytest.mark.scenario("X15")
@pytest.mark.clause("R3.3.1")
def test_a_document_that_is_not_lent_to_the_reader_leads_to_the_desk() -> None:
    assert out(leaving(carried_not_lent=1)) == desk(Reason.CARRIED_NOT_LENT)
    unrecorded = leaving(None, credential=BY_TICKET, ticket_known=True, carried_not_lent=1)
    assert out(unrecorded) == desk(Reason.CARRIED_NOT_LENT, Reason.NO_ENTRY)


@pytest.mark.scenario("X16")
def test_a_ticket_does_not_stand_in_for_the_slip_of_an_open_visit() -> None:
    assert out(leaving(credential=BY_TICKET)) == desk(Reason.SLIP_MISSING)
    no_visit = leaving(None, credential=BY_TICKET, ticket_known=True)
    assert out(no_visit) == grant(Reason.NO_ENTRY)


@pytest.mark.scenario("X17")
@pytest.mark.clause("R3.2.9")
def test_a_lost_slip_lets_no_documents_out() -> None:
    lost = leaving(READING, credential=None)
    assert out(lost) == refuse(Reason.READING_ROOM_LOANS_OPEN, Reason.SLIP_MISSING)
    assert out(replace(lost, lost_slip_confirmed=True)) == refuse(
        Reason.READING_ROOM_LOANS_OPEN, Reason.SLIP_NOT_RETURNED
    )


@pytest.mark.scenario("X18")
def test_a_slip_without_marks_is_flagged() -> None:
    assert out(leaving(replace(VISIT, marks=0))) == grant(Reason.NO_MARKS, Duty.HAND_IN_SLIP)


@pytest.mark.parametrize("state", [VisitState.INSIDE, VisitState.NOT_RETURNED])
def test_a_slip_of_another_day_is_taken_and_flagged(state: VisitState) -> None:
    yesterday = replace(VISIT, opened_at=kyiv(2026, 3, 9, 12, 0), state=state)
    assert out(leaving(yesterday)) == grant(Reason.SLIP_OF_OTHER_DAY, Duty.HAND_IN_SLIP)


@pytest.mark.scenario("E41")
def test_staff_leave_without_a_slip() -> None:
    staff = leaving(credential=BY_TICKET, staff_pass=True)
    assert out(staff) == grant()
    unmarked = replace(staff, visit=replace(VISIT, marks=0), lost_slip_confirmed=True)
    assert out(unmarked) == grant()
    assert out(replace(staff, visit=None)) == grant(Reason.NO_ENTRY)
