"""All that the desk did for a reader, in one record: who, when, by which text (R2.2, R2.3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.models import (
    AuditRecord,
    Consent,
    Enrolment,
    EnrolmentStep,
    Payment,
    Registration,
    Ticket,
)


class Kind(StrEnum):
    """What was done."""

    STEP = "step"
    CONSENT = "consent"
    CHANGE = "change"
    DOCUMENT = "document"
    GUARANTEE = "guarantee"
    PAYMENT = "payment"
    REGISTRATION = "registration"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the record; `details` holds codes and versions, nothing personal."""

    kind: Kind
    at: datetime
    actor: str
    """`staff:7`, `reader`, `system`."""
    what: str
    """Step, purpose, action; for a payment what it was for."""
    details: dict[str, Any]


_OF_PATRON = {
    "patron_changed": Kind.CHANGE,
    "document_shown": Kind.DOCUMENT,
    "guarantee_noted": Kind.GUARANTEE,
    "guardian_consent_noted": Kind.GUARANTEE,
}
_OF_TICKET = (
    "ticket_lost", "ticket_found", "ticket_replaced", "ticket_cancelled", "credential_linked",
    "credential_unlinked", "ticket_kept_on_phone", "ticket_links_revoked",
)  # fmt: skip


def of_patron(session: Session, patron_id: int) -> Sequence[Entry]:
    """The whole record, the newest first."""
    entries = [
        *_steps(session, patron_id), *_consents(session, patron_id),
        *_payments(session, patron_id), *_registrations(session, patron_id),
        *_audited(session, patron_id),
    ]  # fmt: skip
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _steps(session: Session, patron_id: int) -> list[Entry]:
    rows = session.scalars(
        select(EnrolmentStep).join(Enrolment).where(Enrolment.patron_id == patron_id)
    )
    return [
        Entry(kind=Kind.STEP, at=row.at, actor=_staff(row.staff_id), what=row.step,
              details=row.details)
        for row in rows
    ]  # fmt: skip


def _consents(session: Session, patron_id: int) -> list[Entry]:
    rows = session.scalars(select(Consent).where(Consent.patron_id == patron_id))
    return [
        Entry(
            kind=Kind.CONSENT, at=row.at, actor=_staff(row.staff_id), what=row.purpose,
            details={
                "given": row.given, "text": row.text_version, "by_guardian": row.by_guardian,
            },
        )
        for row in rows
    ]  # fmt: skip


def _payments(session: Session, patron_id: int) -> list[Entry]:
    rows = session.scalars(select(Payment).where(Payment.patron_id == patron_id))
    return [
        Entry(
            kind=Kind.PAYMENT, at=row.at, actor=_staff(row.staff_id), what=row.paid_for,
            details={
                "amount": row.amount, "method": row.method, "receipt": row.receipt_number,
                "cancelled": row.cancelled_at is not None,
            },
        )
        for row in rows
    ]  # fmt: skip


def _registrations(session: Session, patron_id: int) -> list[Entry]:
    """Those made here; of another system's nobody knows when and by whom."""
    rows = session.scalars(
        select(Registration)
        .join(Ticket, Ticket.id == Registration.ticket_id)
        .where(Ticket.patron_id == patron_id)
    )
    return [
        Entry(kind=Kind.REGISTRATION, at=row.at, actor=_staff(row.staff_id), what=str(row.year),
              details={"loans": row.loans_shown})
        for row in rows
        if row.at is not None and row.staff_id is not None
    ]  # fmt: skip


def _audited(session: Session, patron_id: int) -> list[Entry]:
    """What has no table of its own stands in the audit log, values veiled."""
    tickets = session.scalars(select(Ticket.id).where(Ticket.patron_id == patron_id)).all()
    log = AuditRecord
    mine = select(log).where(
        log.object_kind == "patron", log.object_id == str(patron_id), log.action.in_(_OF_PATRON)
    )
    theirs = select(log).where(
        log.object_kind == "ticket", log.object_id.in_(tickets), log.action.in_(_OF_TICKET)
    )
    return [
        Entry(
            kind=_OF_PATRON.get(row.action, Kind.TICKET), at=row.at, actor=row.actor,
            what=row.action, details=row.details or {},
        )
        for query in (mine, theirs)
        for row in session.scalars(query)
    ]  # fmt: skip


def _staff(staff_id: int) -> str:
    return f"staff:{staff_id}"
