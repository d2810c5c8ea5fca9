"""Payments of a day or a shift, to be compared with the cash desk (R2.2); no fiscal documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from server.database import Database
from server.models import Concession, PaidFor, PaidService, Patron, Payment, PaymentMethod, Staff
from server.services import audit, settings, tariffs
from server.services.by import By
from server.services.reach import EVERYWHERE, Reach

QUANTITY_MAX = 1000
REASON_MAX = 300


class CanNotCancel(ValueError):
    """Why a sale stays, as a code: `no_reason`, `cancelled`, `another_day`."""


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
    number: int
    service: str = ""
    """Which service was paid, of its catalogue."""
    quantity: int = 1
    is_cancelled: bool = False
    """Within the time that is asked for: it stands in no sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was paid from one instant until before another, and what was given back in it.

    A payment that is cancelled within the time stands in no sum. One that is cancelled later stays
    in the sum of its own time, which somebody has compared with the cash desk, and is taken off
    that of the time in which the money was given back.
    """

    sums: Sequence[Sum]
    cancelled: int = 0
    """How many payments of the time were cancelled within it."""
    cancelled_amount: int = 0
    """Kopiykas."""
    given_back: Sequence[Sum] = ()
    """Payments of earlier times that were cancelled within this one."""

    @property
    def count(self) -> int:
        """How many payments."""
        return sum(each.count for each in self.sums)

    @property
    def amount(self) -> int:
        """All together, in kopiykas; below nothing where more was given back than paid."""
        return _amount(self.sums) - self.given_back_amount

    @property
    def given_back_amount(self) -> int:
        """What was given back of earlier times, in kopiykas."""
        return _amount(self.given_back)

    def by_method(self) -> Sequence[tuple[PaymentMethod, int, int]]:
        """Method, count and sum: what the cash desk, the terminal and the bank must hold."""
        found = []
        for method in PaymentMethod:
            paid = [each for each in self.sums if each.method is method]
            back = [each for each in self.given_back if each.method is method]
            if paid or back:
                count = sum(each.count for each in paid)
                found.append((method, count, _amount(paid) - _amount(back)))
        return found


def _amount(sums: Sequence[Sum]) -> int:
    return sum(each.amount for each in sums)


def report(
    session: Session, since: datetime, until: datetime, within: Reach = EVERYWHERE,
    paid_for: PaidFor | None = None,
) -> Report:  # fmt: skip
    """Add up the payments of a time, the end not counted, in the buildings of a reach.

    `paid_for`: of one kind alone.
    """
    kind = true() if paid_for is None else Payment.paid_for == paid_for
    theirs = and_(_within(since, until, within), kind)
    gone = Payment.cancelled_at.is_not(None) & (Payment.cancelled_at < until)
    cancelled, cancelled_amount = session.execute(
        select(func.count(), func.coalesce(func.sum(Payment.amount), 0)).where(theirs, gone)
    ).one()
    stands = or_(Payment.cancelled_at.is_(None), Payment.cancelled_at >= until)
    return Report(
        sums=_sums(session, theirs, stands),
        cancelled=cancelled, cancelled_amount=cancelled_amount,
        given_back=_sums(session, _given_back(since, until, within), kind),
    )  # fmt: skip


def _sums(session: Session, *where: ColumnElement[bool]) -> Sequence[Sum]:
    kinds = (Payment.paid_for, Payment.concession, Payment.method)
    rows = session.execute(
        select(*kinds, func.count(), func.sum(Payment.amount))
        .where(*where)
        .group_by(*kinds)
        .order_by(*kinds)
    )
    return [
        Sum(paid_for=what, concession=tariff, method=method, count=count, amount=amount)
        for what, tariff, method, count, amount in rows
    ]


def lines(
    session: Session, since: datetime, until: datetime, within: Reach = EVERYWHERE
) -> Sequence[Line]:
    """Every payment of a time, in its order."""
    rows = session.execute(
        select(Payment, Patron, Staff.name, PaidService.name)
        .outerjoin(Patron, Patron.id == Payment.patron_id)
        .outerjoin(PaidService, PaidService.id == Payment.service_id)
        .join(Staff, Staff.id == Payment.staff_id)
        .where(_within(since, until, within))
        .order_by(Payment.at, Payment.id)
    )
    return [
        Line(
            at=payment.at, patron_id=payment.patron_id,
            patron="" if payment.patron_id is None else patron.full_name,
            paid_for=payment.paid_for, service=service or "", quantity=payment.quantity,
            concession=payment.concession, method=payment.method,
            amount=payment.amount, receipt_number=payment.receipt_number, librarian=librarian,
            number=payment.id,
            is_cancelled=payment.cancelled_at is not None and payment.cancelled_at < until,
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


def cancel_sale(
    database: Database, number: int, reason: str, *, by: By, any_day: bool = False
) -> Payment:
    """Cancel a sale that was noted by mistake: it stays on record, its money was given back now.

    `any_day`: also one of an earlier day, whose total somebody has compared with the cash desk:
    that stays as it was, and today's is less by it. Raises LookupError for what is no sale,
    CanNotCancel.
    """
    if not reason.strip():
        raise CanNotCancel("no_reason")
    with database.writing() as session:
        sold = session.get(Payment, number, with_for_update=True)
        if sold is None or sold.paid_for is not PaidFor.SERVICE:
            raise LookupError(f"no sale {number}")
        if sold.cancelled_at is not None:
            raise CanNotCancel("cancelled")
        library = settings.read(session)
        if not any_day and library.day(sold.at) != library.day(by.at):
            raise CanNotCancel("another_day")
        strike(sold, by, reason)
        audit.record(
            session, at=by.at, actor=by.actor, action="sale_cancelled",
            about=("payment", str(number)),
            details={"amount": sold.amount, "receipt": sold.receipt_number},
        )  # fmt: skip
        return sold


def strike(payment: Payment, by: By, reason: str = "") -> None:
    """Add a payment up no longer; it stays on record, with its number."""
    payment.cancelled_at, payment.cancelled_by = by.at, by.staff_id
    payment.cancel_reason = reason.strip()[:REASON_MAX]


def cancelled_later(
    session: Session, since: datetime, until: datetime, within: Reach = EVERYWHERE
) -> Sequence[Payment]:
    """Sales of earlier days that were cancelled in a time: their money was given back in it."""
    return _sales(session, _given_back(since, until, within))


def services(session: Session) -> Sequence[PaidService]:
    """Services with a price that are sold now."""
    on_sale = (PaidService.price > 0, PaidService.retired_at.is_(None))
    query = select(PaidService).where(*on_sale).order_by(PaidService.position, PaidService.name)
    return session.scalars(query).all()


def sales(
    session: Session, since: datetime, until: datetime, within: Reach = EVERYWHERE
) -> Sequence[Payment]:
    """Paid services of a time, cancelled ones too, in their order."""
    return _sales(session, _within(since, until, within))


def _sales(session: Session, *where: ColumnElement[bool]) -> Sequence[Payment]:
    """Each with what was sold, who noted it, and who cancelled it."""
    return session.scalars(
        select(Payment)
        .where(Payment.paid_for == PaidFor.SERVICE, *where)
        .order_by(Payment.at, Payment.id)
        .options(
            joinedload(Payment.service), joinedload(Payment.staff), joinedload(Payment.canceller)
        )
    ).all()


def _given_back(since: datetime, until: datetime, reach: Reach) -> ColumnElement[bool]:
    theirs = reach.departments(Payment.department_code)
    gone = (Payment.cancelled_at >= since, Payment.cancelled_at < until)
    return and_(*gone, Payment.at < since, theirs)


def _within(since: datetime, until: datetime, reach: Reach) -> ColumnElement[bool]:
    theirs = reach.departments(Payment.department_code)
    return and_(Payment.at >= since, Payment.at < until, theirs)
