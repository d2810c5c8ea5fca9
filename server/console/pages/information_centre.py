"""The information centre's day: services by slip in two clicks, demand, links to look at (C3.1)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from io import BytesIO
from uuid import UUID

import segno
from flask import Response, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.reasons import Reason
from server.console import printing, reads
from server.console.blueprint import console
from server.console.buildings import mine
from server.console.centre import database, library, now, staff, words
from server.console.centre_words import OUTCOMES, SERVICES, TOPICS
from server.models import EResource, Visit
from server.services import centre_readers, consultations
from server.services.by import By
from server.services.consultations import Asked, Given
from server.services.search import Found
from templates.words import N_

_READER = "centre_reader"
_MINUTES = (5, 10, 15, 30, 60)
_SLIP_FIRST = N_("Спершу листок на вході: за цим кодом у бібліотеці зараз нікого немає.")
_NOT_SERVED = {
    Reason.EVENT_SLIP_NO_SERVICE: N_("Листок заходу не дає права на послуги. Спитайте квиток."),
}


def by() -> By:
    """Who writes, and when."""
    return By(staff_id=staff().staff_id, at=now())


def take(found: Found) -> ResponseReturnValue:
    """A scan on this page: the service that follows is for this visit (C1.5)."""
    remember(found)
    return _back()


def remember(found: Found) -> None:
    """Keep whose slip or ticket was scanned, until the service is written down."""
    visit_id = served(found)
    if visit_id is not None:
        session[_READER] = str(visit_id)


def served(found: Found) -> UUID | None:
    """The visit that may be served by what was scanned; None with the reason said."""
    with database().reading() as db:
        visit_id = centre_readers.visit_found(db, found)
        refused = centre_readers.refusal(db, visit_id, now())
    if refused is not None:
        flash(words().gettext(_NOT_SERVED.get(refused, _SLIP_FIRST)), "desk")
        return None
    return visit_id


@console.get("/centre", endpoint="information_centre")
def centre_page() -> str:
    """What was given today, and the form for the next."""
    day = library().day(now())
    first = datetime.combine(day, time(), library().zone).astimezone(UTC)
    with database().reading() as db:
        today = consultations.of_day(db, first, first + timedelta(days=1), mine())
        due = consultations.due_for_check(db, now())
        looked_at = consultations.last_checked(db)
        served = served_now(db)
        slip = None if served is None else served.slip_number
        houses = [(row.code, reads.place_name(row, words())) for row in reads.branches(db)]
    return render_template(
        "console/information_centre.html", today=today, due=due, looked_at=looked_at, slip=slip,
        services=SERVICES, topics=TOPICS, outcomes=OUTCOMES, minutes=_MINUTES, branches=houses,
        mine=staff().staff_id,
    )  # fmt: skip


@console.post("/centre/service", endpoint="give_service")
def give_service() -> ResponseReturnValue:
    """Write a service down, for the slip that was scanned if there is one."""
    form = request.form
    told = {
        name: form[name]
        for name in ("service", "topic", "minutes", "outcome", "persons", "branch_code")
        if form.get(name)
    }
    try:
        with database().reading() as db:
            served = served_now(db)
        visit_id = None if served is None else served.id
        given = Given.model_validate(told | {"visit_id": visit_id})
    except ValidationError:
        flash(words().gettext("Оберіть послугу; хвилин має бути від 1 до 480."), "desk")
        return _back()
    consultations.give(database(), given, by())
    session.pop(_READER, None)
    flash(words().gettext("Записано."), "grant")
    return _back()


@console.post("/centre/demand", endpoint="note_demand")
def note_demand() -> ResponseReturnValue:
    """Write down what somebody asked for (C2.2b)."""
    form = request.form
    told = {"topic": form.get("topic"), "asked": form.get("asked"), "missing": "missing" in form}
    try:
        asked = Asked.model_validate(told)
    except ValidationError:
        flash(words().gettext("Напишіть кількома словами, що питали."), "desk")
        return _back()
    consultations.ask(database(), asked, by())
    flash(words().gettext("Записано."), "grant")
    return _back()


@console.post("/centre/strike", endpoint="strike_service")
def strike() -> ResponseReturnValue:
    """Take one's own entry of today back."""
    demand = request.form.get("kind") == "demand"
    take_back = consultations.strike_demand if demand else consultations.strike
    struck = take_back(database(), request.form.get("row", 0, type=int), by())
    said = words().gettext("Скасовано.") if struck else words().gettext("Скасувати вже не можна.")
    flash(said, "grant" if struck else "desk")
    return _back()


@console.post("/centre/checked", endpoint="check_resource")
def check_resource() -> ResponseReturnValue:
    """Somebody looked at a resource."""
    if not consultations.checked(database(), request.form.get("resource", 0, type=int), by()):
        abort(404)
    flash(words().gettext("Перевірку записано."), "grant")
    return _back()


@console.get("/centre/poster", endpoint="resource_poster")
def poster() -> Response:
    """The catalogue with QR codes and the list of services, to print and hang up (C7.1)."""
    with database().reading() as db:
        rows = db.scalars(
            select(EResource)
            .where(EResource.retired_at.is_(None))
            .order_by(EResource.position, EResource.name)
        ).all()
    grouped = [
        (words().gettext(name), [(row, _code(row.address)) for row in rows if row.topic == topic])
        for topic, name in TOPICS.items()
    ]
    paper = {"topics": grouped, "services": SERVICES.values(), "library": library()}
    answer = Response(printing.pdf("centre_poster.html", paper), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="information-centre.pdf"'
    return answer


def _code(address: str) -> str:
    """The QR of an address, as a picture within the paper."""
    drawn = BytesIO()
    segno.make_qr(address, error="m").save(drawn, kind="png", scale=8, border=2)
    return printing.data_address("image/png", drawn.getvalue())


def served_now(db: Session) -> Visit | None:
    """The visit whose slip was scanned last, unless it is over."""
    visit = db.get(Visit, UUID(session[_READER])) if _READER in session else None
    return None if visit is None or visit.closed_at is not None else visit


def _back() -> ResponseReturnValue:
    return redirect(url_for("console.information_centre"), 303)
