"""Slips at the desk: print one again, ask about a lost one, let its reader go or go on (R3.2.9)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from PIL.Image import Image

from gate.facts import VisitState
from gate.reasons import Verdict
from server.console import papers, reads, why
from server.console.blueprint import console
from server.console.centre import centre, database, library, now, staff, words
from server.console.pages import door
from server.console.pages.visits import name_for_staff
from server.models import Visit
from server.services import desk_slips, lost_slips
from server.services.lost_slips import Answer
from templates.words import N_

_NO_REASON = N_("Напишіть, як сталося: без причини дозволу немає.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A department as the list of the inquiry shows it."""

    name: str
    phone: str
    marked_at: datetime | None
    issued: int
    returned: int
    out: int
    home: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """All that the page of a lost slip shows."""

    visit_id: UUID
    slip_number: str
    name: str
    since: datetime
    is_event: bool
    open: bool
    rooms: list[Room]

    @property
    def owed(self) -> int:
        """Documents that keep the reader from going (X17)."""
        return sum(room.out for room in self.rooms)


@console.post("/visits/<uuid:visit_id>/print")
def print_slip(visit_id: UUID) -> ResponseReturnValue:
    """Keep that the slip is printed, then show it to the browser's printer."""
    try:
        note_print(visit_id)
    except LookupError:
        abort(404)
    return redirect(url_for("console.slip_paper", visit_id=visit_id), 303)


@console.get("/visits/<uuid:visit_id>/slip")
def slip_paper(visit_id: UUID) -> str:
    """The slip on a page that prints in its true size."""
    visit = _open_visit(visit_id)
    return render_template(
        "console/paper.html", visit_id=visit_id, number=visit.slip_number,
        picture=url_for("console.slip_picture", visit_id=visit_id),
        file=url_for("console.slip_file", visit_id=visit_id),
        back=url_for("console.visit", visit_id=visit_id),
    )  # fmt: skip


@console.get("/visits/<uuid:visit_id>/slip.png")
def slip_picture(visit_id: UUID) -> Response:
    """The slip as the printer shall burn it."""
    return as_response(papers.as_png(_drawn(visit_id)), "image/png")


@console.get("/visits/<uuid:visit_id>/slip.pdf")
def slip_file(visit_id: UUID) -> Response:
    """The slip as a file whose page is as wide as the roll."""
    return as_response(papers.as_pdf(_drawn(visit_id)), "application/pdf")


def as_response(content: bytes, kind: str) -> Response:
    """A picture or file of paper."""
    return Response(content, mimetype=kind)


def _drawn(visit_id: UUID) -> Image:
    with database().reading() as session:
        visit = desk_slips.load(session, visit_id)
        if visit is None or not desk_slips.was_printed(session, visit.slip_number):
            abort(404)
        return papers.draw(
            session, visit, library=library(), words=words(), keys=centre().keys_directory, at=now()
        )


@console.get("/visits/<uuid:visit_id>/lost")
def lost_slip(visit_id: UUID) -> str:
    """What each department has out on the visit, asked again every few seconds."""
    door.asked(visit_id)
    with database().reading() as session:
        visit = desk_slips.load(session, visit_id)
        if visit is None:
            abort(404)
        inquiry = Inquiry(
            visit_id=visit.id,
            slip_number=visit.slip_number,
            name=name_for_staff(visit),
            since=visit.opened_at,
            is_event=visit.ticket_id is None,
            open=visit.closed_at is None,
            rooms=[_room(answer) for answer in lost_slips.inquire(session, visit_id)],
        )
        return render_template("console/lost.html", inquiry=inquiry, now=now())


def _room(answer: Answer) -> Room:
    return Room(
        name=reads.department_name(answer.department, words()),
        phone=answer.department.phone,
        marked_at=answer.marked_at,
        issued=answer.issued,
        returned=answer.returned,
        out=answer.out,
        home=answer.home,
    )


@console.post("/visits/<uuid:visit_id>/lost/out")
def let_go_without_slip(visit_id: UUID) -> ResponseReturnValue:
    """The departments were asked: the reader goes, by whose leave is kept (X06)."""
    _ = words().gettext
    door.asked(visit_id)
    try:
        done = lost_slips.let_go(
            database(), visit_id, staff_id=staff().staff_id,
            reason=request.form.get("reason", ""), at=now(),
        )  # fmt: skip
    except lost_slips.ReasonMissing:
        flash(_(_NO_REASON), "desk")
        return redirect(url_for("console.lost_slip", visit_id=visit_id), 303)
    if not done.may_go:
        why.tell(done.decision, Verdict.REFUSE)
        return redirect(url_for("console.lost_slip", visit_id=visit_id), 303)
    flash(_("Читач вийшов без листка. Дозволив(-ла): %(name)s.", name=staff().name), "grant")
    return redirect(url_for("console.visit", visit_id=visit_id), 303)


@console.post("/visits/<uuid:visit_id>/lost/duplicate")
def duplicate_slip(visit_id: UUID) -> ResponseReturnValue:
    """Give a duplicate, void the lost slip, and print."""
    try:
        lost_slips.duplicate(
            database(), visit_id, staff_id=staff().staff_id,
            reason=request.form.get("reason", ""), at=now(), entropy=os.urandom,
        )  # fmt: skip
    except lost_slips.ReasonMissing:
        flash(words().gettext(_NO_REASON), "desk")
        return redirect(url_for("console.lost_slip", visit_id=visit_id), 303)
    except lost_slips.NotOpen:
        abort(404)
    note_print(visit_id)
    return redirect(url_for("console.slip_paper", visit_id=visit_id), 303)


def note_print(visit_id: UUID) -> None:
    """Keep that the desk prints a slip; its key is made when it is first needed."""
    keys = centre().keys_directory
    if keys is not None:
        desk_slips.ensure_key(database(), keys, actor=staff().actor, at=now(), entropy=os.urandom)
    desk_slips.note_print(database(), visit_id, staff_id=staff().staff_id, at=now())


def _open_visit(visit_id: UUID) -> Visit:
    with database().reading() as session:
        visit = session.get(Visit, visit_id)
        if visit is None or visit.state is VisitState.NOT_PASSED:
            abort(404)
        return visit
