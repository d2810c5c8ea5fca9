"""A ticket's life after its first day: lost, replaced, cancelled, and the making of a new one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.codes import new_ticket_id
from gate.facts import TicketKind, TicketState
from server.database import Database
from server.models import Patron, Registration, Ticket, Visit
from server.services import audit, changes, enrolment_rules, settings, tariffs
from server.services.by import By
from server.services.keys import Entropy
from server.services.tariffs import Receipt

_ID_BYTES = 6
_NUMBER_DIGITS = 8
_TRIES = 50


class CancelReason(StrEnum):
    """Why a ticket ends before its term."""

    WISH = "wish"
    MOVED = "moved"
    DECEASED = "deceased"
    MISTAKE = "mistake"


class NotPossible(Exception):
    """The ticket's state does not allow it; the message is a code."""


def make(
    session: Session, patron: Patron, kind: TicketKind, *, paid: bool, by: By, entropy: Entropy
) -> Ticket:
    """Make a ticket that begins today, registered for this year (R2.3.1, R2.3.2)."""
    library = settings.read(session)
    today = library.day(by.at)
    ticket = Ticket(
        id=new_ticket_id(entropy(_ID_BYTES)), number=_free_number(session, entropy),
        patron_id=patron.id, kind=kind, state=TicketState.ACTIVE, issued_at=by.at,
        valid_from=today, valid_until=enrolment_rules.last_day(kind, today, library),
        registered_for=today.year, fee_paid=paid,
    )  # fmt: skip
    session.add(ticket)
    session.flush()
    session.add(
        Registration(
            ticket_id=ticket.id,
            year=today.year,
            category=patron.category,
            loans_shown=0,
            at=by.at,
            staff_id=by.staff_id,
        )
    )
    _note(session, ticket, "ticket_issued", by, {"kind": kind, "paid": paid})
    return ticket


def _free_number(session: Session, entropy: Entropy) -> str:
    """Eight digits that say nothing and can't be counted up from another's (threat 3)."""
    for _ in range(_TRIES):
        digits = int.from_bytes(entropy(8)) % 10**_NUMBER_DIGITS
        number = f"{digits:0{_NUMBER_DIGITS}}"
        taken = select(Ticket.id).where(Ticket.number == number)
        if session.scalar(taken) is None:
            return number
    raise NotPossible("no_number_left")


def report_lost(database: Database, ticket_id: str, *, by: By) -> None:
    """From now on nothing of this ticket opens a door: neither its QR nor its card (R2.3.1)."""
    with database.writing() as session:
        ticket = _in_state(session, ticket_id, TicketState.ACTIVE)
        _set(session, ticket, TicketState.LOST, by)
        _note(session, ticket, "ticket_lost", by)


def found_again(database: Database, ticket_id: str, *, by: By) -> None:
    """A lost ticket came back before a duplicate was made."""
    with database.writing() as session:
        ticket = _in_state(session, ticket_id, TicketState.LOST)
        _set(session, ticket, TicketState.ACTIVE, by)
        _note(session, ticket, "ticket_found", by)


def duplicate(
    database: Database, ticket_id: str, *, damaged: bool, by: By, entropy: Entropy,
    receipt: Receipt | None = None,
) -> str:  # fmt: skip
    """Make a duplicate with the old terms; the old one is dead at once (R2.3.1, E11, E12).

    A visit that goes on is the new ticket's. Cards stay with the old ticket until somebody lays
    them down again. `receipt`: the fee was paid. Raises NotPossible, tariffs.Refused, LookupError.
    """
    with database.writing() as session:
        old = _in_state(session, ticket_id, TicketState.ACTIVE, TicketState.LOST)
        if receipt is not None:
            tariffs.pay_duplicate(session, old.patron, receipt, by)
        new = Ticket(
            id=new_ticket_id(entropy(_ID_BYTES)), number=_free_number(session, entropy),
            patron_id=old.patron_id, kind=old.kind, state=TicketState.ACTIVE, issued_at=by.at,
            valid_from=old.valid_from, valid_until=old.valid_until,
            registered_for=old.registered_for, fee_paid=old.fee_paid,
        )  # fmt: skip
        session.add(new)
        session.flush()
        old.replaced_by = new.id
        _set(session, old, TicketState.REPLACED, by)
        _move_visits(session, old, new)
        reason = "damaged" if damaged else "lost"
        _note(session, old, "ticket_replaced", by, {"by": new.id, "reason": reason})
        changes.note_ticket(session, new.id)
        return new.id


def _move_visits(session: Session, old: Ticket, new: Ticket) -> None:
    going_on = select(Visit).where(Visit.ticket_id == old.id, Visit.closed_at.is_(None))
    for visit in session.scalars(going_on):
        visit.ticket_id = new.id
        changes.note_visit(session, visit.id)


def cancel(database: Database, ticket_id: str, reason: CancelReason, *, by: By) -> None:
    """End a ticket for good; what is on loan stays on loan. Raises NotPossible, LookupError."""
    with database.writing() as session:
        ticket = _in_state(session, ticket_id, TicketState.ACTIVE, TicketState.LOST)
        _set(session, ticket, TicketState.CANCELLED, by)
        _note(session, ticket, "ticket_cancelled", by, {"reason": reason})


def _in_state(session: Session, ticket_id: str, *states: TicketState) -> Ticket:
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise LookupError("no such ticket")
    if ticket.state not in states:
        raise NotPossible(f"ticket_{ticket.state}")
    return ticket


def _set(session: Session, ticket: Ticket, state: TicketState, by: By) -> None:
    ticket.state, ticket.state_since = state, by.at
    changes.note_ticket(session, ticket.id)


def _note(
    session: Session,
    ticket: Ticket,
    action: str,
    by: By,
    details: Mapping[str, Any] | None = None,
) -> None:
    audit.record(
        session, at=by.at, actor=by.actor, action=action, about=("ticket", ticket.id),
        details=details,
    )  # fmt: skip
