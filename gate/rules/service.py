"""Service in a department: issue, renewal, request from the stack, return."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from gate.facts import (
    Because,
    BuildingFacts,
    Decision,
    DocumentClass,
    Policy,
    ServiceFacts,
    ServiceKind,
    SlipState,
    TicketFacts,
    TicketKind,
    VisitFacts,
    VisitState,
)
from gate.reasons import Reason
from gate.rules.days import local_date


def decide_service(facts: ServiceFacts, at: datetime) -> Decision:
    """Judge a wish at a department's desk. A return is always taken (S12).

    Clauses R2.7, R3.1.1, R3.2.2, R3.2.3, R3.2.6, R3.2.7, C1.5; scenarios S01-S14, V04.
    """
    if facts.kind is ServiceKind.RETURN:
        return Decision.of(())
    return Decision.of(tuple(_obstacles(facts, at)))


def home_loans_allowed(ticket: TicketFacts | None, at: datetime, policy: Policy) -> bool:
    """Whether this ticket may take documents home today (R1.7, R2.6, R2.7, S05, S14)."""
    if ticket is None or ticket.kind is not TicketKind.PERMANENT:
        return False
    registered = ticket.registered_for >= local_date(at, policy).year
    return ticket.home_loans and ticket.fee_paid and registered


def _obstacles(facts: ServiceFacts, at: datetime) -> Iterator[Because]:
    if facts.kind is not ServiceKind.RENEW:
        yield from _slip(facts.visit)
    yield from _limit(facts)
    home = facts.kind is ServiceKind.ISSUE_HOME
    if home and facts.document_class is DocumentClass.ROOM_ONLY:
        yield Because(code=Reason.ROOM_ONLY)
    if home and not home_loans_allowed(facts.ticket, at, facts.policy):
        yield Because(code=Reason.HOME_LOANS_NOT_ALLOWED)
    if facts.held_for_other:
        yield Because(code=Reason.ON_HOLD_FOR_OTHER)
    if home and _overdue_blocks(facts):
        yield Because(code=Reason.OVERDUE_BLOCKS_LOANS)
    if facts.kind is ServiceKind.STACK_REQUEST:
        yield from _stack(facts.building, at, facts.policy)


def _slip(visit: VisitFacts | None) -> Iterator[Because]:
    """Ticket and slip together entitle to service (R3.1.1); an event slip to none (R2.4)."""
    usable = (VisitState.ADMITTED, VisitState.INSIDE)
    if visit is None or visit.state not in usable or visit.slip_state is not SlipState.OPEN:
        yield Because(code=Reason.NO_OPEN_SLIP)
    elif visit.is_event_only:
        yield Because(code=Reason.EVENT_SLIP_NO_SERVICE)


def _limit(facts: ServiceFacts) -> Iterator[Because]:
    policy = facts.policy
    reading = facts.kind is ServiceKind.ISSUE_READING_ROOM
    home = facts.kind is ServiceKind.ISSUE_HOME
    if (reading and facts.reading_room_out >= policy.reading_room_limit) or (
        home and facts.home_out >= policy.home_limit
    ):
        yield Because(code=Reason.LIMIT_REACHED)


def _overdue_blocks(facts: ServiceFacts) -> bool:
    overdue = facts.ticket is not None and facts.ticket.overdue_loans > 0
    return overdue and facts.policy.overdue_blocks_home_loans


def _stack(building: BuildingFacts, at: datetime, policy: Policy) -> Iterator[Because]:
    closes = building.closes_at
    late = closes is not None and closes - at <= policy.stack_stops_before_closing
    if building.closed_today or late:
        yield Because(code=Reason.STACK_CLOSED, until=closes)
