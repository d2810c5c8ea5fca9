"""The queue for documents: placed, on the reserve shelf, kept longer, given up; loans renewed."""

from __future__ import annotations

from operator import attrgetter

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from gate.reasons import Verdict
from server.console import lists, undo, why
from server.console.blueprint import console
from server.console.buildings import mine
from server.console.centre import centre, database, library, now, staff, words
from server.console.lists import Column
from server.library_systems import desk as outside_desk
from server.library_systems.contract import SystemAway
from server.models import Document, Hold, HoldState, Loan, Ticket
from server.services import holds, renewals
from server.services.by import By
from templates.words import N_

_WHY_NOT = {
    "not_out": N_("Документ на місці: його можна видати."),
    "own": N_("Документ у цього самого читача."),
    "twice": N_("Читач уже в черзі."),
    "over": N_("Цього бронювання вже немає."),
    "extended": N_("Термін уже продовжено або документ ще не на полиці."),
}
_NOT_RENEWED = {
    "over": N_("Документ уже повернуто."),
    "room": N_("Документи читальних залів не продовжують: їх повертають того ж дня."),
    "show": N_("Продовжуємо вдруге: попросіть показати документ і поставте позначку."),
    "elsewhere": N_("Цю видачу веде інша система: продовжте в ній."),
}


@console.get("/holds", endpoint="holds")
def holds_page() -> str | Response:
    """The reserve shelf with its last days, and who waits."""
    with database().reading() as db:
        found = lists.listing(holds.open_holds(db, mine()), _COLUMNS)
    shelf, waiting = (
        [hold for hold in found.rows if hold.state is state]
        for state in (HoldState.ON_SHELF, HoldState.WAITING)
    )
    return lists.exported(found, _COLUMNS, "holds") or render_template(
        "console/holds.html", found=found, shelf=shelf, waiting=waiting, today=library().day(now())
    )


def _hold_state(hold: Hold) -> str:
    on_shelf = hold.state is HoldState.ON_SHELF
    return words().gettext("на полиці") if on_shelf else words().gettext("у черзі")


_COLUMNS: tuple[Column[Hold], ...] = (
    Column(name="title", label=N_("Назва"), value=attrgetter("document.title")),
    Column(name="author", label=N_("Автор"), value=attrgetter("document.author")),
    Column(name="inventory", label=N_("Інвентарний №"),
           value=attrgetter("document.inventory_number")),
    Column(name="reader", label=N_("Читач"), value=attrgetter("patron.display_name")),
    Column(name="placed", label=N_("Замовлено"), value=attrgetter("placed_at")),
    Column(name="state", label=N_("Стан"), value=_hold_state),
    Column(name="until", label=N_("На полиці до"), value=attrgetter("shelf_until")),
)  # fmt: skip


@console.post("/documents/<int:document_id>/hold")
def place_hold(document_id: int) -> ResponseReturnValue:
    """Put a reader, named by the number of a ticket, into the queue."""
    number = request.form.get("ticket", "").strip()
    with database().reading() as db:
        if db.get(Document, document_id) is None:
            abort(404)
        patron_id = db.scalar(select(Ticket.patron_id).where(Ticket.number == number))
    if patron_id is None:
        flash(words().gettext("Такого квитка немає."), "desk")
    else:
        try:
            holds.place(database(), document_id, patron_id, by=_by())
        except holds.NotPossible as problem:
            flash(words().gettext(_WHY_NOT[str(problem)]), "desk")
        else:
            flash(words().gettext("Читача поставлено в чергу."), "grant")
    return redirect(url_for("console.document", document_id=document_id), 303)


@console.post("/holds/cancel")
def cancel_hold() -> ResponseReturnValue:
    """Give a place in the queue up."""
    try:
        holds.cancel(database(), _number(), by=_by())
    except holds.NotPossible as problem:
        flash(words().gettext(_WHY_NOT[str(problem)]), "desk")
    else:
        flash(words().gettext("Бронювання знято."), "grant")
        undo.offer(undo.Kind.HOLD, _number(), "", url_for("console.holds"))
    return redirect(url_for("console.holds"), 303)


@console.post("/holds/extend")
def extend_hold() -> ResponseReturnValue:
    """Keep a document on the shelf longer (R3.2.11)."""
    try:
        until = holds.extend(database(), _number(), by=_by())
    except holds.NotPossible as problem:
        flash(words().gettext(_WHY_NOT[str(problem)]), "desk")
    else:
        flash(words().gettext("Тримаємо до %(date)s.", date=words().date(until)), "grant")
    return redirect(url_for("console.holds"), 303)


@console.post("/loans/<int:loan_id>/renew")
def renew_loan(loan_id: int) -> ResponseReturnValue:
    """Renew a home loan, where nobody waits for it."""
    with database().reading() as db:
        loan = db.get(Loan, loan_id) or abort(404)
        patron_id = loan.patron_id
        is_outside = bool(loan.system)
    if is_outside and _renewed_elsewhere(loan_id):
        return redirect(url_for("console.patron", patron_id=patron_id), 303)
    shown = request.form.get("shown") == "1"
    try:
        renewed = renewals.renew(
            database(), loan_id, shown=shown, staff_id=staff().staff_id, at=now()
        )
    except renewals.NotPossible as problem:
        flash(words().gettext(_NOT_RENEWED[str(problem)]), "desk")
    else:
        if renewed.decision.verdict is Verdict.GRANT and renewed.due_on is not None:
            day = words().date(renewed.due_on)
            flash(words().gettext("Продовжено до %(date)s.", date=day), "grant")
        why.tell(renewed.decision, Verdict.REFUSE)
    return redirect(url_for("console.patron", patron_id=patron_id), 303)


def _renewed_elsewhere(loan_id: int) -> bool:
    """Whether the system that keeps the loan was asked; the reader is told what it answered."""
    link = centre().outside.link
    system = outside_desk.circulation(link)
    if link is None or system is None:
        return False
    try:
        outcome = outside_desk.renew(link, system, database(), loan_id, at=now())
    except SystemAway:
        flash(words().gettext("Бібліотечна система мовчить. Нічого не змінено."), "desk")
        return True
    if outcome is None:
        return False
    done = (
        words().gettext("Продовжено.")
        if outcome.due_on is None
        else words().gettext("Продовжено до %(date)s.", date=words().date(outcome.due_on))
    )
    refused = outcome.said or words().gettext("Бібліотечна система відмовила")
    flash(done if outcome.done else refused, "grant" if outcome.done else "refuse")
    return True


def _number() -> int:
    return request.form.get("hold", 0, type=int)


def _by() -> By:
    return By(staff_id=staff().staff_id, at=now())
