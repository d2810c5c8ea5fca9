"""Decisions at the door and at the desk: pure functions of facts and a time.

The same functions decide on a station, on the server and in "what if" views. The order of the
checks is the order of gravity in which reasons are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from gate.facts import (
    Because,
    BuildingFacts,
    ClockTrust,
    CodeCheck,
    CredentialKind,
    Decision,
    DocumentClass,
    Emergency,
    EntryFacts,
    EventFacts,
    ExitFacts,
    OldCopy,
    OwnItem,
    OwnItemKind,
    Policy,
    ServiceFacts,
    ServiceKind,
    SlipState,
    Source,
    Task,
    TicketClaims,
    TicketFacts,
    TicketKind,
    TicketState,
    VisitFacts,
    VisitState,
)
from gate.reasons import Duty, Reason, Verdict


def local_date(at: datetime, policy: Policy) -> date:
    """The library's calendar day of an instant; days are counted in local time (fault 20)."""
    return at.astimezone(policy.timezone).date()


# --- Entry -----------------------------------------------------------------------------------


def decide_entry(facts: EntryFacts, at: datetime) -> Decision:
    """Judge a scan, or a visitor without a ticket, at an entrance.

    `at` is the instant of the scan (aware UTC). Never raises, whatever the facts.
    Clauses R2.3, R2.4, R2.6, R3.1.2, R3.1.5, R4.3.3; scenarios E01-E49, V01-V08.
    """
    emergency = _emergency(facts.building)
    if emergency is not None:
        return emergency
    if facts.credential is None:
        return _visitor(facts, at)
    ticket = facts.ticket or _from_claims(facts)
    if ticket is None or facts.check is not CodeCheck.GOOD:
        return Decision.of((Because(code=_unreadable(facts.check)),))
    if ticket.kind is TicketKind.STAFF:
        return _staff(facts, ticket)
    returning = _returns_from_leave(facts, at)
    grave = tuple(_entry_obstacles(facts, ticket, at, returning=returning))
    warnings = tuple(_entry_warnings(facts, ticket, at))
    duties = tuple(_entry_duties(facts, grave, at, returning=returning))
    return Decision.of(grave + warnings, duties)


def _emergency(building: BuildingFacts) -> Decision | None:
    """Fire is judged first and alone; a shelter takes in anybody (E33)."""
    if building.emergency is Emergency.FIRE:
        return Decision.of((Because(code=Reason.EVACUATION),))
    if building.emergency is Emergency.AIR_RAID:
        code = Reason.SHELTER if building.has_shelter else Reason.NO_SHELTER
        return Decision.of((Because(code=code),))
    return None


def _visitor(facts: EntryFacts, at: datetime) -> Decision:
    """Without a ticket only an event or an open day admits (R2.4, R5.1.2)."""
    if facts.event is None and not facts.building.open_day:
        return Decision.of((Because(code=Reason.UNKNOWN_CODE),))
    grave = (
        *_closed(facts.building, at),
        *_full(facts),
        *_event_obstacles(facts.event, facts.persons, at),
    )
    offline = (Because(code=Reason.OFFLINE),) if facts.freshness.source is Source.COPY else ()
    return Decision.of(grave + offline, () if grave else (Task(code=Duty.PRINT_SLIP),))


def _from_claims(facts: EntryFacts) -> TicketFacts | None:
    """A signed ticket that the copy does not know yet is judged by its own claims (E08)."""
    claims = facts.claims
    if claims is None or facts.freshness.source is Source.SERVER:
        return None
    return ticket_from_claims(claims, facts.policy)


def ticket_from_claims(claims: TicketClaims, policy: Policy) -> TicketFacts:
    """What can be known of a ticket from its signed code alone."""
    return TicketFacts(
        ticket_id=claims.ticket_id,
        kind=claims.kind,
        state=TicketState.ACTIVE,
        valid_from=local_date(claims.issued, policy),
        valid_until=local_date(claims.expires - timedelta(microseconds=1), policy),
        registered_for=claims.registered_for,
        home_loans=claims.scope == "all",
    )


def _unreadable(check: CodeCheck) -> Reason:
    return Reason.BAD_SIGNATURE if check is CodeCheck.BAD_SIGNATURE else Reason.UNKNOWN_CODE


