"""Paid services by the approved price list: sold with a numbered slip, and added up by day (C3.2).

A slip is a note of the service; the fiscal receipt is the cash desk's, and its number stands on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.console import lists, papers, printing
from server.console.blueprint import console
from server.console.buildings import mine
from server.console.centre import database, library, now, words
from server.console.enrolment_words import METHODS, choices, said
from server.console.lists import Column
from server.console.pages.information_centre import by, remember, served_now
from server.console.pages.payments import bounds, take_payment
from server.console.pages.slips import as_response
from server.console.places import may_here
from server.console.reads import name_in
from server.console.tables import SERVICES
from server.models import PaidFor, PaidService, Payment
from server.services import payments, tables
from server.services.payments import CanNotCancel
from server.services.search import Found
from templates.slips.content import SaleContent
from templates.words import N_

_KOPIYKAS = 100
_WHY = {
    "no_reason": N_("Напишіть, чому продаж скасовано."),
    "cancelled": N_("Цей продаж уже скасовано."),
    "another_day": N_("День закрито: такий продаж скасовує директор."),
}


def take(found: Found) -> ResponseReturnValue:
    """A scan on this page: who buys."""
    remember(found)
    return redirect(url_for("console.centre_sales"), 303)


@console.get("/centre/sales", endpoint="centre_sales")
def sales_page() -> str | Response:
    """A day's sales with their sum, and the form for the next one."""
    day = request.args.get("day", _today(), type=date.fromisoformat)
    since, until = bounds(day)
    with database().reading() as db:
        sold = payments.sales(db, since, until, mine())
        found = lists.listing(sold, _columns())
        file = lists.exported(found, _columns(), f"sales-{day.isoformat()}")
        if file is not None:
            return file
        served, report = served_now(db), payments.report(db, since, until, mine(), PaidFor.SERVICE)
        return render_template(
            "console/centre_sales.html", day=day, found=found, is_today=day == _today(),
            rows=[(row, [column.value(row) for column in _columns()]) for row in found.rows],
            report=report, until=until,
            given_back=payments.cancelled_later(db, since, until, mine()),
            before=day - timedelta(days=1), after=day + timedelta(days=1),
            services=[
                (row.id, name_in(row, words()), row.price, row.unit)
                for row in payments.services(db)
            ],
            methods=choices(METHODS), slip=None if served is None else served.slip_number,
        )  # fmt: skip


@console.post("/centre/sales", endpoint="sell_service")
def sell() -> ResponseReturnValue:
    """Note a sale, and show its slip to the printer."""
    with database().reading() as db:
        served = served_now(db)
        ticket = None if served is None else served.ticket
        patron_id = None if ticket is None else ticket.patron_id
    sold = take_payment(patron_id)
    if sold is None:
        return redirect(url_for("console.centre_sales"), 303)
    return redirect(url_for("console.sale_paper", number=sold.id), 303)


@console.get("/centre/sales/<int:number>", endpoint="sale_paper")
def paper(number: int) -> str:
    """The slip of a sale on a page that prints in its true size."""
    day_of = library().day
    with database().reading() as db:
        sold = _known(db, number)
        act = "cancel_sale" if day_of(sold.at) == _today() else "cancel_old_sale"
        return render_template(
            "console/sale_paper.html", number=number, sold=sold, day=day_of(sold.at),
            same_day=sold.cancelled_at and day_of(sold.cancelled_at) == day_of(sold.at),
            # A browser keeps the picture: that of a cancelled sale is another.
            picture=url_for(
                "console.sale_picture", number=number,
                state="cancelled" if sold.cancelled_at else None,
            ),
            file=url_for("console.sale_file", number=number),
            cancel=url_for(f"console.{act}", number=number), may_cancel=may_here(f"console.{act}"),
            reason_max=payments.REASON_MAX,
        )  # fmt: skip


@console.post("/centre/sales/<int:number>/cancel", endpoint="cancel_sale")
def cancel(number: int) -> ResponseReturnValue:
    """A sale of today was a mistake."""
    return _cancel(number, any_day=False)


@console.post("/centre/sales/<int:number>/cancel-later", endpoint="cancel_old_sale")
def cancel_old(number: int) -> ResponseReturnValue:
    """A sale of an earlier day was a mistake."""
    return _cancel(number, any_day=True)


