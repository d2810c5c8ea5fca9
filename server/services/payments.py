"""Payments of a day or a shift, to be compared with the cash desk (R2.2); no fiscal documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, joinedload

from server.database import Database
from server.models import Concession, PaidFor, PaidService, Patron, Payment, PaymentMethod, Staff
from server.services import tariffs
from server.services.by import By

QUANTITY_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Payments of one kind, one tariff and one way of paying."""

    paid_for: PaidFor
    concession: Concession
    method: PaymentMethod
    count: int
    amount: int
    """Kopiykas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One payment with its receipt."""

    at: datetime
    patron_id: int | None
    patron: str
    paid_for: PaidFor
    concession: Concession
    method: PaymentMethod
    amount: int
    receipt_number: str
    librarian: str
    service: str = ""
    """Which service was paid, of its catalogue."""
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was paid from one instant until before another."""

    sums: Sequence[Sum]

    @property
    def count(self) -> int:
        """How many payments."""
        return sum(each.count for each in self.sums)

    @property
    def amount(self) -> int:
        """All together, in kopiykas."""
        return sum(each.amount for each in self.sums)

    def by_method(self) -> Sequence[tuple[PaymentMethod, int, int]]:
        """Method, count and sum: what the cash desk, the terminal and the bank must hold."""
        return [
            (
                method,
                sum(each.count for each in self.sums if each.method is method),
                sum(each.amount for each in self.sums if each.method is method),
            )
            for method in PaymentMethod
            if any(each.method is method for each in self.sums)
        ]


def report(session: Session, since: datetime, until: datetime) -> Report:
    """Add up the payments of a time, the end not counted."""
    kinds = (Payment.paid_for, Payment.concession, Payment.method)
    rows = session.execute(
        select(*kinds, func.count(), func.sum(Payment.amount))
        .where(_within(since, until))
        .group_by(*kinds)
        .order_by(*kinds)
    )
    return Report(
        sums=[
            Sum(paid_for=what, concession=tariff, method=method, count=count, amount=amount)
            for what, tariff, method, count, amount in rows
        ]
    )


def lines(session: Session, since: datetime, until: datetime) -> Sequence[Line]:
    """Every payment of a time, in its order."""
    rows = session.execute(
        select(Payment, Patron, Staff.name, PaidService.name)
        .outerjoin(Patron, Patron.id == Payment.patron_id)
        .outerjoin(PaidService, PaidService.id == Payment.service_id)
        .join(Staff, Staff.id == Payment.staff_id)
        .where(_within(since, until))
        .order_by(Payment.at, Payment.id)
    )
    return [
        Line(
            at=payment.at, patron_id=payment.patron_id,
            patron="" if payment.patron_id is None else patron.full_name,
            paid_for=payment.paid_for, service=service or "", quantity=payment.quantity,
            concession=payment.concession, method=payment.method,
            amount=payment.amount, receipt_number=payment.receipt_number, librarian=librarian,
        )
        for payment, patron, librarian, service in rows
    ]  # fmt: skip


def pay_service(
    database: Database, service_id: int, quantity: int, method: PaymentMethod, receipt: str, *,
    patron_id: int | None, by: By,
) -> Payment:  # fmt: skip
    """Note that a service of the catalogue was paid by its price (R1.3, R5.1.8, C3.2).

    Raises LookupError for an unknown service, Refused without a receipt's number, and ValueError
    for a quantity out of range or a service that is free.
    """
    with database.writing() as session:
        service = session.get(PaidService, service_id)
        if service is None or service.retired_at is not None:
            raise LookupError(f"no service {service_id}")
        if not 1 <= quantity <= QUANTITY_MAX or service.price <= 0:
            raise ValueError("a paid service has a price and a quantity")
        payment = tariffs.add_payment(
            session, None if patron_id is None else session.get_one(Patron, patron_id),
            PaidFor.SERVICE, service.price * quantity, Concession.FULL, method, receipt, by,
        )  # fmt: skip
        payment.service_id, payment.quantity = service_id, quantity
        session.flush()
        return payment


def services(session: Session) -> Sequence[PaidService]:
    """Services with a price that are sold now."""
    on_sale = (PaidService.price > 0, PaidService.retired_at.is_(None))
    query = select(PaidService).where(*on_sale).order_by(PaidService.position, PaidService.name)
    return session.scalars(query).all()


def sales(session: Session, since: datetime, until: datetime) -> Sequence[Payment]:
    """Paid services of a time, in their order, each with what was sold and who noted it."""
    return session.scalars(
        select(Payment)
        .where(_within(since, until), Payment.paid_for == PaidFor.SERVICE)
        .order_by(Payment.at, Payment.id)
        .options(joinedload(Payment.service), joinedload(Payment.staff))
    ).all()


def _within(since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(Payment.at >= since, Payment.at < until)
