"""What holds of every decision, whatever the facts."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gate.facts import (
    Ban,
    CodeCheck,
    Decision,
    DepartmentCount,
    Emergency,
    EntryFacts,
    ExitFacts,
    ServiceFacts,
    ServiceKind,
    TicketFacts,
    TicketKind,
)
from gate.reasons import VERDICT_OF, Duty, Reason, Verdict
from gate.rules import choose_ticket, decide_entry, decide_exit, decide_leave, decide_service
from tests.gate import strategies as any_

GRAVITY = [Verdict.GRANT, Verdict.DESK, Verdict.REFUSE]
ORDER = list(Reason)
WARNINGS = {reason for reason in Reason if reason not in VERDICT_OF}
FORBIDDEN_OUT = {
    Reason.BANNED,
    Reason.TICKET_EXPIRED,
    Reason.NOT_REREGISTERED,
    Reason.FEE_UNPAID,
    Reason.CLOSED,
    Reason.LOANS_OVERDUE,
}

decided = st.one_of(
    st.tuples(st.just(decide_entry), any_.entries),
    st.tuples(st.just(decide_exit), any_.exits),
    st.tuples(st.just(decide_leave), any_.exits),
    st.tuples(st.just(decide_service), any_.services),
)
Case = tuple[Callable[[Any, datetime], Decision], Any]


def gravity(decision: Decision) -> int:
    """How bad the verdict is."""
    return GRAVITY.index(decision.verdict)


@given(decided, any_.instants)
def test_no_facts_make_a_rule_raise(case: Case, at: datetime) -> None:
    decide, facts = case
    decision = decide(facts, at)
    assert isinstance(decision, Decision)
    assert (decision.verdict is Verdict.GRANT) or decision.reasons


@given(decided, any_.instants)
def test_the_same_facts_and_time_give_the_same_decision(case: Case, at: datetime) -> None:
    decide, facts = case
    assert decide(facts, at) == decide(deepcopy(facts), at)


@given(decided, any_.instants)
def test_reasons_are_told_once_the_gravest_first(case: Case, at: datetime) -> None:
    decide, facts = case
    places = [ORDER.index(code) for code in decide(facts, at).codes]
    assert places == sorted(set(places))


@given(decided, any_.instants)
def test_the_verdict_is_that_of_the_worst_reason(case: Case, at: datetime) -> None:
    decide, facts = case
    decision = decide(facts, at)
    assume(decide is decide_entry or decision.codes != (Reason.EVACUATION,))
    worst = max(
        (GRAVITY.index(VERDICT_OF.get(c, Verdict.GRANT)) for c in decision.codes), default=0
    )
    assert gravity(decision) == worst


@given(decided, any_.instants)
def test_duties_are_told_once(case: Case, at: datetime) -> None:
    decide, facts = case
    codes = [task.code for task in decide(facts, at).duties]
    assert len(codes) == len(set(codes))


def test_warnings_stand_behind_all_graver_reasons() -> None:
    """So that the first reason is always the one that decided."""
    places = [ORDER.index(warning) for warning in WARNINGS - {Reason.SHELTER}]
    assert min(places) > max(ORDER.index(reason) for reason in VERDICT_OF)


# --- The way out -----------------------------------------------------------------------------


@pytest.mark.clause("R4.3.3")
@given(any_.exits, any_.instants)
def test_only_documents_of_the_library_refuse_a_way_out(facts: ExitFacts, at: datetime) -> None:
    for decide in (decide_exit, decide_leave):
        decision = decide(facts, at)
        if decision.verdict is Verdict.REFUSE:
            assert Reason.READING_ROOM_LOANS_OPEN in decision.codes
        assert not FORBIDDEN_OUT & set(decision.codes)


@given(any_.exits, any_.instants)
def test_whoever_owes_nothing_is_never_refused(facts: ExitFacts, at: datetime) -> None:
    visit = facts.visit and replace(facts.visit, reading_room=())
    assert decide_exit(replace(facts, visit=visit), at).verdict is not Verdict.REFUSE


@given(any_.exits, any_.instants)
def test_fewer_documents_out_never_worsen_a_way_out(facts: ExitFacts, at: datetime) -> None:
    assume(facts.visit is not None)
    assert facts.visit is not None
    owing = replace(facts.visit, reading_room=(DepartmentCount(department="5", count=1),))
    with_debt = decide_exit(replace(facts, visit=owing), at)
    without = decide_exit(replace(facts, visit=replace(owing, reading_room=())), at)
    assert gravity(without) <= gravity(with_debt)


@given(any_.exits, any_.instants)
def test_staff_who_asked_the_departments_never_make_it_worse(
    facts: ExitFacts, at: datetime
) -> None:
    before = decide_exit(replace(facts, lost_slip_confirmed=False), at)
    after = decide_exit(replace(facts, lost_slip_confirmed=True), at)
    assert gravity(after) <= gravity(before)


@given(any_.exits, any_.instants)
def test_a_fire_lets_everybody_out(facts: ExitFacts, at: datetime) -> None:
    fire = replace(facts, building=replace(facts.building, emergency=Emergency.FIRE))
    assert decide_exit(fire, at).verdict is decide_leave(fire, at).verdict is Verdict.GRANT


# --- The way in ------------------------------------------------------------------------------


@given(any_.entries, any_.instants)
def test_a_fire_lets_nobody_in(facts: EntryFacts, at: datetime) -> None:
    fire = replace(facts, building=replace(facts.building, emergency=Emergency.FIRE))
    assert decide_entry(fire, at).codes == (Reason.EVACUATION,)


peaceful = any_.entries.filter(lambda facts: facts.building.emergency is Emergency.NONE)


@pytest.mark.threat(1)
@given(peaceful, any_.instants)
def test_a_bad_code_admits_nobody(facts: EntryFacts, at: datetime) -> None:
    assume(facts.credential is not None)
    for check in (CodeCheck.BAD_SIGNATURE, CodeCheck.UNKNOWN):
        decision = decide_entry(replace(facts, check=check), at)
        assert decision.codes == (Reason(check.value.replace("unknown", "unknown_code")),)


@pytest.mark.clause("R4.3.3")
@given(peaceful, any_.tickets, any_.instants)
def test_a_ban_in_force_admits_nobody(facts: EntryFacts, ticket: TicketFacts, at: datetime) -> None:
    assume(facts.credential is not None)
    banned = replace(ticket, ban=Ban(since=at))
    decision = decide_entry(replace(facts, ticket=banned, check=CodeCheck.GOOD), at)
    assert decision.verdict is Verdict.REFUSE
    assert Reason.BANNED in decision.codes
    assert Duty.PRINT_SLIP not in {task.code for task in decision.duties}


@given(peaceful, any_.tickets, any_.instants)
def test_what_is_only_a_warning_never_changes_the_verdict(
    facts: EntryFacts, ticket: TicketFacts, at: datetime
) -> None:
    careless = replace(ticket, overdue_loans=9, slip_not_returned=True, document_to_renew_from=None)
    careful = replace(ticket, overdue_loans=0, slip_not_returned=False, document_to_renew_from=None)
    with_warnings = decide_entry(replace(facts, ticket=careless), at)
    without = decide_entry(replace(facts, ticket=careful), at)
    assert with_warnings.verdict is without.verdict
    assert set(with_warnings.codes) - WARNINGS == set(without.codes) - WARNINGS


@given(any_.entries, any_.instants)
def test_a_slip_is_printed_only_for_whom_is_let_in(facts: EntryFacts, at: datetime) -> None:
    decision = decide_entry(facts, at)
    codes = {task.code for task in decision.duties}
    if codes & {Duty.PRINT_SLIP, Duty.COLLECT_SLIP, Duty.APPROVE_OWN_ITEMS}:
        assert decision.verdict is Verdict.GRANT


@given(peaceful, any_.instants, st.integers(1, 30))
def test_more_persons_never_fit_where_fewer_do_not(
    facts: EntryFacts, at: datetime, persons: int
) -> None:
    fewer = decide_entry(replace(facts, persons=persons), at)
    more = decide_entry(replace(facts, persons=persons + 1), at)
    assert gravity(fewer) <= gravity(more)


@given(peaceful, any_.tickets, any_.instants)
def test_paying_and_consenting_never_harm(
    facts: EntryFacts, ticket: TicketFacts, at: datetime
) -> None:
    better = replace(ticket, fee_paid=True, consent_missing_until=None, ban=None)
    before, after = (decide_entry(replace(facts, ticket=t), at) for t in (ticket, better))
    assert gravity(after) <= gravity(before)


@given(st.lists(any_.tickets, max_size=4), any_.instants, any_.policies)
def test_a_card_s_tickets_are_chosen_in_any_order_alike(
    tickets: list[TicketFacts], at: datetime, policy: Any
) -> None:
    chosen = choose_ticket(tickets, at, policy)
    again = choose_ticket(reversed(tickets), at, policy)
    assert (chosen is None) == (not tickets)
    if chosen is not None and again is not None:
        assert (chosen.state, chosen.kind is TicketKind.ONE_TIME) == (
            again.state,
            again.kind is TicketKind.ONE_TIME,
        ) or chosen.ticket_id == again.ticket_id


# --- Service ---------------------------------------------------------------------------------


@given(any_.services, any_.instants)
def test_a_return_is_always_taken(facts: ServiceFacts, at: datetime) -> None:
    decision = decide_service(replace(facts, kind=ServiceKind.RETURN), at)
    assert (decision.verdict, decision.reasons) == (Verdict.GRANT, ())


@given(any_.services, any_.instants)
def test_returning_a_document_never_costs_the_next_one(facts: ServiceFacts, at: datetime) -> None:
    one_less = replace(
        facts, reading_room_out=facts.reading_room_out - 1, home_out=facts.home_out - 1
    )
    assert gravity(decide_service(one_less, at)) <= gravity(decide_service(facts, at))


@given(any_.services, any_.instants)
def test_an_event_slip_is_never_served(facts: ServiceFacts, at: datetime) -> None:
    assume(facts.visit is not None and facts.kind not in {ServiceKind.RETURN, ServiceKind.RENEW})
    assert facts.visit is not None
    decision = decide_service(replace(facts, visit=replace(facts.visit, ticket_id=None)), at)
    assert decision.verdict is Verdict.REFUSE


@given(any_.entries, any_.instants, st.integers(0, 5), st.booleans(), any_.days)
def test_what_only_warns_changes_no_verdict(
    facts: EntryFacts, at: datetime, overdue: int, kept: bool, renew: date
) -> None:
    """The server compares verdicts of the past without looking it up."""
    assume(facts.ticket is not None)
    assert facts.ticket is not None
    other = replace(
        facts.ticket, overdue_loans=overdue, slip_not_returned=kept, document_to_renew_from=renew,
        display_name=None, number="", home_loans=False,
    )  # fmt: skip
    before = decide_entry(facts, at).verdict
    assert decide_entry(replace(facts, ticket=other), at).verdict is before
