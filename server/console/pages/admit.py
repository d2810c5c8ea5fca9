"""Let in at the desk, and allow own things (E49, V07, R3.1.3)."""

from __future__ import annotations

import os
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from gate.facts import OwnItemKind
from server.console import undo, why
from server.console.blueprint import console
from server.console.buildings import event_is_ours
from server.console.centre import database, library, now, staff, words
from server.console.pages.patrons import best_ticket
from server.console.pages.slips import note_print
from server.models import EventOfDay, IdentityDocument, Patron
from server.services import admissions, own_items
from server.services.admissions import Admitted, Party


@console.get("/admit", endpoint="admit")
def admit_page() -> str:
    """Groups: to an event of today, or with a guide."""
    with database().reading() as db:
        today = library().day(now())
        events = [
            event
            for event in db.scalars(select(EventOfDay).where(EventOfDay.ends_at > now()))
            if library().day(event.starts_at) == today
            and event.cancelled_at is None
            and event_is_ours(db, event)
        ]
    return render_template("console/admit.html", events=events)


@console.post("/admit")
def admit_group() -> ResponseReturnValue:
    """One slip for a group (V07)."""
    form = request.form
    try:
        admitted = admissions.group(
            database(), form.get("event", ""), persons=form.get("persons", 0, type=int),
            staff_id=staff().staff_id, at=now(), entropy=os.urandom,
        )  # fmt: skip
    except LookupError:
        abort(404)
    except ValueError:
        flash(words().gettext("Вкажіть, скільки осіб."), "desk")
        return redirect(url_for("console.admit"), 303)
    return _admitted(admitted, url_for("console.admit"))


@console.post("/admit/guide")
def admit_with_guide() -> ResponseReturnValue:
    """One slip for a group that a guide leads round, whatever events there are."""
    form = request.form
    party = Party(name=form.get("group", ""), guide=form.get("guide", ""))
    try:
        admitted = admissions.with_guide(
            database(), party, persons=form.get("persons", 0, type=int),
            staff_id=staff().staff_id, at=now(), entropy=os.urandom,
        )  # fmt: skip
    except ValueError:
        flash(words().gettext("Вкажіть групу, екскурсовода й скільки осіб."), "desk")
        return redirect(url_for("console.admit"), 303)
    return _admitted(admitted, url_for("console.admit"))


@console.post("/patrons/<int:patron_id>/admit")
def admit_patron(patron_id: int) -> ResponseReturnValue:
    """Who forgot the ticket, known by a document (E49)."""
    with database().reading() as db:
        patron = db.get(Patron, patron_id)
        ticket = best_ticket(patron.tickets) if patron else None
    if ticket is None:
        abort(404)
    document = request.form.get("document", IdentityDocument.OTHER, type=IdentityDocument)
    admitted = admissions.by_name(
        database(), ticket.id, document_seen=document.value,
        persons=1 + max(0, min(9, request.form.get("children", 0, type=int))),
        staff_id=staff().staff_id, at=now(), entropy=os.urandom,
    )  # fmt: skip
    return _admitted(admitted, url_for("console.patron", patron_id=patron_id))


@console.post("/visits/<uuid:visit_id>/items")
def allow_items(visit_id: UUID) -> ResponseReturnValue:
    """Allow what was declared, and what is shown now, in one's own name (R3.1.3)."""
    kind = request.form.get("kind", type=OwnItemKind)
    try:
        if kind is None:
            own_items.approve(database(), visit_id, staff_id=staff().staff_id, at=now())
        else:
            own_items.add(
                database(), visit_id, kind, request.form.get("count", 1, type=int),
                staff_id=staff().staff_id, at=now(),
            )  # fmt: skip
    except own_items.NotOpen:
        abort(404)
    except ValueError:
        flash(words().gettext("Вкажіть кількість від 1 до 99."), "desk")
    else:
        flash(words().gettext("Дозволено. Відмітка є в листку."), "grant")
    return redirect(url_for("console.visit", visit_id=visit_id), 303)


def _admitted(admitted: Admitted, back: str) -> ResponseReturnValue:
    if admitted.visit_id is None:
        why.tell(admitted.decision)
        return redirect(back, 303)
    note_print(admitted.visit_id)
    page = url_for("console.visit", visit_id=admitted.visit_id)
    undo.offer(undo.Kind.ADMISSION, admitted.visit_id, admitted.slip_number, page)
    return redirect(url_for("console.slip_paper", visit_id=admitted.visit_id), 303)
