"""Payments of a day, to be compared with the cash desk (R2.2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.console import lists
from server.console.blueprint import console
from server.console.buildings import mine
from server.console.centre import database, library, now, staff, words
from server.console.enrolment_words import CONCESSIONS, METHODS, PAID_FOR, choices, said
from server.console.lists import Column
from server.console.reads import name_in
from server.models import Payment, PaymentMethod
from server.services import payments
from server.services.by import By
from server.services.payments import Line
from server.services.tariffs import Refused
from templates.words import N_

_KOPIYKAS = 100


@console.get("/payments", endpoint="payments")
def payments_page() -> str | Response:
    """The day's payments: added up by method and by kind, and each with its receipt."""
    day = _asked_day()
    since, until = bounds(day)
    with database().reading() as session:
        report = payments.report(session, since, until, mine())
        found = lists.listing(payments.lines(session, since, until, mine()), _columns(), "at")
        services = [
            (each.id, name_in(each, words()), each.price) for each in payments.services(session)
        ]
    file = lists.exported(found, _columns(), f"payments-{day.isoformat()}")
    if file is not None:
        return file
    return render_template(
        "console/payments.html", day=day, report=report, found=found,
        methods=[(said(METHODS, code), count, sum_) for code, count, sum_ in report.by_method()],
        sums=[
            (said(PAID_FOR, each.paid_for), said(CONCESSIONS, each.concession),
             said(METHODS, each.method), each.count, each.amount)
            for each in report.sums
        ],
        rows=[(line, [column.value(line) for column in _columns()]) for line in found.rows],
        before=day - timedelta(days=1), after=day + timedelta(days=1),
        is_today=day == library().day(now()), services=services, method_choices=choices(METHODS),
    )  # fmt: skip


@console.post("/payments")
def pay_service() -> ResponseReturnValue:
    """Note a paid service with its receipt (R5.1.8)."""
    take_payment(None)
    return redirect(url_for("console.payments"), 303)


def take_payment(patron_id: int | None) -> Payment | None:
    """Note what the form says was paid; None where it can't be, and the person is told why."""
    form, _ = request.form, words().gettext
    try:
        paid = payments.pay_service(
            database(), form.get("service", 0, type=int), form.get("quantity", 0, type=int),
            PaymentMethod(form.get("method", "")), form.get("receipt", ""), patron_id=patron_id,
            by=By(staff_id=staff().staff_id, at=now()),
        )  # fmt: skip
    except LookupError:
        abort(404)
    except Refused:
        flash(_("Вкажіть номер квитанції."), "desk")
    except ValueError:
        flash(_("Вкажіть, скільки: від 1 до 1000."), "desk")
    else:
        flash(_("Оплату %(sum)s записано.", sum=words().money(paid.amount)), "grant")
        return paid
    return None


def bounds(day: date) -> tuple[datetime, datetime]:
    """First instant of a day of the library, and of the next one."""
    starts = (datetime.combine(each, time.min, tzinfo=library().zone) for each in (
        day, day + timedelta(days=1),
    ))  # fmt: skip
    first, last = (each.astimezone(UTC) for each in starts)
    return first, last


def _asked_day() -> date:
    return request.args.get("day", library().day(now()), type=date.fromisoformat)


def _paid_for(line: Line) -> str:
    if not line.service:
        return said(PAID_FOR, line.paid_for)
    return f"{line.service} × {line.quantity}" if line.quantity > 1 else line.service


def _columns() -> tuple[Column[Line], ...]:
    return (
        Column(name="at", label=N_("Час"), value=lambda line: words().time(line.at)),
        Column(name="patron", label=N_("Читач"), value=lambda line: line.patron),
        Column(name="for", label=N_("За що"), value=_paid_for),
        Column(
            name="tariff", label=N_("Тариф"), value=lambda line: said(CONCESSIONS, line.concession)
        ),
        Column(name="method", label=N_("Як"), value=lambda line: said(METHODS, line.method)),
        Column(name="amount", label=N_("Сума, грн"), value=lambda line: line.amount / _KOPIYKAS),
        Column(name="receipt", label=N_("Квитанція"), value=lambda line: line.receipt_number),
        Column(name="librarian", label=N_("Записав(-ла)"), value=lambda line: line.librarian),
        Column(
            name="cancelled",
            label=N_("Стан"),
            value=lambda line: words().gettext("скасовано") if line.is_cancelled else "",
        ),
    )
