"""A reader signs up for an event at a station, by the ticket alone (R4.1.11)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from gate.events import SignupAnswer, SignupOutcome, SignupQuery
from gate.facts import TicketState
from server.database import Database
from server.models import EventOfDay, EventSignup, Ticket
from server.services import facts, lookup, settings, signup_list


def ask(database: Database, query: SignupQuery, *, station: str, at: datetime) -> SignupAnswer:
    """Put the reader on the list, or take them off; asked again it changes nothing."""
    with database.writing() as session:
        event = session.get(EventOfDay, query.event_id, with_for_update=True)
        if event is None or event.cancelled_at is not None or event.starts_at <= at:
            return SignupAnswer(outcome=SignupOutcome.OVER)
        patron_id = _patron(session, query, at)
        if patron_id is None:
            return SignupAnswer(outcome=SignupOutcome.DESK)
        outcome = _settle(session, event, patron_id, query, f"station:{station}", at)
        entry = signup_list.of_patron(session, event.id, patron_id)
        return SignupAnswer(
            outcome=outcome, places_left=signup_list.places_left(session, event, at),
            turn=None if entry is None else signup_list.turn(session, entry),
        )  # fmt: skip


def _patron(session: Session, query: SignupQuery, at: datetime) -> int | None:
    """Whose ticket it is; None for a ticket that opens nothing, and for whoever is banned."""
    ticket_id = lookup.ticket_id_of(session, query.credential, query.value)
    known = facts.of_ticket(session, ticket_id, settings.read(session), at=at)
    if known is None or known.state is not TicketState.ACTIVE:
        return None
    if known.ban is not None and known.ban.holds(at):
        return None
    return session.get_one(Ticket, known.ticket_id).patron_id


def _settle(
    session: Session, event: EventOfDay, patron_id: int, query: SignupQuery, actor: str,
    at: datetime,
) -> SignupOutcome:  # fmt: skip
    entry = signup_list.of_patron(session, event.id, patron_id)
    if query.cancel:
        if entry is not None and entry.came_at is None:
            entry.cancelled_at = at
            signup_list.note(session, entry, "event_signed_off", actor, at)
            signup_list.move_up(session, event, at)
        return SignupOutcome.CANCELLED
    signup_list.move_up(session, event, at)
    if entry is not None:
        return SignupOutcome.FULL if entry.waits else SignupOutcome.ALREADY
    left = signup_list.places_left(session, event, at)
    is_full = left is not None and left < 1
    if is_full and not query.wait:
        return SignupOutcome.FULL
    entry = EventSignup(event_id=event.id, patron_id=patron_id, persons=1, at=at, waits=is_full)
    session.add(entry)
    signup_list.note(session, entry, "event_signed_up", actor, at)
    return SignupOutcome.FULL if is_full else SignupOutcome.SIGNED_UP
