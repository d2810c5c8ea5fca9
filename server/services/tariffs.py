"""What somebody pays and the notes of payments; no fiscal documents (R2.2, R2.5, R4.2.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.facts import TicketKind
from server.models import Certificate, Concession, PaidFor, Patron, Payment, PaymentMethod
from server.services import audit, enrolment_rules, settings
from server.services.by import By
from server.services.settings import LibrarySettings


@dataclass(frozen=True, slots=True)
class Receipt:
    """How something was paid, and the number of its receipt."""

    method: PaymentMethod
    number: str


class Refused(ValueError):
    """What was told can't be kept; the message is a code that says why."""


def certificate_year(session: Session, patron: Patron) -> int | None:
    """Year in which a certificate of the patron's present category was last seen."""
    return session.scalar(
        select(Certificate.year)
        .where(Certificate.patron_id == patron.id, Certificate.category == patron.category)
        .order_by(Certificate.year.desc())
        .limit(1)
    )


def see_certificate(session: Session, patron: Patron, by: By) -> None:
    """Write down that the certificate was shown; its number is not kept."""
    year = settings.read(session).day(by.at).year
    session.add(
        Certificate(
            patron_id=patron.id, category=patron.category, year=year, at=by.at,
            staff_id=by.staff_id,
        )
    )  # fmt: skip
    session.flush()


def due(session: Session, patron: Patron, kind: TicketKind, library: LibrarySettings,
        at: datetime) -> tuple[Concession, int]:  # fmt: skip
    """What this patron would pay today, in kopiykas."""
    today = library.day(at)
    year = certificate_year(session, patron)
    what = enrolment_rules.concession(patron.category, year, today, library)
    return what, enrolment_rules.fee(kind, what, library)


def add_payment(
    session: Session, patron: Patron | None, paid_for: PaidFor, amount: int,
    what: Concession, method: PaymentMethod, receipt_number: str, by: By,
) -> Payment:  # fmt: skip
    """Note a payment. Raises Refused where there is no number of a receipt."""
    if not receipt_number.strip():
        raise Refused("no_receipt")
    payment = Payment(
        patron_id=None if patron is None else patron.id, paid_for=paid_for, amount=amount,
        concession=what, method=method,
        receipt_number=receipt_number.strip()[:60], year=settings.read(session).day(by.at).year,
        at=by.at, staff_id=by.staff_id,
    )  # fmt: skip
    session.add(payment)
    audit.record(
        session, at=by.at, actor=by.actor, action="payment_noted",
        about=("patron", "" if patron is None else str(patron.id)),
        details={"for": paid_for, "amount": amount, "receipt": payment.receipt_number},
    )  # fmt: skip
    return payment


def pay_duplicate(session: Session, patron: Patron, receipt: Receipt, by: By) -> None:
    """Note the fee of a duplicate, the same for everybody. Raises Refused without a number."""
    add_payment(
        session, patron, PaidFor.DUPLICATE, settings.read(session).fee_duplicate, Concession.FULL,
        receipt.method, receipt.number, by,
    )  # fmt: skip
