"""From what somebody shows to the row that it stands for."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session, aliased

from gate.facts import CredentialKind, TicketKind, TicketState
from server.models import Credential, LostSlip, Ticket, Visit


def best_ticket(kind: object, value: object) -> Select[str]:
    """Query for the ticket that a card or number stands for: the best, where there are several.

    One that is active before any other, a permanent one before a day's, the newest (E30, E31).
    The arguments may be bind parameters.
    """
    ticket = aliased(Ticket, name="candidate")
    return (
        select(ticket.id)
        .join(Credential, Credential.ticket_id == ticket.id)
        .where(Credential.kind == kind, Credential.value == value)
        .order_by(
            case((ticket.state == TicketState.ACTIVE, 0), else_=1),
            case((ticket.kind == TicketKind.ONE_TIME, 1), else_=0),
            ticket.issued_at.desc(),
        )
        .limit(1)
    )


def ticket_id_of(session: Session, kind: CredentialKind, value: str) -> str | None:
    """The ticket for a credential of a reader; `value` is the ticket's id for a signed code."""
    if kind is CredentialKind.TICKET_CODE:
        return session.scalar(select(Ticket.id).where(Ticket.id == value))
    if kind in (CredentialKind.NUMBER, CredentialKind.CARD):
        return session.scalar(best_ticket(kind, value))
    return None


def open_visit_of(session: Session, ticket_id: str) -> UUID | None:
    """The open visit of a ticket; of two (fault 17) the one that has the right to be."""
    return session.scalar(
        select(Visit.id)
        .where(Visit.ticket_id == ticket_id, Visit.closed_at.is_(None))
        .order_by(Visit.parallel, Visit.opened_at.desc())
        .limit(1)
    )


def visit_of_slip(session: Session, slip_number: str) -> UUID | None:
    """The visit, in whatever state, for which a slip was issued, be it lost since (X07)."""
    visit_id = session.scalar(select(Visit.id).where(Visit.slip_number == slip_number))
    if visit_id is not None:
        return visit_id
    return session.scalar(select(LostSlip.visit_id).where(LostSlip.number == slip_number))