def _staff(facts: EntryFacts, ticket: TicketFacts) -> Decision:
    """Staff pass the door at any hour and without a slip, unless the pass itself is dead (E41)."""
    grave = tuple(_dead_ticket(ticket))
    weak = tuple(_weak(facts.credential))
    return Decision.of(grave + weak)


def _returns_from_leave(facts: EntryFacts, at: datetime) -> bool:
    """Back the same day from a temporary exit or an evacuation: the visit goes on (E44, X14)."""
    visit = facts.visit
    if visit is None or visit.state not in (VisitState.AWAY, VisitState.EVACUATED):
        return False
    return local_date(visit.opened_at, facts.policy) == local_date(at, facts.policy)


def _entry_obstacles(
    facts: EntryFacts, ticket: TicketFacts, at: datetime, *, returning: bool
) -> Iterator[Because]:
    yield from _dead_ticket(ticket)
    if ticket.ban is not None and ticket.ban.holds(at):
        yield Because(code=Reason.BANNED, until=ticket.ban.until)
    if facts.freshness.clock is ClockTrust.TRUSTED:
        yield from _closed(facts.building, at)
    yield from _dated_obstacles(facts, ticket, at)
    if not returning:
        yield from _inside_already(facts, at)
        yield from _full(facts)
    if facts.event is not None:
        yield from _event_obstacles(facts.event, facts.persons, at)
    yield from _agreement(facts, ticket, at)
    yield from _too_old(facts, at)
    yield from _needs_clock(facts, ticket)


def _dead_ticket(ticket: TicketFacts) -> Iterator[Because]:
    if ticket.state is TicketState.CANCELLED:
        yield Because(code=Reason.TICKET_CANCELLED)
    elif ticket.state in (TicketState.LOST, TicketState.REPLACED):
        yield Because(code=Reason.TICKET_REPLACED)


def _closed(building: BuildingFacts, at: datetime) -> Iterator[Because]:
    before = building.opens_at is not None and at < building.opens_at
    after = building.closes_at is not None and at >= building.closes_at
    if building.closed_today or before or after:
        opens = building.opens_at if before else None
        yield Because(code=Reason.CLOSED, until=opens)


def _dated_obstacles(facts: EntryFacts, ticket: TicketFacts, at: datetime) -> Iterator[Because]:
    today = local_date(at, facts.policy)
    if today < ticket.valid_from and facts.freshness.clock is ClockTrust.TRUSTED:
        yield Because(code=Reason.TICKET_NOT_STARTED)
    if today > ticket.valid_until:
        yield Because(code=Reason.TICKET_EXPIRED)
    if _registration_lapsed(ticket, today, facts.policy):
        yield Because(code=Reason.NOT_REREGISTERED)
    missing = ticket.consent_missing_until
    if missing is not None and today < missing:
        yield Because(code=Reason.CONSENT_MISSING)
    if not ticket.fee_paid:
        yield Because(code=Reason.FEE_UNPAID)


def _registration_lapsed(ticket: TicketFacts, today: date, policy: Policy) -> bool:
    """After the grace of January a ticket of last year needs re-registration (E20, E21)."""
    if ticket.kind is not TicketKind.PERMANENT or ticket.registered_for >= today.year:
        return False
    one_year_behind = ticket.registered_for == today.year - 1
    return not (one_year_behind and _in_grace(today, policy))


def _in_grace(today: date, policy: Policy) -> bool:
    return (today.month, today.day) <= policy.grace_until_month_day


def _inside_already(facts: EntryFacts, at: datetime) -> Iterator[Because]:
    """Admitted but not passed may try again at the same station (E05)."""
    visit = facts.visit
    if visit is None or not visit.is_open or _left_over(facts, at):
        return
    if visit.state is VisitState.ADMITTED and visit.station == facts.station:
        return
    yield Because(code=Reason.ALREADY_INSIDE)


def _left_over(facts: EntryFacts, at: datetime) -> bool:
    """A visit of another day still open: nobody closed it yet, and it keeps nobody out."""
    visit = facts.visit
    if visit is None or not visit.is_open:
        return False
    return local_date(visit.opened_at, facts.policy) != local_date(at, facts.policy)


