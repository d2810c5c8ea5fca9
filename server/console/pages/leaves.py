"""Out for a while and back at the desk: the slip stays, the reader takes a stub (R3.1.5)."""

from __future__ import annotations

import os
from http import HTTPStatus
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from gate.facts import VisitState
from gate.reasons import Verdict
from server.console import exit_form, papers, undo, why
from server.console.blueprint import console
from server.console.centre import database, library, now, staff, words
from server.console.pages import door
from server.console.pages.slips import as_response
from server.models import Visit
from server.services import leaves


@console.post("/visits/<uuid:visit_id>/leave")
def leave(visit_id: UUID) -> ResponseReturnValue:
    """The slip is left at the desk; refused while documents of a reading room are out (X08)."""
    shown = door.shown_slip(_visit(visit_id).slip_number, visit_id, door.asked(visit_id))
    found = leaves.leave(
        database(), shown, staff_id=staff().staff_id, at=now(), entropy=os.urandom,
        checked=exit_form.checked(scanned=bool(shown.carried)),
    )  # fmt: skip
    if found.unchecked:
        page = door.checking(visit_id, unchecked=found.unchecked)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    if not found.may_go:
        why.tell(found.decision, Verdict.REFUSE)
        return redirect(url_for("console.exit_check", visit_id=visit_id), 303)
    page = url_for("console.exit_check", visit_id=visit_id)
    undo.offer(undo.Kind.LEAVE, visit_id, shown.value, page)
    return redirect(url_for("console.stub_paper", visit_id=visit_id), 303)


@console.post("/visits/<uuid:visit_id>/return")
def come_back(visit_id: UUID) -> ResponseReturnValue:
    """The reader is back with the ticket: the same visit goes on (E44)."""
    _visit(visit_id)
    decision = leaves.come_back(
        database(), visit_id, staff_id=staff().staff_id, at=now(), entropy=os.urandom
    )
    if decision.verdict is Verdict.GRANT:
        number = _visit(visit_id).slip_number
        flash(words().gettext("Віддайте читачеві листок %(number)s.", number=number), "grant")
    why.tell(decision)
    return redirect(url_for("console.visit", visit_id=visit_id), 303)


@console.get("/visits/<uuid:visit_id>/stub")
def stub_paper(visit_id: UUID) -> str:
    """The stub on a page that prints in its true size."""
    return render_template(
        "console/paper.html", visit_id=visit_id, number=_away(visit_id).slip_number, stub=True,
        picture=url_for("console.stub_picture", visit_id=visit_id),
        back=url_for("console.exit"),
    )  # fmt: skip


@console.get("/visits/<uuid:visit_id>/stub.png")
def stub_picture(visit_id: UUID) -> Response:
    """The stub as the printer shall burn it."""
    drawn = papers.stub(_away(visit_id), library=library(), words=words())
    return as_response(papers.as_png(drawn), "image/png")


def _visit(visit_id: UUID) -> Visit:
    with database().reading() as session:
        return session.get(Visit, visit_id) or abort(404)


def _away(visit_id: UUID) -> Visit:
    visit = _visit(visit_id)
    if visit.state is not VisitState.AWAY:
        abort(404)
    return visit
