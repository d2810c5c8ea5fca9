"""Computers of the centre: seat by slip, time left, queue."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from server.console.blueprint import console
from server.console.centre import database, now, words
from server.console.pages.information_centre import by, served
from server.models import Visit
from server.services import workplaces
from server.services.search import Found
from server.services.workplaces import NotPossible
from templates.words import N_

_SITTER = "workplace_reader"
_MINUTES = (30, 60, 90, 120)
_WHY = {
    "no_visit": N_("Спершу скануйте листок відвідувача, який зараз у бібліотеці."),
    "event_slip": N_("Листок заходу не дає права на послуги. Спитайте квиток."),
    "no_workplace": N_("Додайте комп’ютери центру: черги ще нема до чого."),
    "taken": N_("За цим комп’ютером уже сидять."),
    "sits_already": N_("Цей відвідувач уже сидить за комп’ютером або чекає."),
    "over": N_("Це вже завершено."),
    "too_long": N_("Найбільше 4 години поспіль."),
    "others_wait": N_("Продовжити не можна: інші чекають."),
}


def take(found: Found) -> ResponseReturnValue:
    """A scan on this page: whom to seat."""
    visit_id = served(found)
    if visit_id is not None:
        session[_SITTER] = str(visit_id)
    return _back()


@console.get("/workplaces", endpoint="workplaces")
def workplaces_page() -> str:
    """Who sits where, and until when."""
    with database().reading() as db:
        room = workplaces.room(db)
        uses = [use for _, use in room.places if use is not None] + list(room.waiting)
        slips = {use.id: db.get_one(Visit, use.visit_id).slip_number for use in uses}
        visit = db.get(Visit, UUID(session[_SITTER])) if _SITTER in session else None
        slip = None if visit is None or visit.closed_at else visit.slip_number
    return render_template(
        "console/workplaces.html", room=room, slips=slips, slip=slip, minutes=_MINUTES, now=now(),
    )  # fmt: skip


@console.post("/workplaces/start", endpoint="start_workplace")
def start() -> ResponseReturnValue:
    """Seat whoever was scanned, or the one from the queue."""
    form = request.form
    try:
        visit = _asked_visit()
        workplaces.start(
            database(), form.get("workplace", 0, type=int), visit,
            form.get("minutes", 60, type=int), by(),
        )  # fmt: skip
    except NotPossible as error:
        flash(words().gettext(_WHY[str(error)]), "desk")
    else:
        session.pop(_SITTER, None)
    return _back()


@console.post("/workplaces/wait", endpoint="wait_workplace")
def wait() -> ResponseReturnValue:
    """Put whoever was scanned into the queue."""
    try:
        before = workplaces.wait(database(), _asked_visit(), by())
    except NotPossible as error:
        flash(words().gettext(_WHY[str(error)]), "desk")
    else:
        session.pop(_SITTER, None)
        flash(words().gettext("У черзі; перед ним: %(n)s.", n=before), "grant")
    return _back()


@console.post("/workplaces/extend", endpoint="extend_workplace")
def extend() -> ResponseReturnValue:
    """Half an hour more."""
    try:
        until = workplaces.extend(database(), request.form.get("use", 0, type=int), 30, by())
    except NotPossible as error:
        flash(words().gettext(_WHY[str(error)]), "desk")
    else:
        flash(words().gettext("До %(time)s.", time=words().time(until)), "grant")
    return _back()


@console.post("/workplaces/end", endpoint="end_workplace")
def end() -> ResponseReturnValue:
    """The place is free."""
    try:
        workplaces.end(database(), request.form.get("use", 0, type=int), by())
    except NotPossible as error:
        flash(words().gettext(_WHY[str(error)]), "desk")
    return _back()


def _asked_visit() -> UUID:
    text = request.form.get("visit") or session.get(_SITTER, "")
    try:
        return UUID(text)
    except ValueError:
        raise NotPossible("no_visit") from None


def _back() -> ResponseReturnValue:
    return redirect(url_for("console.workplaces"), 303)
