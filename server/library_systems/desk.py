"""A department's desk where another system keeps the loans: it lends and takes back, we follow.

What it answered stands in our record at once, since the account is asked anew after every act.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.database import Database
from server.library_systems.contract import Circulation, Outcome
from server.library_systems.link import Link
from server.models import Loan, Patron, Ticket, Visit
from server.services import lending


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a scan."""

    outcome: Outcome
    returned: bool
    """It was taken back; otherwise lent, or refused."""
    document_id: int | None
    """As our own record knows it by now."""


def circulation(link: Link | None) -> Circulation | None:
    """Who lends, where that is not us."""
    system: object = None if link is None else link.system
    return system if isinstance(system, Circulation) else None


def scan(
    link: Link, system: Circulation, database: Database, visit_id: UUID | None, item: str, *,
    at: datetime,
) -> Done | None:  # fmt: skip
    """A document that is out comes back, whoever brings it; any other goes to the reader.

    None where there is no reader to lend it to. Raises SystemAway: nothing was done then, as far
    as is known.
    """
    holder = _holder(database, item)
    if holder is not None:
        outcome = link.within(
            lambda: system.take_back(item, at=at, within_s=link.deadline_s), at=at
        )
        link.refresh(holder, at=at)
        return Done(outcome, returned=True, document_id=_document(database, item))
    number = _reader(database, visit_id)
    if number is None:
        return None
    outcome = link.within(
        lambda: system.issue(number, item, at=at, within_s=link.deadline_s), at=at
    )
    link.refresh(number, at=at)
    return Done(outcome, returned=False, document_id=_document(database, item))


def renew(
    link: Link, system: Circulation, database: Database, loan_id: int, *, at: datetime
) -> Outcome | None:
    """Have a loan of the system renewed there (29). None for a loan that is ours or over.

    Raises SystemAway: nothing was done then, as far as is known.
    """
    with database.reading() as session:
        loan = session.get(Loan, loan_id)
        if loan is None or not loan.system or loan.returned_at is not None:
            return None
        item, number = loan.document.barcode, _number(loan.patron.tickets)
    if number is None:
        return None
    outcome = link.within(
        lambda: system.renew(number, item, at=at, within_s=link.deadline_s), at=at
    )
    link.refresh(number, at=at)
    return outcome


def leave(link: Link | None, database: Database, visit_id: UUID, *, at: datetime) -> None:
    """Tell the system that its reader was served (35); nobody waits for the answer."""
    system = circulation(link)
    number = None if system is None else _reader(database, visit_id)
    if link is not None and system is not None and number is not None:
        link.tell(lambda: system.leave(number, at=at, within_s=link.deadline_s))


def _holder(database: Database, item: str) -> str | None:
    """The ticket number of whoever has a document by the system's word."""
    with database.reading() as session:
        document = lending.find_document(session, item)
        loan = None if document is None else lending.open_loan(session, document.id)
        if not isinstance(loan, Loan) or not loan.system:
            return None
        return _number(session.get_one(Patron, loan.patron_id).tickets)


def _number(tickets: list[Ticket]) -> str | None:
    newest = max(tickets, key=lambda ticket: ticket.issued_at, default=None)
    return None if newest is None else newest.number


def _reader(database: Database, visit_id: UUID | None) -> str | None:
    with database.reading() as session:
        visit = None if visit_id is None else session.get(Visit, visit_id)
        return None if visit is None or visit.ticket is None else visit.ticket.number


def _document(database: Database, item: str) -> int | None:
    with database.reading() as session:
        document = lending.find_document(session, item)
        return None if document is None else document.id
