"""Computers of the centre: seat by slip, time left, queue, and what is booked next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.console.blueprint import console
from server.console.buildings import mine
from server.console.centre import database, library, now, words
from server.console.pages.bookings import name_of
from server.console.pages.information_centre import by, served
from server.models import Visit, Workplace, WorkplaceBooking, WorkplaceUse
from server.services import workplace_bookings, workplaces
from server.services.search import Found
from server.services.workplaces import NotPossible
from templates.words import N_

_SITTER = "workplace_reader"
_MINUTES = (30, 60, 90, 120)
_LEAST = 10
"""Minutes before a booking for which somebody may still sit down."""
_LONGER = 30
_WHY = {
    "no_visit": N_("Спершу скануйте листок відвідувача, який зараз у бібліотеці."),
    "event_slip": N_("Листок заходу не дає права на послуги. Спитайте квиток."),
    "no_workplace": N_("Такого комп’ютера в переліку немає. Оберіть інший."),
    "taken": N_("За цим комп’ютером уже сидять."),
    "sits_already": N_("Цей відвідувач уже сидить за комп’ютером або чекає."),
    "over": N_("Це вже завершено."),
    "too_long": N_("Найбільше 4 години поспіль."),
    "others_wait": N_("Продовжити не можна: інші чекають."),
    "booked": N_("Комп’ютер заброньовано: оберіть коротший час або інше місце."),
    "too_early": N_("Час броні ще не настав. До нього можна сісти за вільний комп’ютер."),
}


@dataclass(frozen=True, slots=True)
class Seat:
    """A computer with whoever sits there, and what may be done."""

    place: Workplace
    use: WorkplaceUse | None
    coming: WorkplaceBooking | None
    whose: str
    """Ticket or slip of the next booking."""
    minutes: Sequence[int]
    """For how long somebody may sit down now."""
    until: datetime | None
    """Until when the one who sits may go on at most; None: no longer."""


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
        room = workplaces.room(db, now(), mine())
        uses = [use for _, use in room.places if use is not None] + list(room.waiting)
        slips = {use.id: db.get_one(Visit, use.visit_id).slip_number for use in uses}
        visit = db.get(Visit, UUID(session[_SITTER])) if _SITTER in session else None
        if visit is not None and visit.closed_at is not None:
            visit = None
        return render_template(
            "console/workplaces.html", seats=[_seat(room, *each) for each in room.places],
            waiting=room.waiting, slips=slips, slip=None if visit is None else visit.slip_number,
            mine=() if visit is None else _booked(db, visit), now=now(),
            early=workplace_bookings.EARLY,
        )  # fmt: skip


def _seat(room: workplaces.Room, place: Workplace, use: WorkplaceUse | None) -> Seat:
    coming = room.coming.get(place.id)
    until = None
    if use is not None and use.ends_at is not None:
        ends = max(use.ends_at, now())
        longer = workplaces.longer(ends, _LONGER, coming)
        until = longer if longer > ends else None
    return Seat(place, use, coming, name_of(coming) if coming else "", _fitting(coming), until)


def _fitting(coming: WorkplaceBooking | None) -> Sequence[int]:
    """Usual lengths before the next booking, or what is left until it."""
    if coming is None:
        return _MINUTES
    left = (coming.begins_at - now()) // timedelta(minutes=1)
    fitting = [each for each in _MINUTES if each <= left]
    return fitting or ([left] if left >= _LEAST else [])


def _booked(db: Session, visit: Visit) -> Sequence[WorkplaceBooking]:
    who = workplace_bookings.whose(db, visit.id)
    return workplace_bookings.of_reader(db, who, library(), now(), mine())


@console.post("/workplaces/start", endpoint="start_workplace")
def start() -> ResponseReturnValue:
    """Seat whoever was scanned, or the one from the queue."""
    form = request.form
    try:
        workplaces.start(
            database(), form.get("workplace", 0, type=int), _asked_visit(),
            form.get("minutes", 60, type=int), by(),
        )  # fmt: skip
    except NotPossible as error:
        flash(words().gettext(_WHY[str(error)]), "desk")
    else:
        session.pop(_SITTER, None)
    return _back()


@console.post("/workplaces/start-booked", endpoint="start_booked")
def start_booked() -> ResponseReturnValue:
    """Seat whoever was scanned where they booked."""
    try:
        use = workplaces.start_booked(
            database(), request.form.get("booking", 0, type=int), _asked_visit(), by()
        )
    except NotPossible as error:
        flash(words().gettext(_WHY[str(error)]), "desk")
    else:
        session.pop(_SITTER, None)
        flash(words().gettext("До %(time)s.", time=words().time(use.ends_at or now())), "grant")
    return _back()


@console.post("/workplaces/wait", endpoint="wait_workplace")
def wait() -> ResponseReturnValue:
    """Put whoever was scanned into the queue."""
    try:
        before = workplaces.wait(database(), _asked_visit(), by(), mine())
    except NotPossible as error:
        flash(words().gettext(_WHY[str(error)]), "desk")
    else:
        session.pop(_SITTER, None)
        flash(words().gettext("У черзі; перед ним: %(n)s.", n=before), "grant")
    return _back()


@console.post("/workplaces/extend", endpoint="extend_workplace")
def extend() -> ResponseReturnValue:
    """Half an hour more, or until the next booking."""
    use = request.form.get("use", 0, type=int)
    try:
        until = workplaces.extend(database(), use, _LONGER, by())
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
