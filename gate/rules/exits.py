"""The way out, for good or for a while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from gate.facts import (
    Because,
    CodeCheck,
    CredentialKind,
    Decision,
    DepartmentCount,
    Emergency,
    ExitFacts,
    InsideAgain,
    OwnItemKind,
    SlipState,
    Task,
    VisitFacts,
    VisitState,
)
from gate.reasons import Duty, Reason, Verdict
from gate.rules.days import is_away_from_server, is_of_day


def decide_exit(facts: ExitFacts, at: datetime) -> Decision:
    """Judge a way out. Only documents of the library that may not leave refuse it.

    A ban, a debt or an expired ticket never does: they are no facts of an exit.
    Clauses R2.4, R3.1.4, R3.2.9, R4.3.3; scenarios X01-X18, V05, V09, V10.
    """
    if facts.building.emergency is Emergency.FIRE:
        return Decision(verdict=Verdict.GRANT, reasons=(Because(code=Reason.EVACUATION),))
    if facts.visit is None:
        grave = tuple(_without_visit(facts))
        return Decision.of(grave, tuple(_slip_duty(facts, grave)))
    grave = tuple(_obstacles(facts, facts.visit, at))
    warnings = tuple(_warnings(facts, facts.visit, at))
    duties = () if grave else tuple(_duties(facts, facts.visit))
    return Decision.of(grave + warnings, duties)


def decide_leave(facts: ExitFacts, at: datetime) -> Decision:
    """Judge a temporary exit: all reading-room documents first, the slip stays (R3.1.5).

    Scenarios X08, X09.
    """
    decision = decide_exit(facts, at)
    handed_in = Task(code=Duty.HAND_IN_SLIP)
    if handed_in not in decision.duties:
        return decision
    others = tuple(task for task in decision.duties if task != handed_in)
    return replace(decision, duties=(Task(code=Duty.LEAVE_SLIP_AT_DESK), *others))


# --- Nothing known of a visit ----------------------------------------------------------------


def _without_visit(facts: ExitFacts) -> Iterator[Because]:
    """Nobody is kept in because the entry was not recorded (fault 18, X11, X16)."""
    if facts.lost_slip_confirmed:
        yield Because(code=Reason.SLIP_NOT_RETURNED)
    elif facts.staff_pass or _vouched_for(facts):
        yield Because(code=Reason.NO_ENTRY)
    elif facts.credential is None:
        yield Because(code=Reason.SLIP_MISSING)
    elif not _genuine_but_not_here(facts):
        yield Because(code=Reason.SLIP_UNKNOWN)
    if facts.carried_not_lent > 0:
        yield Because(code=Reason.CARRIED_NOT_LENT)
    if is_away_from_server(facts.freshness):
        yield Because(code=Reason.OFFLINE)


def _vouched_for(facts: ExitFacts) -> bool:
    """One of our tickets, or a slip of an event: event visitors have nothing on loan (R2.4)."""
    return facts.check is CodeCheck.GOOD and (facts.ticket_known or facts.event_slip)


def _genuine_but_not_here(facts: ExitFacts) -> bool:
    """A slip that one of our stations signed may be missing in an old copy (X13)."""
    slip = facts.credential is CredentialKind.SLIP_CODE and facts.check is CodeCheck.GOOD
    lenient = facts.policy.exit_on_old_counts is Verdict.GRANT
    return slip and lenient and is_away_from_server(facts.freshness)


def _slip_duty(facts: ExitFacts, reasons: tuple[Because, ...]) -> Iterator[Task]:
    shown = facts.credential is CredentialKind.SLIP_CODE
    if shown and Decision.of(reasons).verdict is Verdict.GRANT:
        yield Task(code=Duty.HAND_IN_SLIP)


# --- A visit is known ------------------------------------------------------------------------


def _obstacles(facts: ExitFacts, visit: VisitFacts, at: datetime) -> Iterator[Because]:
    owed = _owed(visit)
    stale = _counts_are_stale(facts, visit, at)
    if owed and not stale:
        yield Because(code=Reason.READING_ROOM_LOANS_OPEN, departments=owed)
    yield from _slip_obstacles(facts, visit, at)
    if facts.carried_not_lent > 0:
        yield Because(code=Reason.CARRIED_NOT_LENT)
    if _slip_not_shown(facts, visit):
        yield Because(code=Reason.SLIP_MISSING)
    lenient = facts.policy.exit_on_old_counts is Verdict.GRANT and not owed
    if stale and not lenient:
        yield Because(code=Reason.COPY_TOO_OLD, departments=owed)


def _owed(visit: VisitFacts) -> tuple[DepartmentCount, ...]:
    return tuple(out for out in visit.reading_room if out.count > 0)


def _slip_obstacles(facts: ExitFacts, visit: VisitFacts, at: datetime) -> Iterator[Because]:
    """A slip late by a day, or of a lane that saw nobody pass, is taken all the same."""
    late = visit.state in (VisitState.NOT_RETURNED, VisitState.NOT_PASSED)
    if facts.check is not CodeCheck.GOOD:
        yield Because(code=Reason.SLIP_UNKNOWN)
    if visit.slip_state is SlipState.VOID:
        yield Because(code=Reason.SLIP_VOID)
    elif not late and _is_over(visit) and not _may_go_again(facts, visit, at):
        yield Because(code=Reason.SLIP_CLOSED)


def _is_over(visit: VisitFacts) -> bool:
    return visit.slip_state is SlipState.CLOSED or not visit.is_open


def _may_go_again(facts: ExitFacts, visit: VisitFacts, at: datetime) -> bool:
    """A slip of today with which somebody went out already: as the library deals with that."""
    if visit.state is not VisitState.CLOSED or not is_of_day(visit, at, facts.policy):
        return False
    match facts.policy.inside_again:
        case InsideAgain.HARD:
            return False
        case InsideAgain.SOFT:
            return True
        case InsideAgain.TIMED:
            closed_at = visit.closed_at
            return closed_at is not None and at - closed_at >= facts.policy.inside_again_after


def _counts_are_stale(facts: ExitFacts, visit: VisitFacts, at: datetime) -> bool:
    """Loan counts older than a minute prove nothing (X13).

    They are as old as the copy away from the server, or as told where another system keeps them.
    """
    if visit.is_event_only:
        return False
    if visit.loans_as_of is None and not is_away_from_server(facts.freshness):
        return False
    as_of = visit.loans_as_of or facts.freshness.as_of
    return at - as_of > facts.policy.loan_counts_max_age


def _slip_not_shown(facts: ExitFacts, visit: VisitFacts) -> bool:
    """Readers hand in their slip; a lost one needs staff, but not at an event (V09, X06, X16)."""
    shown = facts.credential is CredentialKind.SLIP_CODE
    excused = facts.lost_slip_confirmed or facts.staff_pass or visit.is_event_only
    return not (shown or excused)


def _lost(facts: ExitFacts, visit: VisitFacts) -> bool:
    if facts.credential is CredentialKind.SLIP_CODE or facts.staff_pass:
        return False
    return facts.lost_slip_confirmed or visit.is_event_only


def _warnings(facts: ExitFacts, visit: VisitFacts, at: datetime) -> Iterator[Because]:
    if _lost(facts, visit):
        yield Because(code=Reason.SLIP_NOT_RETURNED)
    if _is_over(visit) and _may_go_again(facts, visit, at):
        yield Because(code=Reason.OUTSIDE_AGAIN)
    if is_away_from_server(facts.freshness):
        yield Because(code=Reason.OFFLINE)
    if visit.state is VisitState.NOT_PASSED:
        yield Because(code=Reason.NO_ENTRY)
    if visit.marks <= 0 and not (visit.is_event_only or facts.staff_pass):
        yield Because(code=Reason.NO_MARKS)
    if not is_of_day(visit, at, facts.policy):
        yield Because(code=Reason.SLIP_OF_OTHER_DAY)


_ITEM_DUTIES = {
    OwnItemKind.LAPTOP: Duty.SHOW_LAPTOP,
    OwnItemKind.FOLDER: Duty.OPEN_FOLDER,
    OwnItemKind.DOCUMENTS: Duty.SHOW_OWN_DOCUMENTS,
}


def _duties(facts: ExitFacts, visit: VisitFacts) -> Iterator[Task]:
    if facts.credential is CredentialKind.SLIP_CODE:
        yield Task(code=Duty.HAND_IN_SLIP)
    declared = {item.kind for item in visit.own_items}
    for kind, duty in _ITEM_DUTIES.items():
        if kind in declared:
            yield Task(code=duty)
    if visit.home_today > 0:
        yield Task(code=Duty.COUNT_DOCUMENTS, count=visit.home_today)