def _full(facts: EntryFacts) -> Iterator[Because]:
    building = facts.building
    if facts.visit is not None and facts.visit.state is VisitState.ADMITTED:
        return
    if building.limit is not None and building.inside + facts.persons > building.limit:
        yield Because(code=Reason.BUILDING_FULL)


def _event_obstacles(event: EventFacts | None, persons: int, at: datetime) -> Iterator[Because]:
    if event is None:
        return
    if event.places_left is not None and event.places_left < persons:
        yield Because(code=Reason.EVENT_FULL)
    if at >= event.ends_at:
        yield Because(code=Reason.EVENT_OVER)
    elif at < event.opens_at:
        yield Because(code=Reason.EVENT_NOT_OPEN, until=event.opens_at)


def _agreement(facts: EntryFacts, ticket: TicketFacts, at: datetime) -> Iterator[Because]:
    until = ticket.agreement_until
    if until is not None and local_date(at, facts.policy) > until:
        yield Because(code=Reason.AGREEMENT_ENDED)


def _too_old(facts: EntryFacts, at: datetime) -> Iterator[Because]:
    if facts.freshness.source is not Source.COPY or facts.policy.old_copy is not OldCopy.DESK:
        return
    if at - facts.freshness.as_of > facts.policy.copy_max_age:
        yield Because(code=Reason.COPY_TOO_OLD)


def _needs_clock(facts: EntryFacts, ticket: TicketFacts) -> Iterator[Because]:
    """A day ticket can't be judged without knowing the day (E37, E38)."""
    untrusted = facts.freshness.clock is ClockTrust.UNTRUSTED
    if untrusted and ticket.kind is TicketKind.ONE_TIME:
        yield Because(code=Reason.CLOCK_UNTRUSTED)


def _entry_warnings(facts: EntryFacts, ticket: TicketFacts, at: datetime) -> Iterator[Because]:
    policy = facts.policy
    today = local_date(at, policy)
    if ticket.kind is TicketKind.PERMANENT:
        if ticket.registered_for == today.year - 1 and _in_grace(today, policy):
            yield Because(code=Reason.REREGISTER_SOON)
        if timedelta(0) <= ticket.valid_until - today <= timedelta(days=policy.expires_soon_days):
            yield Because(code=Reason.EXPIRES_SOON)
    if ticket.overdue_loans > 0:
        yield Because(code=Reason.LOANS_OVERDUE)
    if ticket.slip_not_returned or _left_over(facts, at):
        yield Because(code=Reason.SLIP_NOT_RETURNED)
    yield from _weak(facts.credential)
    if facts.freshness.source is Source.COPY:
        yield Because(code=Reason.OFFLINE)
    renew = ticket.document_to_renew_from
    if renew is not None and today >= renew:
        yield Because(code=Reason.DOCUMENT_TO_RENEW)
    yield from _closing(facts.building, at, policy)


def _weak(credential: CredentialKind | None) -> Iterator[Because]:
    if credential in (CredentialKind.CARD, CredentialKind.NUMBER):
        yield Because(code=Reason.WEAK_CREDENTIAL)


def _closing(building: BuildingFacts, at: datetime, policy: Policy) -> Iterator[Because]:
    closes = building.closes_at
    if closes is not None and closes - policy.closing_soon <= at < closes:
        yield Because(code=Reason.CLOSING_SOON, until=closes)


def _entry_duties(
    facts: EntryFacts, grave: tuple[Because, ...], at: datetime, *, returning: bool
) -> Iterator[Task]:
    codes = {because.code for because in grave}
    if Reason.BANNED in codes:
        yield Task(code=Duty.RETURN_AT_DESK)
    if codes == {Reason.ALREADY_INSIDE} and _same_station(facts):
        yield Task(code=Duty.OFFER_REPRINT)
    if grave:
        return
    if returning:
        yield Task(code=Duty.COLLECT_SLIP)
    elif facts.visit is None or not facts.visit.is_open or _left_over(facts, at):
        yield Task(code=Duty.PRINT_SLIP)
    else:
        yield Task(code=Duty.OFFER_REPRINT)
    yield from _item_duties_at_entry(facts.own_items)


def _same_station(facts: EntryFacts) -> bool:
    return facts.visit is not None and facts.visit.station == facts.station


