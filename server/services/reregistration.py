"""Yearly re-registration from 1 January: ticket, document, everything on loan, changes (R2.6).

It extends the year alone, never the five years. That a ticket waits for it needs no mass change:
its year is behind the calendar's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, joinedload

from gate.facts import TicketKind, TicketState
from server.database import Database
from server.models import (
    Concession,
    IdentityDocument,
    Loan,
    PaidFor,
    Patron,
    PaymentMethod,
    Registration,
    Ticket,
)
from server.services import audit, changes, enrolment_rules, guarantors, settings, tariffs
from server.services.by import By


class NotShown(Exception):
    """Documents on loan that were not shown; `loans` holds the ids."""

    def __init__(self, loans: Sequence[int]) -> None:
        super().__init__(f"{len(loans)} loans")
        self.loans = tuple(loans)


class NotWaiting(Exception):
    """The ticket is registered for this year already, or is none to be registered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was shown at the desk."""

    document: IdentityDocument
    certificate: bool = False
    loans: Collection[int] = ()
    """Ids of the loans whose documents were there."""
    method: PaymentMethod | None = None
    """None: not paid, the ticket keeps day rights only."""
    receipt_number: str = ""


def waiting(year: int) -> ColumnElement[bool]:
    """Condition for the tickets that wait for registration."""
    return and_(
        Ticket.kind == TicketKind.PERMANENT,
        Ticket.state == TicketState.ACTIVE,
        Ticket.registered_for < year,
    )


def count_waiting(session: Session, year: int) -> int:
    """How many tickets wait for this year's registration."""
    return session.scalar(select(func.count()).select_from(Ticket).where(waiting(year))) or 0


def loans_to_show(session: Session, patron_id: int) -> Sequence[Loan]:
    """Everything that the patron has out, what is due first at the top."""
    query = (
        select(Loan)
        .where(Loan.patron_id == patron_id, Loan.returned_at.is_(None))
        .order_by(Loan.due_on, Loan.id)
        .options(joinedload(Loan.document), joinedload(Loan.department))
    )
    return session.scalars(query).all()


def register(database: Database, ticket_id: str, shown: Shown, *, by: By) -> None:
    """Register a ticket for this year.

    Raises NotWaiting, NotShown, tariffs.Refused (no receipt, no guarantee), LookupError.
    """
    with database.writing() as session:
        ticket = session.get(Ticket, ticket_id, options=[joinedload(Ticket.patron)])
        if ticket is None:
            raise LookupError("no such ticket")
        today = settings.read(session).day(by.at)
        fits = ticket.kind is TicketKind.PERMANENT and ticket.state is TicketState.ACTIVE
        expired = ticket.valid_until < today
        if not fits or expired or not enrolment_rules.may_register(ticket.registered_for, today):
            raise NotWaiting(ticket.number)
        _guarantee_holds(session, ticket.patron, today)
        count = _all_loans(session, ticket.patron, shown)
        ticket.patron.identity_document = shown.document
        ticket.patron.document_renew_from = None
        ticket.fee_paid = _pay(session, ticket, shown, by)
        remember_year(session, ticket)
        ticket.registered_for = today.year
        session.add(
            Registration(
                ticket_id=ticket.id, year=today.year, category=ticket.patron.category,
                loans_shown=count, at=by.at, staff_id=by.staff_id,
            )
        )  # fmt: skip
        audit.record(
            session, at=by.at, actor=by.actor, action="ticket_registered",
            about=("ticket", ticket.id),
            details={"year": today.year, "loans": count, "document": shown.document},
        )  # fmt: skip
        changes.note_ticket(session, ticket.id)


def remember_year(session: Session, ticket: Ticket) -> None:
    """Where another system registered it: the year that is over is still to be counted."""
    former = ticket.registered_for
    mine = (Registration.ticket_id == ticket.id, Registration.year == former)
    if session.scalar(select(Registration.id).where(*mine)) is None:
        session.add(
            Registration(
                ticket_id=ticket.id, year=former, category=ticket.patron.category, loans_shown=0
            )
        )


def _guarantee_holds(session: Session, patron: Patron, today: date) -> None:
    """Where a minor needs somebody to answer, that is looked at every year anew (R1.5)."""
    below = settings.read(session).guarantee_below_age
    if enrolment_rules.is_below(patron.birth_date, below, today):
        until = guarantors.guarantee_until(session, patron.id)
        if until is None or until < today:
            raise tariffs.Refused("guarantee_ended")


def _all_loans(session: Session, patron: Patron, shown: Shown) -> int:
    out = [loan.id for loan in loans_to_show(session, patron.id)]
    absent = [loan_id for loan_id in out if loan_id not in shown.loans]
    if absent:
        raise NotShown(absent)
    return len(out)


def _pay(session: Session, ticket: Ticket, shown: Shown, by: By) -> bool:
    """Whether the year is paid for; a free category pays nothing, on its certificate."""
    if shown.certificate:
        tariffs.see_certificate(session, ticket.patron, by)
    library = settings.read(session)
    what, amount = tariffs.due(session, ticket.patron, ticket.kind, library, by.at)
    if what is Concession.FREE or amount == 0:
        return True
    if shown.method is None:
        return False
    tariffs.add_payment(
        session, ticket.patron, PaidFor.REREGISTRATION, amount, what, shown.method,
        shown.receipt_number, by,
    )  # fmt: skip
    return True


def pay_late(
    database: Database, ticket_id: str, method: PaymentMethod, receipt_number: str, *, by: By
) -> int:
    """The fee of a ticket that was issued or registered without it. Answers kopiykas.

    Raises NotWaiting where nothing is owed, tariffs.Refused without a receipt's number.
    """
    with database.writing() as session:
        ticket = session.get(Ticket, ticket_id, options=[joinedload(Ticket.patron)])
        if ticket is None:
            raise LookupError("no such ticket")
        if ticket.fee_paid or ticket.state is not TicketState.ACTIVE:
            raise NotWaiting(ticket.number)
        library = settings.read(session)
        what, amount = tariffs.due(session, ticket.patron, ticket.kind, library, by.at)
        tariffs.add_payment(
            session, ticket.patron, PaidFor.ENROLMENT, amount, what, method, receipt_number, by
        )
        ticket.fee_paid = True
        changes.note_ticket(session, ticket.id)
        return amount
