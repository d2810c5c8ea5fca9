"""The way in: tickets, event visitors, staff, slips of those who come back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from gate.facts import (
    Because,
    BuildingFacts,
    ClockTrust,
    CodeCheck,
    CredentialKind,
    Decision,
    Emergency,
    EntryFacts,
    InsideAgain,
    OwnItem,
    OwnItemKind,
    Policy,
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
from gate.reasons import Duty, Reason
from gate.rules.days import in_grace, is_away_from_server, is_of_day, local_date
from gate.rules.doors import (
    closed,
    closing_soon,
    event_obstacles,
    full,
    hall_full,
    needs_clock,
    too_old,
)


def decide_entry(facts: EntryFacts, at: datetime) -> Decision:
    """Judge a scan, or a visitor without a ticket, at an entrance.

    `at` is the instant of the scan (aware UTC); by an untrusted clock it is the last good time.
    Clauses R2.3, R2.4, R2.6, R3.1.2, R3.1.5, R4.3.3; scenarios E01-E49, V01-V08.
    """
    emergency = _emergency(facts.building, facts.persons)
    if emergency is not None:
        return emergency
    if facts.credential is None:
        return _visitor(facts, at)
    if facts.check is not CodeCheck.GOOD:
        return Decision.of((Because(code=_unreadable(facts.check)),))
    ticket = facts.ticket or _from_claims(facts)
    if ticket is None:
        return _event_slip(facts, at)
    if ticket.kind is TicketKind.STAFF:
        return _staff(facts, ticket, at)
    grave = tuple(_obstacles(facts, ticket, at))
    warnings = tuple(_warnings(facts, ticket, at))
    return Decision.of(grave + warnings, tuple(_duties(facts, grave, at)))


def choose_ticket(
    tickets: Iterable[TicketFacts], at: datetime, policy: Policy
) -> TicketFacts | None:
    """Which of the tickets linked to one card is meant (E30, E31).

    One good today before the others, the permanent before the one-time, the longest valid before
    the shorter; None where there are no tickets.
    """

    def rank(ticket: TicketFacts) -> tuple[bool, bool, bool, date, str]:
        return (
            ticket.state is TicketState.ACTIVE,
            local_date(at, policy) <= ticket.valid_until,
            ticket.kind is not TicketKind.ONE_TIME,
            ticket.valid_until,
            ticket.ticket_id,
        )

    return max(tickets, key=rank, default=None)


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


def _from_claims(facts: EntryFacts) -> TicketFacts | None:
    """A signed ticket that the copy does not know yet is judged by its own claims (E08, E43)."""
    if facts.claims is None or facts.freshness.source is Source.SERVER:
        return None
    return ticket_from_claims(facts.claims, facts.policy)


def _emergency(building: BuildingFacts, persons: int) -> Decision | None:
    """Fire is judged first and alone; a shelter takes in anybody, as long as they fit (E33)."""
    if building.emergency is Emergency.FIRE:
        return Decision.of((Because(code=Reason.EVACUATION),))
    if building.emergency is Emergency.AIR_RAID:
        return Decision.of((Because(code=shelter_code(building, persons)),))
    return None


def shelter_code(building: BuildingFacts, persons: int = 1) -> Reason:
    """What an air raid means for somebody at the door."""
    if not building.has_shelter:
        return Reason.NO_SHELTER
    return Reason.SHELTER if building.shelter.has_room_for(persons) else Reason.SHELTER_FULL


def _unreadable(check: CodeCheck) -> Reason:
    return Reason.BAD_SIGNATURE if check is CodeCheck.BAD_SIGNATURE else Reason.UNKNOWN_CODE


# --- Without a ticket ------------------------------------------------------------------------


def _visitor(facts: EntryFacts, at: datetime) -> Decision:
    """Without a ticket only an event or an open day admits (R2.4, R5.1.2, E34)."""
    if facts.event is None and not facts.building.open_day:
        return Decision.of((Because(code=Reason.UNKNOWN_CODE),))
    places = (*full(facts), *hall_full(facts), *event_obstacles(facts, at))
    grave = (*closed(facts, at), *places, *too_old(facts, at))
    warnings = (*_offline(facts), *closing_soon(facts, at))
    duties = (Task(code=Duty.PRINT_SLIP), *_item_duties(facts.own_items))
    return Decision.of(grave + warnings, () if grave else duties)


def _event_slip(facts: EntryFacts, at: datetime) -> Decision:
    """A code with no ticket behind it: at best an event visitor's slip, back from outside (X14)."""
    visit = facts.visit
    if facts.credential is not CredentialKind.SLIP_CODE or visit is None:
        return Decision.of((Because(code=Reason.UNKNOWN_CODE),))
    grave = (*_slip_obstacles(facts, at), *_inside_already(facts, at), *closed(facts, at))
    duties = () if grave else tuple(_slip_back(visit))
    return Decision.of(grave + tuple(_offline(facts)), duties)