def _item_duties_at_entry(items: Iterable[OwnItem]) -> Iterator[Task]:
    items = tuple(items)
    if any(item.approved_by is None for item in items):
        yield Task(code=Duty.APPROVE_OWN_ITEMS)
    if any(item.kind is OwnItemKind.LAPTOP for item in items):
        yield Task(code=Duty.SHOW_LAPTOP)


# --- Exit ------------------------------------------------------------------------------------


def decide_exit(facts: ExitFacts, at: datetime) -> Decision:
    """Judge a way out. Only documents of the library that may not leave refuse it.

    A ban, a debt or an expired ticket never does. Never raises, whatever the facts.
    Clauses R2.4, R3.1.4, R3.2.9; scenarios X01-X18, V05, V09, V10.
    """
    if facts.building.emergency is Emergency.FIRE:
        return Decision(verdict=Verdict.GRANT, reasons=(Because(code=Reason.EVACUATION),))
    visit = facts.visit
    if visit is None:
        return _exit_without_visit(facts)
    grave = tuple(_exit_obstacles(facts, visit, at))
    warnings = tuple(_exit_warnings(facts, visit, at))
    return Decision.of(grave + warnings, () if grave else tuple(_exit_duties(facts, visit)))


def decide_leave(facts: ExitFacts, at: datetime) -> Decision:
    """Judge a temporary exit: all reading-room documents first, the slip stays (R3.1.5).

    Scenarios X08, X09. Never raises, whatever the facts.
    """
    decision = decide_exit(facts, at)
    if facts.visit is None or decision.verdict is not Verdict.GRANT:
        return decision
    if facts.building.emergency is Emergency.FIRE:
        return decision
    kept = tuple(task for task in decision.duties if task.code is not Duty.HAND_IN_SLIP)
    return replace(decision, duties=(Task(code=Duty.LEAVE_SLIP_AT_DESK), *kept))


def _exit_without_visit(facts: ExitFacts) -> Decision:
    """Nobody is kept in because the entry was not recorded (fault 18, X11, X16)."""
    if facts.lost_slip_confirmed:
        return Decision.of((Because(code=Reason.SLIP_NOT_RETURNED),))
    if facts.credential is None:
        return Decision.of((Because(code=Reason.SLIP_MISSING),))
    if facts.ticket_known:
        return Decision.of((Because(code=Reason.NO_ENTRY),))
    offline = facts.freshness.source is Source.COPY and facts.check is CodeCheck.GOOD
    if offline and facts.policy.exit_on_old_counts is Verdict.GRANT:
        return Decision.of((Because(code=Reason.OFFLINE),), (Task(code=Duty.HAND_IN_SLIP),))
    return Decision.of((Because(code=Reason.SLIP_UNKNOWN),))


def _exit_obstacles(facts: ExitFacts, visit: VisitFacts, at: datetime) -> Iterator[Because]:
    stale = _counts_are_stale(facts, visit, at)
    if visit.reading_room and not stale:
        yield Because(code=Reason.READING_ROOM_LOANS_OPEN, departments=visit.reading_room)
    if facts.check is not CodeCheck.GOOD:
        yield Because(code=Reason.SLIP_UNKNOWN)
    if visit.slip_state is SlipState.VOID:
        yield Because(code=Reason.SLIP_VOID)
    elif visit.slip_state is SlipState.CLOSED or not visit.is_open:
        yield Because(code=Reason.SLIP_CLOSED)
    if facts.carried_not_lent > 0:
        yield Because(code=Reason.CARRIED_NOT_LENT)
    if _slip_not_shown(facts, visit):
        yield Because(code=Reason.SLIP_MISSING)
    lenient = facts.policy.exit_on_old_counts is Verdict.GRANT and not visit.reading_room
    if stale and not lenient:
        yield Because(code=Reason.COPY_TOO_OLD, departments=visit.reading_room)


def _counts_are_stale(facts: ExitFacts, visit: VisitFacts, at: datetime) -> bool:
    """Away from the server, loan counts older than a minute prove nothing (X13)."""
    if facts.freshness.source is Source.SERVER or visit.is_event_only:
        return False
    as_of = visit.loans_as_of or facts.freshness.as_of
    return at - as_of > facts.policy.loan_counts_max_age