def _cancel(number: int, *, any_day: bool) -> ResponseReturnValue:
    reason = request.form.get("reason", "")
    try:
        payments.cancel_sale(database(), number, reason, by=by(), any_day=any_day)
    except LookupError:
        abort(404)
    except CanNotCancel as error:
        flash(words().gettext(_WHY[str(error)]), "desk")
    else:
        flash(words().gettext("Продаж скасовано. Поверніть гроші через касу."), "grant")
    return redirect(url_for("console.sale_paper", number=number), 303)


@console.get("/centre/sales/<int:number>.png", endpoint="sale_picture")
def picture(number: int) -> Response:
    """The slip as the printer shall burn it."""
    return as_response(papers.as_png(papers.sale(_content(number), words())), "image/png")


@console.get("/centre/sales/<int:number>.pdf", endpoint="sale_file")
def file(number: int) -> Response:
    """The slip as a file whose page is as wide as the roll."""
    return as_response(papers.as_pdf(papers.sale(_content(number), words())), "application/pdf")


@console.get("/centre/price-list", endpoint="price_list")
def price_list() -> Response:
    """The price list as it was on a day, to hang up (C3.2)."""
    day = request.args.get("day", _today(), type=date.fromisoformat)
    with database().reading() as db:
        rows = _versions(db, bounds(day)[1])
    told = {
        "library": library().library_name, "day": day,
        "rows": [row for row in rows if row["price"]],
        "free": [row for row in rows if not row["price"]],
    }  # fmt: skip
    answer = Response(printing.pdf("price_list.html", told), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="price-list-{day}.pdf"'
    return answer


def _versions(db: Session, at: datetime) -> list[Mapping[str, Any]]:
    """What each service held at an instant, in the order of the list at that time."""
    held = [tables.as_of(db, SERVICES.table, row, at) for row in db.scalars(select(PaidService))]
    found = [row | {"approved": _day(row["approved_on"])} for row in held if row is not None]
    return sorted(found, key=lambda row: (row["position"], row["name"]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _content(number: int) -> SaleContent:
    said_ = words()
    with database().reading() as db:
        sold = _known(db, number)
        service = sold.service
        then = None if service is None else tables.as_of(db, SERVICES.table, service, sold.at)
        return SaleContent(
            library=library().name_in(said_.language), number=f"{sold.id:06}",
            service="" if service is None else name_in(service, words()),
            price=said_.money(sold.amount // sold.quantity), quantity=str(sold.quantity),
            amount=said_.money(sold.amount), method=said(METHODS, sold.method),
            receipt=sold.receipt_number, at=said_.moment(sold.at), staff=sold.staff.name,
            approved=_approved(then or {}),
            cancelled="" if sold.cancelled_at is None else said_.moment(sold.cancelled_at),
            cancel_reason=sold.cancel_reason,
            canceller="" if sold.canceller is None else sold.canceller.name,
        )  # fmt: skip


def _approved(held: Mapping[str, Any]) -> str:
    """Order and day, as far as the price list names them."""
    day = _day(held.get("approved_on"))
    parts = [held.get("order_number", ""), "" if day is None else words().date(day)]
    return ", ".join(part for part in parts if part)


def _known(db: Session, number: int) -> Payment:
    sold = db.get(Payment, number)
    return sold if sold is not None and sold.paid_for is PaidFor.SERVICE else abort(404)


def _today() -> date:
    return library().day(now())


def _said_cancelled(row: Payment) -> str:
    if row.cancelled_at is None or row.canceller is None:
        return ""
    at = words().moment(row.cancelled_at)
    return f"{at}, {row.canceller.name}, {row.cancel_reason}"


def _columns() -> tuple[Column[Payment], ...]:
    return (
        Column(name="number", label=N_("№"), value=lambda row: row.id),
        Column(name="at", label=N_("Час"), value=lambda row: words().time(row.at)),
        Column(
            name="service", label=N_("Послуга"),
            value=lambda row: "" if row.service is None else name_in(row.service, words()),
        ),
        Column(name="quantity", label=N_("Кількість"), value=lambda row: row.quantity),
        Column(name="amount", label=N_("Сума, грн"), value=lambda row: row.amount / _KOPIYKAS),
        Column(name="method", label=N_("Як"), value=lambda row: said(METHODS, row.method)),
        Column(name="receipt", label=N_("Квитанція"), value=lambda row: row.receipt_number),
        Column(name="staff", label=N_("Записав(-ла)"), value=lambda row: row.staff.name),
        Column(name="cancelled", label=N_("Скасовано, ким і чому"), value=_said_cancelled),
    )  # fmt: skip