# --- Staff -----------------------------------------------------------------------------------


def _staff(facts: EntryFacts, ticket: TicketFacts, at: datetime) -> Decision:
    """Staff pass at any hour, as often as they like, without a slip; not with a dead pass (E41)."""
    grave = [*_dead_ticket(ticket), *_banned(facts, ticket, at)]
    if local_date(at, facts.policy) > ticket.valid_until:
        grave.append(Because(code=Reason.TICKET_EXPIRED))
    return Decision.of((*grave, *_weak(facts), *_offline(facts)))


# --- What stops a ticket ---------------------------------------------------------------------


def _obstacles(facts: EntryFacts, ticket: TicketFacts, at: datetime) -> Iterator[Because]:
    yield from _dead_ticket(ticket)
    yield from _banned(facts, ticket, at)
    yield from closed(facts, at)
    yield from _dated_obstacles(facts, ticket, at)
    yield from _slip_obstacles(facts, at)
    yield from _inside_already(facts, at)
    yield from _place_obstacles(facts, at)
    until = ticket.agreement_until
    if until is not None and local_date(at, facts.policy) > until:
        yield Because(code=Reason.AGREEMENT_ENDED)
    yield from too_old(facts, at)
    if ticket.kind is TicketKind.ONE_TIME:
        yield from needs_clock(facts)


def _dead_ticket(ticket: TicketFacts) -> Iterator[Because]:
    if ticket.state is TicketState.CANCELLED:
        yield Because(code=Reason.TICKET_CANCELLED)
    elif ticket.state in (TicketState.LOST, TicketState.REPLACED):
        yield Because(code=Reason.TICKET_REPLACED)


def _banned(facts: EntryFacts, ticket: TicketFacts, at: datetime) -> Iterator[Because]:
    """By an untrusted clock, a ban that is still to begin may have begun."""
    ban = ticket.ban
    if ban is None:
        return
    if ban.holds(at):
        yield Because(code=Reason.BANNED, until=ban.until)
    elif at < ban.since:
        yield from needs_clock(facts)


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
    return not (one_year_behind and in_grace(today, policy))


def _slip_obstacles(facts: EntryFacts, at: datetime) -> Iterator[Because]:
    """A slip shown instead of a ticket must be the open one of a visit of today."""
    visit = facts.visit
    if facts.credential is not CredentialKind.SLIP_CODE:
        return
    if visit is None:
        yield Because(code=Reason.SLIP_UNKNOWN)
    elif visit.slip_state is SlipState.VOID:
        yield Because(code=Reason.SLIP_VOID)
    elif visit.slip_state is SlipState.CLOSED or _visit_today(facts, at) is None:
        yield Because(code=Reason.SLIP_CLOSED)


# --- The visit that may go on ----------------------------------------------------------------


def _visit_today(facts: EntryFacts, at: datetime) -> VisitFacts | None:
    """The open visit of this very day. One of another day is left over and keeps nobody out."""
    visit = facts.visit
    if visit is None or not visit.is_open or not is_of_day(visit, at, facts.policy):
        return None
    return visit


def _returns(facts: EntryFacts, at: datetime) -> bool:
    """Back the same day from a temporary exit or an evacuation: the visit goes on (E44, X14)."""
    visit = _visit_today(facts, at)
    return visit is not None and visit.state in (VisitState.AWAY, VisitState.EVACUATED)


def _place_obstacles(facts: EntryFacts, at: datetime) -> Iterator[Because]:
    """Places in house and hall, for those who do not have theirs already."""
    if _returns(facts, at):
        return
    visit = _visit_today(facts, at)
    if visit is None:
        yield from full(facts)
    event = None if facts.event is None else facts.event.event_id
    place_taken = visit is not None and visit.event_id == event
    if not place_taken:
        yield from hall_full(facts)
    yield from event_obstacles(facts, at, place_taken=place_taken)


def _inside_already(facts: EntryFacts, at: datetime) -> Iterator[Because]:
    """Admitted but not passed may try again at the same station (E05)."""
    visit = _visit_inside(facts, at)
    if visit is not None and _is_kept_out(visit, at, facts.policy):
        yield Because(code=Reason.ALREADY_INSIDE)


