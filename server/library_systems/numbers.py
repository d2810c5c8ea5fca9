"""Whose ticket number it is, as another system or machine tells it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.facts import CredentialKind
from server.models import Ticket
from server.services import lookup


def ticket_of(session: Session, number: str) -> Ticket | None:
    """The ticket with this printed number, or with it as one of its older numbers."""
    printed = session.scalar(select(Ticket).where(Ticket.number == number))
    if printed is not None:
        return printed
    ticket_id = lookup.ticket_id_of(session, CredentialKind.NUMBER, number)
    return None if ticket_id is None else session.get(Ticket, ticket_id)
