"""Every state in patrons.csv is judged as its name says: code, signature, facts, rules."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gate.facts import CredentialKind, Decision
from gate.reasons import Duty, Reason, Verdict
from gate.rules import home_loans_allowed
from server.sample.people import PLAN
from server.sample.states import STATES
from server.services import facts, settings
from tests.server.sample.library import KYIV, Sample, kyiv, sample_of

DESK, REFUSE, GRANT = Verdict.DESK, Verdict.REFUSE, Verdict.GRANT
EXPECTED: dict[str, tuple[Verdict, tuple[Reason, ...]]] = {
    "valid": (GRANT, ()),
    "expires_today": (GRANT, (Reason.EXPIRES_SOON,)),
    "expires_soon": (GRANT, (Reason.EXPIRES_SOON,)),
    "expired_yesterday": (DESK, (Reason.TICKET_EXPIRED,)),
    "expired": (DESK, (Reason.TICKET_EXPIRED,)),
    "registered_last_year": (DESK, (Reason.NOT_REREGISTERED,)),
    "not_reregistered": (DESK, (Reason.NOT_REREGISTERED,)),
    "not_started": (REFUSE, (Reason.TICKET_NOT_STARTED,)),
    "fee_unpaid": (DESK, (Reason.FEE_UNPAID,)),
    "one_time_today": (GRANT, ()),
    "one_time_yesterday": (DESK, (Reason.TICKET_EXPIRED,)),
    "banned_until_tomorrow": (REFUSE, (Reason.BANNED,)),
    "banned": (REFUSE, (Reason.BANNED,)),
    "banned_indefinitely": (REFUSE, (Reason.BANNED,)),
    "banned_and_expired": (REFUSE, (Reason.BANNED, Reason.TICKET_EXPIRED)),
    "ban_lifted": (GRANT, ()),
    "ban_over": (GRANT, ()),
    "ban_from_tomorrow": (GRANT, ()),
    "minor_with_consent": (GRANT, ()),
    "minor_without_consent": (DESK, (Reason.CONSENT_MISSING,)),
    "turned_16_today": (GRANT, (Reason.DOCUMENT_TO_RENEW,)),
    "turns_16_tomorrow": (DESK, (Reason.CONSENT_MISSING,)),
    "name_changed": (GRANT, (Reason.DOCUMENT_TO_RENEW,)),
    "resident_temporary": (GRANT, ()),
    "resident_displaced": (GRANT, ()),
    "resident_elsewhere": (GRANT, ()),
    "agreement_good": (GRANT, ()),
    "agreement_ended": (DESK, (Reason.AGREEMENT_ENDED,)),
    "staff_pass": (GRANT, ()),
    "staff_pass_cancelled": (REFUSE, (Reason.TICKET_CANCELLED,)),
    "lost": (REFUSE, (Reason.TICKET_REPLACED,)),
    "replaced": (REFUSE, (Reason.TICKET_REPLACED,)),
    "replacement": (GRANT, ()),
    "cancelled": (REFUSE, (Reason.TICKET_CANCELLED,)),
    "card_linked": (GRANT, ()),
    "card_shared_permanent": (GRANT, ()),
    "card_shared_one_time": (GRANT, ()),
    "card_of_cancelled": (REFUSE, (Reason.TICKET_CANCELLED,)),
    "number_linked": (GRANT, ()),
    "loans_at_home": (GRANT, ()),
    "loans_overdue": (GRANT, (Reason.LOANS_OVERDUE,)),
    "slip_not_returned": (GRANT, (Reason.SLIP_NOT_RETURNED,)),
    "visit_left_open": (GRANT, (Reason.SLIP_NOT_RETURNED,)),
    "inside": (DESK, (Reason.ALREADY_INSIDE,)),
    "inside_with_documents": (DESK, (Reason.ALREADY_INSIDE,)),
    "inside_at_limit": (DESK, (Reason.ALREADY_INSIDE,)),
    "inside_with_home_loans": (DESK, (Reason.ALREADY_INSIDE,)),
    "inside_with_laptop": (DESK, (Reason.ALREADY_INSIDE,)),
    "away": (GRANT, ()),
}
SCENARIOS = {
    "replaced": "E11", "replacement": "E12", "banned_until_tomorrow": "E13",
    "banned_and_expired": "E15", "banned_indefinitely": "E16", "ban_lifted": "E17",
    "expires_today": "E19", "one_time_yesterday": "E22", "minor_without_consent": "E24",
    "minor_with_consent": "E24", "turned_16_today": "E25", "fee_unpaid": "E26",
    "loans_overdue": "E27", "slip_not_returned": "E28",
    "agreement_ended": "E42", "inside": "E06", "away": "E44",
}  # fmt: skip
AWKWARD = [
    pytest.param(kyiv("2026-11-20", "23:50"), id="ten-to-midnight"),
    pytest.param(kyiv("2026-11-20", "00:10"), id="ten-past-midnight"),
    pytest.param(kyiv("2026-01-01", "00:00"), id="the-first-instant-of-a-year"),
    pytest.param(kyiv("2026-01-15", "13:00"), id="grace", marks=pytest.mark.scenario("E20")),
    pytest.param(kyiv("2026-02-01", "09:00"), id="grace-over", marks=pytest.mark.scenario("E21")),
    pytest.param(kyiv("2028-02-29", "18:05"), id="leap-day"),
    pytest.param(kyiv("2027-03-28", "04:30"), id="summer-time-begins"),
    pytest.param(kyiv("2026-12-31", "23:59:59.500000"), id="the-last-second-of-a-year"),
]


def expected(state: str, now: datetime) -> tuple[Verdict, tuple[Reason, ...]]:
    """What a state means at an instant: January has its grace; midnight closes no open house."""
    verdict, reasons = EXPECTED[state]
    local = now.astimezone(KYIV)
    if local.month == 1 and state == "registered_last_year":
        verdict, reasons = GRANT, (Reason.REREGISTER_SOON,)
    return verdict, reasons


def said(decision: Decision) -> tuple[Verdict, tuple[Reason, ...]]:
    return decision.verdict, decision.codes


def test_every_state_has_an_expected_judgement_and_somebody_in_it() -> None:
    assert set(STATES) == set(EXPECTED) == {state for person in PLAN for state in person}


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(
            state, marks=[pytest.mark.scenario(SCENARIOS[state])] if state in SCENARIOS else []
        )
        for state in EXPECTED
    ],
)
def test_a_state_is_judged_as_its_name_says(sample: Sample, state: str) -> None:
    assert said(sample.judge(sample.number(state))) == EXPECTED[state]


@pytest.mark.parametrize("now", AWKWARD)
def test_states_are_what_they_say_at_awkward_times(tmp_path: Path, now: datetime) -> None:
    with sample_of(tmp_path / "library", now) as sample:
        judged = {row["state"]: said(sample.judge(row["number"])) for row in sample.rows}
    assert judged == {state: expected(state, now) for state in EXPECTED}


def test_states_are_the_same_on_postgresql(
    tmp_path: Path, sample: Sample, postgres_database: str
) -> None:
    with sample_of(tmp_path / "library", sample.now, database_url=postgres_database) as other:
        assert other.rows == sample.rows
        judged = {row["state"]: said(other.judge(row["number"])) for row in other.rows}
    assert judged == EXPECTED


# --- Single scenarios ---------------------------------------------------------------------------


@pytest.mark.scenario("E01")
def test_a_valid_ticket_gets_its_slip(sample: Sample) -> None:
    decision = sample.judge(sample.number("valid"))
    assert decision.verdict is GRANT
    assert [task.code for task in decision.duties] == [Duty.PRINT_SLIP]


@pytest.mark.scenario("E13", "E14")
def test_a_ban_until_tomorrow_holds_to_midnight_and_no_longer(sample: Sample) -> None:
    number = sample.number("banned_until_tomorrow")
    midnight = kyiv("2026-11-21", "00:00")
    last = sample.judge(number, midnight - timedelta(minutes=1))
    assert last.reasons[0].code is Reason.BANNED
    assert last.reasons[0].until == midnight
    assert sample.judge(number, midnight).verdict is GRANT


@pytest.mark.scenario("E16")
def test_an_indefinite_ban_names_no_end(sample: Sample) -> None:
    decision = sample.judge(sample.number("banned_indefinitely"))
    assert decision.reasons[0].until is None


@pytest.mark.scenario("E19")
def test_a_ticket_that_ends_today_is_for_the_desk_tomorrow(sample: Sample) -> None:
    tomorrow = kyiv("2026-11-21", "00:00")
    decision = sample.judge(sample.number("expires_today"), tomorrow)
    assert said(decision) == (DESK, (Reason.TICKET_EXPIRED,))


@pytest.mark.scenario("E29")
def test_a_linked_card_admits_as_a_weak_credential(sample: Sample) -> None:
    card = sample.uid(sample.number("card_linked"))
    assert said(sample.decide(CredentialKind.CARD, card)) == (GRANT, (Reason.WEAK_CREDENTIAL,))


@pytest.mark.scenario("E30")
def test_a_card_of_two_tickets_means_the_permanent_one(sample: Sample) -> None:
    permanent, one_time = map(sample.number, ("card_shared_permanent", "card_shared_one_time"))
    assert sample.uid(permanent) == sample.uid(one_time)
    with sample.database.reading() as session:
        ticket_id, _ = facts.find(session, CredentialKind.CARD, sample.uid(one_time))
    assert ticket_id == sample.claims(permanent).ticket_id


@pytest.mark.scenario("E31")
def test_a_card_of_a_cancelled_ticket_is_refused(sample: Sample) -> None:
    card = sample.uid(sample.number("card_of_cancelled"))
    decision = sample.decide(CredentialKind.CARD, card)
    assert said(decision) == (REFUSE, (Reason.TICKET_CANCELLED, Reason.WEAK_CREDENTIAL))


@pytest.mark.scenario("E03")
def test_only_an_old_printed_ticket_s_number_is_a_credential(sample: Sample) -> None:
    old = sample.decide(CredentialKind.NUMBER, sample.number("number_linked"))
    assert said(old) == (GRANT, (Reason.WEAK_CREDENTIAL,))
    new = sample.decide(CredentialKind.NUMBER, sample.number("valid"))
    assert said(new) == (REFUSE, (Reason.UNKNOWN_CODE,))


@pytest.mark.scenario("E44")
def test_who_left_for_a_while_collects_the_slip(sample: Sample) -> None:
    decision = sample.judge(sample.number("away"))
    assert [task.code for task in decision.duties] == [Duty.COLLECT_SLIP]


@pytest.mark.clause("R1.7", "R2.7")
@pytest.mark.parametrize(
    "state, allowed",
    [
        ("valid", True),
        ("resident_elsewhere", False),
        ("resident_temporary", False),
        ("resident_displaced", False),
        ("one_time_today", False),
        ("registered_last_year", False),
    ],
)
def test_who_may_take_documents_home(sample: Sample, state: str, allowed: bool) -> None:
    ticket_id = sample.claims(sample.number(state)).ticket_id
    with sample.database.reading() as session:
        library = settings.read(session)
        ticket = facts.of_ticket(session, ticket_id, library, at=sample.now)
    assert home_loans_allowed(ticket, sample.now, library.policy) is allowed


@pytest.mark.parametrize(
    "state, reading, home",
    [
        ("valid", 0, 0),
        ("loans_at_home", 0, 2),
        ("loans_overdue", 0, 1),
        ("inside_with_documents", 2, 0),
        ("inside_at_limit", 10, 0),
        ("inside_with_home_loans", 0, 3),
        ("inside_with_laptop", 1, 0),
    ],
)
def test_documents_are_out_as_the_state_says(
    sample: Sample, state: str, reading: int, home: int
) -> None:
    ticket_id = sample.claims(sample.number(state)).ticket_id
    with sample.database.reading() as session:
        assert facts.out_with(session, ticket_id) == (reading, home)