def _inside_again(facts: EntryFacts, at: datetime) -> Iterator[Because]:
    """Where the library lets the ticket of somebody inside pass, staff are told (E06)."""
    visit = _visit_inside(facts, at)
    if visit is not None and not _is_kept_out(visit, at, facts.policy):
        yield Because(code=Reason.INSIDE_AGAIN)


def _visit_inside(facts: EntryFacts, at: datetime) -> VisitFacts | None:
    """The visit of today whose reader is inside, as far as anybody knows."""
    visit = _visit_today(facts, at)
    if visit is None or _returns(facts, at):
        return None
    tries_again = visit.state is VisitState.ADMITTED and visit.station == facts.station
    return None if tries_again else visit


def _is_kept_out(visit: VisitFacts, at: datetime, policy: Policy) -> bool:
    match policy.inside_again:
        case InsideAgain.HARD:
            return True
        case InsideAgain.SOFT:
            return False
        case InsideAgain.TIMED:
            return at - visit.opened_at < policy.inside_again_after


# --- What is said besides --------------------------------------------------------------------


def _warnings(facts: EntryFacts, ticket: TicketFacts, at: datetime) -> Iterator[Because]:
    today = local_date(at, facts.policy)
    if ticket.kind is TicketKind.PERMANENT:
        yield from _dated_warnings(ticket, today, facts.policy)
    if ticket.overdue_loans > 0:
        yield Because(code=Reason.LOANS_OVERDUE)
    if ticket.slip_not_returned or _slip_kept(facts, at):
        yield Because(code=Reason.SLIP_NOT_RETURNED)
    yield from _weak(facts)
    yield from _inside_again(facts, at)
    yield from _offline(facts)
    renew = ticket.document_to_renew_from
    if renew is not None and today >= renew:
        yield Because(code=Reason.DOCUMENT_TO_RENEW)
    yield from closing_soon(facts, at)


def _dated_warnings(ticket: TicketFacts, today: date, policy: Policy) -> Iterator[Because]:
    if ticket.registered_for == today.year - 1 and in_grace(today, policy):
        yield Because(code=Reason.REREGISTER_SOON)
    if timedelta(0) <= ticket.valid_until - today <= timedelta(days=policy.expires_soon_days):
        yield Because(code=Reason.EXPIRES_SOON)


def _slip_kept(facts: EntryFacts, at: datetime) -> bool:
    """A visit left over from another day took its slip along, unless it lies at the desk (X10)."""
    visit = facts.visit
    if visit is None or not visit.is_open or visit.state is VisitState.AWAY:
        return False
    return _visit_today(facts, at) is None


def _weak(facts: EntryFacts) -> Iterator[Because]:
    if facts.credential in (CredentialKind.CARD, CredentialKind.NUMBER):
        yield Because(code=Reason.WEAK_CREDENTIAL)


def _offline(facts: EntryFacts) -> Iterator[Because]:
    if is_away_from_server(facts.freshness):
        yield Because(code=Reason.OFFLINE)


# --- What is to be done ----------------------------------------------------------------------


def _duties(facts: EntryFacts, grave: tuple[Because, ...], at: datetime) -> Iterator[Task]:
    if grave:
        yield from _duties_refused(facts, {because.code for because in grave})
        return
    visit = _visit_today(facts, at)
    if visit is None:
        yield Task(code=Duty.PRINT_SLIP)
    elif _returns(facts, at):
        yield from _slip_back(visit)
    else:
        yield Task(code=Duty.OFFER_REPRINT)
    yield from _item_duties(facts.own_items)


def _duties_refused(facts: EntryFacts, codes: set[Reason]) -> Iterator[Task]:
    if Reason.BANNED in codes:
        yield Task(code=Duty.RETURN_AT_DESK)
    same_station = facts.visit is not None and facts.visit.station == facts.station
    if codes == {Reason.ALREADY_INSIDE} and same_station:
        yield Task(code=Duty.OFFER_REPRINT)


def _slip_back(visit: VisitFacts) -> Iterator[Task]:
    """Who left for a while left the slip at the desk; who was evacuated has it on them."""
    if visit.state is VisitState.AWAY:
        yield Task(code=Duty.COLLECT_SLIP)


def _item_duties(items: tuple[OwnItem, ...]) -> Iterator[Task]:
    if any(item.approved_by is None for item in items):
        yield Task(code=Duty.APPROVE_OWN_ITEMS)
    if any(item.kind is OwnItemKind.LAPTOP for item in items):
        yield Task(code=Duty.SHOW_LAPTOP)
