"""Request forms: taken at a department's desk, fetched from the stack, printed (R3.2.1, R3.2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from operator import attrgetter

from flask import Response, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from gate.reasons import Verdict
from server.console import lists, reads, why
from server.console.blueprint import console
from server.console.buildings import mine
from server.console.centre import database, library, now, staff, words
from server.console.lists import Column
from server.console.pages.desk import reader_served, working_desk
from server.console.printing import pdf
from server.models import Request, RequestKind, RequestState, Ticket
from server.services import requests
from templates.words import N_

_FIELDS = {
    "title": N_("Назва"),
    "shelf_mark": N_("Шифр"),
    "author": N_("Автор"),
    "published": N_("Місце і рік видання"),
    "volume": N_("Том, номер"),
}
_STATES = {
    RequestState.ASKED: (N_("замовлено"), "desk", "clock"),
    RequestState.FETCHED: (N_("на кафедрі"), "grant", "check"),
}
_NOT_MOVED = {
    "answer": N_("Напишіть, чому відмовлено."),
    "postage": N_("Вкажіть вартість пересилання і номер квитанції."),
}
_KOPIYKAS = 100
_MOST_POSTAGE = 100_000
_KEPT = "request_form"


@console.get("/requests", endpoint="requests")
def requests_page() -> str | Response:
    """What is to be fetched, all or of one department, and the form for the reader served."""
    wanted = request.args.get("department", "")
    with database().reading() as db:
        names = {code: reads.department_name(room, words())
                 for code, room in reads.workrooms(db, mine()).items()}  # fmt: skip
        columns = _columns(names)
        found = lists.listing(requests.waiting(db, wanted or None, mine()), columns)
        file = lists.exported(found, columns, "requests")
        if file is not None:
            return file
        rows = [
            (row, names[row.department_code], words().gettext(name), colour, sign)
            for row in found.rows
            for name, colour, sign in [_STATES[row.state]]
        ]
        visit_id, name = reader_served(db)
    fields = [(field, words().gettext(label)) for field, label in _FIELDS.items()]
    return render_template(
        "console/requests.html", found=found, rows=rows, fields=fields, departments=names,
        wanted=wanted, reader=name if visit_id else None, kept=session.pop(_KEPT, {}),
    )  # fmt: skip


def _columns(departments: Mapping[str, str]) -> tuple[Column[Request], ...]:
    def state(row: Request) -> str:
        return words().gettext(_STATES[row.state][0])

    return (
        Column(name="asked", label=N_("Замовлено"), value=attrgetter("asked_at")),
        *(Column(name=field, label=label, value=attrgetter(field))
          for field, label in _FIELDS.items()),
        Column(name="department", label=N_("Відділ"),
               value=lambda row: departments[row.department_code]),
        Column(name="reader", label=N_("Читач"), value=lambda row: row.patron.display_name),
        Column(name="state", label=N_("Стан"), value=state),
    )  # fmt: skip


@console.post("/requests")
def ask_request() -> ResponseReturnValue:
    """Take the form of the reader whose slip was scanned at the desk."""
    desk = working_desk()
    if desk is None:
        return redirect(url_for("console.desk"), 303)
    with database().reading() as db:
        visit_id, _ = reader_served(db)
    try:
        kind = RequestKind(request.form.get("kind", RequestKind.STACK))
    except ValueError:
        abort(400)
    try:
        asked = requests.ask(database(), visit_id, request.form, kind, desk=desk, at=now())
    except requests.Unfit as unfit:
        named = ", ".join(f"«{words().gettext(_FIELDS[field])}»" for field in unfit.fields)
        flash(words().gettext("Бланк заповнено не до кінця: %(fields)s.", fields=named), "desk")
        session[_KEPT] = {field: request.form.get(field, "")[:200] for field in _FIELDS}
    else:
        if asked.decision.verdict is Verdict.GRANT:
            flash(words().gettext("Замовлення прийнято."), "grant")
        why.tell(asked.decision, Verdict.REFUSE)
    return redirect(url_for("console.requests"), 303)


@console.post("/requests/<int:request_id>")
def move_request(request_id: int) -> ResponseReturnValue:
    """Fetched, given out, or refused with its reason."""
    form = request.form
    try:
        state = RequestState(form.get("state", ""))
        requests.move(
            database(), request_id, state, actor=f"staff:{staff().staff_id}", at=now(),
            answer=form.get("answer", ""), postage=_postage(form.get("postage", "")),
            receipt_number=form.get("receipt", ""),
        )  # fmt: skip
    except LookupError:
        abort(404)
    except requests.NotPossible as problem:
        said = _NOT_MOVED.get(str(problem), N_("Замовлення вже в іншому стані."))
        flash(words().gettext(said), "desk")
    except ValueError:
        abort(400)
    return redirect(url_for("console.requests"), 303)


def _postage(text: str) -> int | None:
    """Hryvnias as typed, in kopiykas; None for nothing or nonsense."""
    try:
        amount = Decimal(text.replace(",", ".").strip()) * _KOPIYKAS
    except InvalidOperation:
        return None
    whole = amount.is_finite() and amount == amount.to_integral_value()
    return int(amount) if whole and 0 <= amount <= _MOST_POSTAGE * _KOPIYKAS else None


@console.get("/requests/<int:request_id>.pdf")
def request_paper(request_id: int) -> Response:
    """The request form to send into the stack, with the fields that the rules name."""
    here = library()
    with database().reading() as db:
        found = db.get(Request, request_id) or abort(404)
        mine = select(Ticket.number).where(Ticket.patron_id == found.patron_id)
        number = db.scalar(mine.order_by(Ticket.issued_at.desc()).limit(1))
        paper = {
            "library": here.name_in(words().language),
            "department": reads.department_name(found.department, words()),
            "reader": found.patron.full_name,
            "ticket": number or "",
            "asked_at": found.asked_at,
            "fields": [
                (words().gettext(label), getattr(found, field)) for field, label in _FIELDS.items()
            ],
        }
    return Response(pdf("request.html", paper), mimetype="application/pdf")
