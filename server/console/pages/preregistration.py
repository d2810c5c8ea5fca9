"""What was begun at a kiosk, opened by the queue slip's code and finished at the desk (R2.1)."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from server.console.blueprint import console
from server.console.centre import database, words
from server.console.pages.enrolment import by, data_page
from server.services import preregistrations


@console.get("/enrolment/kiosk/<uuid:known>")
def preregistration(known: UUID) -> ResponseReturnValue:
    """The data as they were given, to be compared with the document."""
    with database().reading() as session:
        kept = preregistrations.open_one(session, known)
        if kept is None:
            flash(words().gettext("Цей запис уже опрацьовано або стерто."), "desk")
            return redirect(url_for("console.enrolments"), 303)
        form = {
            **preregistrations.form_of(kept),
            "preregistration": str(known),
            "number": str(kept.number),
        }
    return data_page(form, {}, is_new=True)


@console.post("/enrolment/kiosk/<uuid:known>/drop")
def drop_preregistration(known: UUID) -> ResponseReturnValue:
    """The person does not go on; 404 where nothing waits."""
    try:
        preregistrations.drop(database(), known, by=by())
    except LookupError:
        abort(404)
    flash(words().gettext("Запис із термінала стерто."), "desk")
    return redirect(url_for("console.enrolments"), 303)