def _slip_not_shown(facts: ExitFacts, visit: VisitFacts) -> bool:
    """Readers hand in their slip; a lost one needs staff, but not at an event (V09, X06, X16)."""
    shown = facts.credential is CredentialKind.SLIP_CODE
    return not (shown or facts.lost_slip_confirmed or visit.is_event_only)


def _exit_warnings(facts: ExitFacts, visit: VisitFacts, at: datetime) -> Iterator[Because]:
    if facts.credential is not CredentialKind.SLIP_CODE:
        yield Because(code=Reason.SLIP_NOT_RETURNED)
    if facts.freshness.source is Source.COPY:
        yield Because(code=Reason.OFFLINE)
    if visit.marks == 0 and not visit.is_event_only:
        yield Because(code=Reason.NO_MARKS)
    if local_date(visit.opened_at, facts.policy) != local_date(at, facts.policy):
        yield Because(code=Reason.SLIP_OF_OTHER_DAY)


_ITEM_DUTIES = {
    OwnItemKind.LAPTOP: Duty.SHOW_LAPTOP,
    OwnItemKind.FOLDER: Duty.OPEN_FOLDER,
    OwnItemKind.DOCUMENTS: Duty.SHOW_OWN_DOCUMENTS,
}


def _exit_duties(facts: ExitFacts, visit: VisitFacts) -> Iterator[Task]:
    if facts.credential is CredentialKind.SLIP_CODE:
        yield Task(code=Duty.HAND_IN_SLIP)
    declared = {item.kind for item in visit.own_items}
    for kind, duty in _ITEM_DUTIES.items():
        if kind in declared:
            yield Task(code=duty)
    if visit.home_today > 0:
        yield Task(code=Duty.COUNT_DOCUMENTS, count=visit.home_today)


# --- Service in a department -----------------------------------------------------------------


def decide_service(facts: ServiceFacts, at: datetime) -> Decision:
    """Judge a wish at a department's desk. A return is always taken (S12).

    Clauses R2.7, R3.1.1, R3.2.2, R3.2.3, R3.2.6, R3.2.7; scenarios S01-S14, V04.
    """
    if facts.kind is ServiceKind.RETURN:
        return Decision.of(())
    return Decision.of(tuple(_service_obstacles(facts, at)))


def home_loans_allowed(ticket: TicketFacts | None, at: datetime, policy: Policy) -> bool:
    """Whether this ticket may take documents home today (R1.7, R2.6, R2.7, S05, S14)."""
    if ticket is None or ticket.kind is not TicketKind.PERMANENT:
        return False
    registered = ticket.registered_for >= local_date(at, policy).year
    return ticket.home_loans and ticket.fee_paid and registered


def _service_obstacles(facts: ServiceFacts, at: datetime) -> Iterator[Because]:
    if facts.kind is not ServiceKind.RENEW:
        yield from _slip_obstacles(facts.visit)
    yield from _limit(facts)
    if facts.kind is ServiceKind.ISSUE_HOME:
        if facts.document_class is DocumentClass.ROOM_ONLY:
            yield Because(code=Reason.ROOM_ONLY)
        if not home_loans_allowed(facts.ticket, at, facts.policy):
            yield Because(code=Reason.HOME_LOANS_NOT_ALLOWED)
    if facts.held_for_other:
        yield Because(code=Reason.ON_HOLD_FOR_OTHER)
    if facts.kind is ServiceKind.ISSUE_HOME and _overdue_blocks(facts):
        yield Because(code=Reason.OVERDUE_BLOCKS_LOANS)
    if facts.kind is ServiceKind.STACK_REQUEST:
        yield from _stack(facts.building, at, facts.policy)


def _slip_obstacles(visit: VisitFacts | None) -> Iterator[Because]:
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
    ticket = facts.ticket
    return (
        facts.policy.overdue_blocks_home_loans and ticket is not None and ticket.overdue_loans > 0
    )


def _stack(building: BuildingFacts, at: datetime, policy: Policy) -> Iterator[Because]:
    closes = building.closes_at
    if closes is not None and at >= closes - policy.stack_stops_before_closing:
        yield Because(code=Reason.STACK_CLOSED, until=closes)
