"""Asking the library system before a decision, for whoever is about to be judged."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gate.facts import CredentialKind
from server.database import Database
from server.library_systems.link import Link
from server.models import Ticket, Visit
from server.services import facts
from server.services.checks_facts import Shown


def before_check(link: Link, database: Database, shown: Shown, at: datetime) -> datetime | None:
    """Bring the loans of whoever shows this code up to date; see `Link.refresh`.

    None too where the code is nobody's.
    """
    value = shown.ticket_id or shown.slip_number or shown.value
    return before_facts(link, database, shown.credential, value, at)


def before_facts(
    link: Link, database: Database, kind: CredentialKind | None, value: str, at: datetime
) -> datetime | None:
    """The same for a credential as stations name it."""
    with database.reading() as session:
        number = _number(session, *facts.find(session, kind, value))
    return None if number is None else link.refresh(number, at=at)


def before_desk(link: Link, database: Database, visit_id: UUID, at: datetime) -> datetime | None:
    """The same for the reader of a visit."""
    with database.reading() as session:
        number = _number(session, None, visit_id)
    return None if number is None else link.refresh(number, at=at)


def _number(session: Session, ticket_id: str | None, visit_id: UUID | None) -> str | None:
    if visit_id is not None:
        visit = session.get(Visit, visit_id)
        ticket_id = None if visit is None else visit.ticket_id
    ticket = None if ticket_id is None else session.get(Ticket, ticket_id)
    return None if ticket is None else ticket.number
