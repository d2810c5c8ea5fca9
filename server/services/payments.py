"""Payments of a day or a shift, to be compared with the cash desk (R2.2); no fiscal documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from server.models import Concession, PaidFor, Patron, Payment, PaymentMethod, Staff


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
    patron_id: int
    patron: str
    paid_for: PaidFor
    concession: Concession
    method: PaymentMethod
    amount: int
    receipt_number: str
    librarian: str


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
        select(Payment, Patron, Staff.name)
        .join(Patron, Patron.id == Payment.patron_id)
        .join(Staff, Staff.id == Payment.staff_id)
        .where(_within(since, until))
        .order_by(Payment.at, Payment.id)
    )
    return [
        Line(
            at=payment.at, patron_id=patron.id, patron=patron.full_name,
            paid_for=payment.paid_for, concession=payment.concession, method=payment.method,
            amount=payment.amount, receipt_number=payment.receipt_number, librarian=librarian,
        )
        for payment, patron, librarian in rows
    ]  # fmt: skip


def _within(since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(Payment.at >= since, Payment.at < until)
