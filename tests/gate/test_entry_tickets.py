"""The way in by a ticket: whether the ticket itself is good."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gate.facts import Ban, CodeCheck, CredentialKind, TicketClaims, TicketKind, TicketState
from gate.reasons import Duty, Reason
from gate.rules import choose_ticket, decide_entry, ticket_from_claims
from gate.scans import ScanKind, classify
from tests.gate.sample import (
    ANY_HOUR,
    AT,
    BAN,
    CLOCKLESS,
    DAY_TICKET,
    OFFLINE,
    POLICY,
    STAFF_PASS,
    TICKET,
    Told,
    but,
    desk,
    entry,
    grant,
    kyiv,
    refuse,
    told,
)

ENROLLED_MINUTES_AGO = TicketClaims(
    ticket_id="0a0b0c0d0e0f",
    kind=TicketKind.PERMANENT,
    issued=AT - timedelta(minutes=10),
    expires=kyiv(2031, 3, 10),
    registered_for=2026,
)
NOBODY = {"ticket": None, "claims": None}


def ticket(**changes: object) -> Told:
    """What is decided on the sample ticket with changes."""
    return told(decide_entry(entry(ticket=but(TICKET, **changes)), AT))


def at(moment: datetime, **changes: object) -> Told:
    """The same at another time, in a house without hours."""
    facts = entry(ticket=but(TICKET, **changes), building=ANY_HOUR)
    return told(decide_entry(facts, moment))


@pytest.mark.scenario("E01")
@pytest.mark.clause("R3.1.2")
def test_a_ticket_in_order_gets_its_slip() -> None:
    assert ticket() == grant(Duty.PRINT_SLIP)


@pytest.mark.scenario("E02")
def test_a_code_that_no_one_issued_is_unknown() -> None:
    facts = entry(check=CodeCheck.UNKNOWN, **NOBODY)
    assert told(decide_entry(facts, AT)) == refuse(Reason.UNKNOWN_CODE)


@pytest.mark.scenario("E03")
def test_the_database_key_of_a_ticket_is_no_code() -> None:
    assert classify(TICKET.ticket_id.encode()).kind is ScanKind.UNKNOWN
    assert told(decide_entry(entry(check=CodeCheck.UNKNOWN), AT)) == refuse(Reason.UNKNOWN_CODE)


@pytest.mark.scenario("E03")
def test_an_old_printed_number_is_a_weak_credential() -> None:
    facts = entry(credential=CredentialKind.NUMBER)
    assert told(decide_entry(facts, AT)) == grant(Reason.WEAK_CREDENTIAL, Duty.PRINT_SLIP)


@pytest.mark.threat(1)
def test_a_bad_signature_is_refused_whatever_the_records_say() -> None:
    facts = entry(check=CodeCheck.BAD_SIGNATURE, claims=ENROLLED_MINUTES_AGO)
    assert told(decide_entry(facts, AT)) == refuse(Reason.BAD_SIGNATURE)


@pytest.mark.scenario("E08")
def test_a_signed_ticket_unknown_to_the_copy_is_judged_by_its_claims() -> None:
    facts = entry(ticket=None, claims=ENROLLED_MINUTES_AGO, freshness=OFFLINE)
    assert told(decide_entry(facts, AT)) == grant(Reason.OFFLINE, Duty.PRINT_SLIP)


def test_claims_tell_days_and_rights() -> None:
    told_by_claims = ticket_from_claims(ENROLLED_MINUTES_AGO, POLICY)
    assert told_by_claims.valid_from == date(2026, 3, 10)
    assert told_by_claims.valid_until == date(2031, 3, 9)
    assert told_by_claims.home_loans
    for_the_room = replace(ENROLLED_MINUTES_AGO, scope="reading_rooms")
    assert not ticket_from_claims(for_the_room, POLICY).home_loans


def test_claims_of_an_expired_ticket_do_not_admit() -> None:
    claims = replace(ENROLLED_MINUTES_AGO, expires=kyiv(2026, 3, 10))
    facts = entry(ticket=None, claims=claims, freshness=OFFLINE)
    assert told(decide_entry(facts, AT)) == desk(Reason.TICKET_EXPIRED, Reason.OFFLINE)


@pytest.mark.scenario("E43")
@pytest.mark.threat(5)
def test_a_signed_ticket_that_the_server_does_not_know_is_refused() -> None:
    facts = entry(ticket=None, claims=ENROLLED_MINUTES_AGO)
    assert told(decide_entry(facts, AT)) == refuse(Reason.UNKNOWN_CODE)


@pytest.mark.scenario("E11")
@pytest.mark.clause("R2.3.1")
@pytest.mark.parametrize("state", [TicketState.REPLACED, TicketState.LOST])
def test_the_old_code_of_a_replaced_ticket_stops_working(state: TicketState) -> None:
    assert ticket(state=state) == refuse(Reason.TICKET_REPLACED)


@pytest.mark.scenario("E12")
def test_the_duplicate_works() -> None:
    assert ticket(ticket_id="aa00bb11cc22") == grant(Duty.PRINT_SLIP)


@pytest.mark.scenario("E13", "E46")
@pytest.mark.clause("R4.3.3")
def test_a_ban_holds_until_its_last_minute_and_documents_can_be_brought_back() -> None:
    facts = entry(ticket=but(TICKET, ban=BAN), building=ANY_HOUR)
    decision = decide_entry(facts, kyiv(2026, 3, 10, 23, 59))
    assert told(decision) == refuse(Reason.BANNED, Duty.RETURN_AT_DESK)
    assert decision.reasons[0].until == kyiv(2026, 3, 11)


@pytest.mark.scenario("E14")
def test_a_ban_ends_at_midnight_of_the_library() -> None:
    assert at(kyiv(2026, 3, 11), ban=BAN) == grant(Duty.PRINT_SLIP)


@pytest.mark.scenario("E15")
def test_a_ban_is_told_before_the_expiry() -> None:
    assert ticket(ban=BAN, valid_until=date(2026, 3, 9)) == refuse(
        Reason.BANNED, Reason.TICKET_EXPIRED, Duty.RETURN_AT_DESK
    )


@pytest.mark.scenario("E16")
def test_an_indefinite_ban_has_no_date() -> None:
    forever = Ban(since=kyiv(2026, 3, 1))
    decision = decide_entry(entry(ticket=replace(TICKET, ban=forever)), AT)
    assert told(decision) == refuse(Reason.BANNED, Duty.RETURN_AT_DESK)
    assert decision.reasons[0].until is None


def test_a_ban_to_come_stops_nobody_yet() -> None:
    assert ticket(ban=Ban(since=kyiv(2026, 4, 1))) == grant(Duty.PRINT_SLIP)


def test_a_ban_to_come_needs_a_clock() -> None:
    facts = entry(ticket=replace(TICKET, ban=Ban(since=kyiv(2026, 4, 1))), freshness=CLOCKLESS)
    assert told(decide_entry(facts, AT)) == desk(Reason.CLOCK_UNTRUSTED)


def test_a_ban_that_is_over_needs_none() -> None:
    over = but(TICKET, ban=Ban(since=kyiv(2026, 2, 1), until=kyiv(2026, 3, 1)))
    facts = entry(ticket=over, freshness=CLOCKLESS)
    assert told(decide_entry(facts, AT)) == grant(Duty.PRINT_SLIP)


@pytest.mark.scenario("E18")
def test_away_from_the_server_the_copy_s_ban_counts() -> None:
    facts = entry(ticket=replace(TICKET, ban=BAN), freshness=OFFLINE)
    assert told(decide_entry(facts, AT)) == refuse(
        Reason.BANNED, Reason.OFFLINE, Duty.RETURN_AT_DESK
    )


@pytest.mark.scenario("E19")
@pytest.mark.clause("R2.3.1")
def test_five_years_end_with_their_last_day() -> None:
    last = date(2026, 3, 10)
    assert at(kyiv(2026, 3, 10, 23, 59), valid_until=last) == grant(
        Reason.EXPIRES_SOON, Duty.PRINT_SLIP
    )
    assert at(kyiv(2026, 3, 11, 0, 0), valid_until=last) == desk(Reason.TICKET_EXPIRED)


def test_the_warning_of_the_end_comes_thirty_days_before() -> None:
    assert ticket(valid_until=date(2026, 4, 9)) == grant(Reason.EXPIRES_SOON, Duty.PRINT_SLIP)
    assert ticket(valid_until=date(2026, 4, 10)) == grant(Duty.PRINT_SLIP)


@pytest.mark.fault(20)
def test_days_are_the_library_s_own_on_the_night_of_the_clock_change() -> None:
    last = date(2026, 3, 29)
    assert at(datetime(2026, 3, 29, 20, 59, tzinfo=UTC), valid_until=last).reasons == (
        Reason.EXPIRES_SOON,
    )
    assert at(datetime(2026, 3, 29, 21, 0, tzinfo=UTC), valid_until=last).reasons == (
        Reason.TICKET_EXPIRED,
    )


@pytest.mark.scenario("E20")
@pytest.mark.clause("R2.6")
def test_in_january_last_year_s_registration_still_admits() -> None:
    assert at(kyiv(2026, 1, 15, 12, 0), registered_for=2025) == grant(
        Reason.REREGISTER_SOON, Duty.PRINT_SLIP
    )


@pytest.mark.scenario("E21")
@pytest.mark.clause("R2.6")
def test_from_february_on_it_does_not() -> None:
    assert at(kyiv(2026, 1, 31, 23, 59), registered_for=2025).reasons == (Reason.REREGISTER_SOON,)
    assert at(kyiv(2026, 2, 1), registered_for=2025) == desk(Reason.NOT_REREGISTERED)


def test_a_registration_of_two_years_ago_has_no_grace() -> None:
    assert at(kyiv(2026, 1, 15), registered_for=2024) == desk(Reason.NOT_REREGISTERED)


def test_a_ticket_of_tomorrow_is_too_early() -> None:
    assert ticket(valid_from=date(2026, 3, 11)) == refuse(Reason.TICKET_NOT_STARTED)


@pytest.mark.scenario("E22")
@pytest.mark.clause("R2.3.2")
def test_a_one_time_ticket_of_yesterday_has_ended() -> None:
    yesterday = replace(DAY_TICKET, valid_from=date(2026, 3, 9), valid_until=date(2026, 3, 9))
    assert told(decide_entry(entry(ticket=yesterday), AT)) == desk(Reason.TICKET_EXPIRED)


def test_a_one_time_ticket_needs_no_registration() -> None:
    unregistered = replace(DAY_TICKET, registered_for=2020)
    assert told(decide_entry(entry(ticket=unregistered), AT)) == grant(Duty.PRINT_SLIP)


@pytest.mark.scenario("E24")
@pytest.mark.clause("R1.4")
def test_under_sixteen_a_guardian_must_have_consented() -> None:
    assert ticket(consent_missing_until=date(2027, 6, 1)) == desk(Reason.CONSENT_MISSING)
    assert ticket(consent_missing_until=None) == grant(Duty.PRINT_SLIP)


@pytest.mark.scenario("E25")
@pytest.mark.clause("R1.4")
def test_who_turns_sixteen_is_asked_for_a_new_document() -> None:
    birthday = date(2026, 3, 10)
    assert ticket(consent_missing_until=birthday, document_to_renew_from=birthday) == grant(
        Reason.DOCUMENT_TO_RENEW, Duty.PRINT_SLIP
    )
    assert ticket(document_to_renew_from=date(2026, 3, 11)) == grant(Duty.PRINT_SLIP)


@pytest.mark.scenario("E26")
@pytest.mark.clause("R4.2.5")
def test_an_unpaid_fee_leads_to_the_desk() -> None:
    assert ticket(fee_paid=False) == desk(Reason.FEE_UNPAID)


@pytest.mark.scenario("E27")
def test_overdue_loans_are_a_warning() -> None:
    assert ticket(overdue_loans=3) == grant(Reason.LOANS_OVERDUE, Duty.PRINT_SLIP)


@pytest.mark.scenario("E28")
def test_a_slip_never_handed_in_is_a_warning() -> None:
    assert ticket(slip_not_returned=True) == grant(Reason.SLIP_NOT_RETURNED, Duty.PRINT_SLIP)


@pytest.mark.scenario("E29")
@pytest.mark.threat(6)
def test_a_bare_card_is_a_weak_credential() -> None:
    facts = entry(credential=CredentialKind.CARD)
    assert told(decide_entry(facts, AT)) == grant(Reason.WEAK_CREDENTIAL, Duty.PRINT_SLIP)


@pytest.mark.scenario("E30")
def test_of_two_tickets_on_a_card_the_permanent_one_is_meant() -> None:
    assert choose_ticket([DAY_TICKET, TICKET], AT, POLICY) == TICKET
    assert choose_ticket([TICKET, DAY_TICKET], AT, POLICY) == TICKET


def test_a_dead_ticket_on_a_card_does_not_hide_a_good_one() -> None:
    dead = replace(TICKET, state=TicketState.REPLACED)
    assert choose_ticket([dead, DAY_TICKET], AT, POLICY) == DAY_TICKET


def test_a_day_ticket_helps_whose_permanent_one_has_ended() -> None:
    ended = replace(TICKET, valid_until=date(2026, 3, 9))
    assert choose_ticket([ended, DAY_TICKET], AT, POLICY) == DAY_TICKET


@pytest.mark.scenario("E31")
def test_a_card_whose_ticket_was_cancelled_is_refused() -> None:
    cancelled = choose_ticket([replace(TICKET, state=TicketState.CANCELLED)], AT, POLICY)
    facts = entry(credential=CredentialKind.CARD, ticket=cancelled)
    assert told(decide_entry(facts, AT)) == refuse(Reason.TICKET_CANCELLED, Reason.WEAK_CREDENTIAL)


def test_a_card_with_no_ticket_is_unknown() -> None:
    assert choose_ticket([], AT, POLICY) is None
    facts = entry(credential=CredentialKind.CARD, **NOBODY)
    assert told(decide_entry(facts, AT)) == refuse(Reason.UNKNOWN_CODE)


@pytest.mark.scenario("E41")
def test_staff_come_at_any_hour_and_get_no_slip() -> None:
    facts = entry(ticket=STAFF_PASS, visit=None)
    assert told(decide_entry(facts, kyiv(2026, 3, 10, 23, 0))) == grant()


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"state": TicketState.CANCELLED}, Reason.TICKET_CANCELLED),
        ({"state": TicketState.LOST}, Reason.TICKET_REPLACED),
    ],
)
def test_a_dead_staff_pass_opens_nothing(change: dict[str, TicketState], reason: Reason) -> None:
    dead = replace(STAFF_PASS, state=change["state"])
    assert told(decide_entry(entry(ticket=dead), AT)) == refuse(reason)


def test_an_expired_staff_pass_leads_to_the_desk() -> None:
    last_day = replace(STAFF_PASS, valid_until=date(2026, 3, 10))
    assert told(decide_entry(entry(ticket=last_day), AT)) == grant()
    expired = replace(STAFF_PASS, valid_until=date(2026, 3, 9))
    assert told(decide_entry(entry(ticket=expired), AT)) == desk(Reason.TICKET_EXPIRED)


@pytest.mark.scenario("E42")
@pytest.mark.clause("R1.8")
def test_an_organisation_s_reader_comes_by_its_agreement() -> None:
    assert ticket(agreement_until=date(2026, 3, 10)) == grant(Duty.PRINT_SLIP)
    assert ticket(agreement_until=date(2026, 3, 9)) == desk(Reason.AGREEMENT_ENDED)


@pytest.mark.scenario("E49")
def test_the_desk_admits_whom_it_knows() -> None:
    facts = entry(credential=CredentialKind.DESK)
    assert told(decide_entry(facts, AT)) == grant(Duty.PRINT_SLIP)
