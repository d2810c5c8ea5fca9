"""E-tickets: the code of a ticket, signed with the key of the day."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from gate.codes import sign_ticket
from gate.facts import TicketClaims, TicketKind
from server.database import Database
from server.models import Ticket
from server.services import audit, keys, people, settings


class UnknownTicket(LookupError):
    """There is no ticket with this number."""


def issue_code(
    database: Database, number: str, keys_directory: Path, *, actor: str, at: datetime
) -> str:
    """Sign the code of a ticket, by the number that people read. The audit log keeps who asked.

    Every code of a ticket is as good as any other. Raises UnknownTicket, keys.NoSigningKey.
    """
    with database.writing() as session:
        ticket = by_number(session, number)
        code = sign(session, ticket, keys_directory, at=at)
        audit.record(
            session, at=at, actor=actor, action="ticket_code_issued", about=("ticket", ticket.id)
        )
        return code


def sign(session: Session, ticket: Ticket, keys_directory: Path, *, at: datetime) -> str:
    """The code of a ticket whose patron is loaded. Raises keys.NoSigningKey."""
    return sign_ticket(_claims(session, ticket, at), keys.signing_key(session, keys_directory))


def by_number(session: Session, number: str) -> Ticket:
    """A ticket with its patron. Raises UnknownTicket."""
    ticket = session.scalar(
        select(Ticket).where(Ticket.number == number.strip()).options(joinedload(Ticket.patron))
    )
    if ticket is None:
        raise UnknownTicket(f"no ticket with the number {number}")
    return ticket


def _claims(session: Session, ticket: Ticket, at: datetime) -> TicketClaims:
    zone = settings.read(session).zone
    after = ticket.valid_until + timedelta(days=1)
    return TicketClaims(
        ticket_id=ticket.id,
        kind=ticket.kind,
        issued=at,
        expires=datetime.combine(after, time.min, tzinfo=zone).astimezone(UTC),
        registered_for=ticket.registered_for,
        scope="all" if _takes_home(ticket) else "reading_rooms",
    )


def _takes_home(ticket: Ticket) -> bool:
    """What a station without the server may print of loans home (R1.7, R2.3.2, S05)."""
    day_ticket = ticket.kind is TicketKind.ONE_TIME
    return not day_ticket and people.may_take_home(ticket.patron.residence)
