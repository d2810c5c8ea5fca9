"""A reader's rights in their own data: a copy, demands with their term, erasure (R4.1.1)."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.console import lists, own_copy, undo
from server.console.blueprint import console
from server.console.centre import centre, database, library, now, staff, words
from server.console.lists import Column
from server.console.pages.enrolment import by
from server.models import DataRequest, Patron, RightKind
from server.services import audit, data_rights, erasure, photos
from templates.words import N_

_KINDS = {
    RightKind.ACCESS: N_("Знати, що зберігається, і мати копію"),
    RightKind.CORRECTION: N_("Виправити дані"),
    RightKind.OBJECTION: N_("Заперечення проти використання"),
    RightKind.ERASURE: N_("Стерти дані"),
}


@console.get("/data-requests", endpoint="data_requests")
def data_requests_page() -> str | Response:
    """Demands without an answer, the most urgent first; with `all`, those answered too."""
    everything = "all" in request.args
    with database().reading() as session:
        log = data_rights.every(session) if everything else data_rights.waiting(session)
        found = lists.listing(log, _columns())
        file = lists.exported(found, _columns(), "data-requests")
        return file or render_template(
            "console/data_requests.html", found=found, everything=everything,
            rows=[(each, [column.value(each) for column in _columns()]) for each in found.rows],
            today=library().day(now()),
        )  # fmt: skip


def _columns() -> tuple[Column[DataRequest], ...]:
    kinds, gone = _kinds(), words().gettext("Дані стерто")
    return (
        Column(name="who", label=N_("Читач"), value=lambda each: each.patron.full_name or gone),
        Column(name="kind", label=N_("Вимога"), value=lambda each: kinds[each.kind]),
        Column(name="received", label=N_("Записано"), value=lambda each: each.received_at),
        Column(name="due", label=N_("Відповісти до"), value=lambda each: each.due_on),
        Column(name="settled", label=N_("Відповіли"), value=lambda each: each.settled_at),
        Column(name="outcome", label=N_("Що зроблено"), value=lambda each: each.outcome),
    )


@console.get("/patrons/<int:patron_id>/rights", endpoint="patron_rights")
def rights_page(patron_id: int) -> str:
    """Demands of one reader, and what can be done; 404 where there is no such patron."""
    with database().reading() as session:
        patron = session.get(Patron, patron_id)
        if patron is None:
            abort(404)
        return render_template(
            "console/rights.html", patron=patron, kinds=_kinds(), today=library().day(now()),
            requests=data_rights.of_patron(session, patron_id), term=data_rights.TERM_DAYS,
        )  # fmt: skip


@console.post("/patrons/<int:patron_id>/rights")
def take_request(patron_id: int) -> ResponseReturnValue:
    """Write a demand down."""
    kind = request.form.get("kind", type=RightKind)
    if kind is None:
        abort(400)
    try:
        data_rights.take(database(), patron_id, kind, request.form.get("text", ""), by=by())
    except LookupError:
        abort(404)
    flash(words().gettext("Вимогу записано."), "grant")
    return redirect(url_for("console.patron_rights", patron_id=patron_id), 303)


@console.post("/patrons/<int:patron_id>/rights/settled")
def settle_request(patron_id: int) -> ResponseReturnValue:
    """What was done about a demand."""
    number = request.form.get("request", 0, type=int)
    page = url_for("console.patron_rights", patron_id=patron_id)
    try:
        data_rights.settle(database(), number, request.form.get("outcome", ""), by=by())
    except data_rights.NotSettled:
        abort(404)
    except ValueError:
        flash(words().gettext("Напишіть, що зроблено."), "desk")
    else:
        flash(words().gettext("Відповідь записано."), "grant")
        undo.offer(undo.Kind.DEMAND, number, "", page)
    return redirect(page, 303)


@console.get("/patrons/<int:patron_id>/own-data.zip")
def own_data(patron_id: int) -> Response:
    """The copy of everything that is kept about the reader; the audit log knows who took it."""
    try:
        with database().writing() as session:
            told = data_rights.own_data(session, patron_id)
            photo = photos.of(session, patron_id)
            audit.record(
                session, at=now(), actor=by().actor, action="own_data_copied",
                about=("patron", str(patron_id)),
            )  # fmt: skip
    except LookupError:
        abort(404)
    response = Response(own_copy.archive(told, photo), mimetype="application/zip")
    name = f"own-data-{patron_id}-{now().date().isoformat()}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@console.post("/patrons/<int:patron_id>/erase")
def erase_patron(patron_id: int) -> ResponseReturnValue:
    """Forget a reader for good: the surname is typed to confirm."""
    said, folder = words(), centre().outside.erasures
    with database().reading() as session:
        patron = session.get(Patron, patron_id)
        surname = patron.surname if patron else None
    if folder is None or not surname:
        abort(404)
    back = redirect(url_for("console.patron_rights", patron_id=patron_id), 303)
    if request.form.get("surname", "").strip() != surname:
        flash(said.gettext("Введіть прізвище, щоб підтвердити."), "desk")
        return back
    try:
        with database().reading() as session:
            data_rights.check_nothing_owed(session, patron_id)
        journal = erasure.Journal(folder)
        actor = f"staff:{staff().staff_id}"
        erasure.erase(database(), journal, patron_id, actor=actor, at=now())
    except data_rights.Owing:
        flash(said.gettext("Спершу повернути документи й відшкодувати шкоду."), "desk")
    except erasure.StillInside:
        flash(said.gettext("Читач зараз у бібліотеці."), "desk")
    else:
        flash(said.gettext("Дані стерто. Відвідування лишилися без імені."), "grant")
        return redirect(url_for("console.data_requests"), 303)
    return back


def _kinds() -> dict[str, str]:
    return {kind.value: words().gettext(name) for kind, name in _KINDS.items()}
