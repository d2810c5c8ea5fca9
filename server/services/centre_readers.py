"""Whose visit it is that comes to the information centre, and whether it is served (C1.5, R2.4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gate.facts import CredentialKind, ServiceFacts, ServiceKind
from gate.reasons import Reason
from gate.rules import decide_service
from server.services import facts, lookup
from server.services.search import Found


def visit_shown(session: Session, kind: CredentialKind, value: str) -> UUID | None:
    """The visit of a slip, in whatever state, or the open one of a ticket."""
    if kind is CredentialKind.SLIP_CODE:
        return lookup.visit_of_slip(session, value)
    return _of_ticket(session, lookup.ticket_id_of(session, kind, value))


def visit_found(session: Session, found: Found) -> UUID | None:
    """The same for what was scanned at the desk; a lost slip stands for nobody (X07)."""
    if found.visit_id is not None:
        return None if found.void_number else found.visit_id
    return _of_ticket(session, found.ticket_id)


def _of_ticket(session: Session, ticket_id: str | None) -> UUID | None:
    return None if ticket_id is None else lookup.open_visit_of(session, ticket_id)


def refusal(session: Session, visit_id: UUID | None, at: datetime) -> Reason | None:
    """Why this visit has no right to a service of the centre; None where it has."""
    judged = ServiceFacts(
        kind=ServiceKind.INFORMATION,
        freshness=facts.fresh(at),
        visit=facts.of_visit(session, visit_id),
    )
    return next(iter(decide_service(judged, at).codes), None)
