"""The book of complaints and suggestions (R4.1.13)."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.console.blueprint import console
from server.console.centre import database, library, now, staff, words
from server.models import ComplaintKind
from server.services import complaints
from templates.words import N_

_KINDS = {
    ComplaintKind.COMPLAINT: N_("Скарга"),
    ComplaintKind.SUGGESTION: N_("Пропозиція"),
    ComplaintKind.THANKS: N_("Подяка"),
}


@console.get("/complaints", endpoint="complaints")
def complaints_page() -> str:
    """All entries, those that wait for an answer first."""
    kinds = {kind: words().gettext(name) for kind, name in _KINDS.items()}
    with database().reading() as db:
        return render_template(
            "console/complaints.html", entries=complaints.all_entries(db), kinds=kinds,
            today=library().day(now()),
        )  # fmt: skip


@console.post("/complaints")
def write_complaint() -> ResponseReturnValue:
    """Take an entry from whoever asks for the book."""
    form = request.form
    try:
        complaints.write(
            database(), ComplaintKind(form.get("kind", "")), form.get("text", ""),
            author=form.get("author", ""), contact=form.get("contact", ""),
            staff_id=staff().staff_id, at=now(),
        )  # fmt: skip
    except ValueError:
        flash(words().gettext("Запишіть слова читача."), "desk")
    else:
        flash(words().gettext("Записано."), "grant")
    return redirect(url_for("console.complaints"), 303)


@console.post("/complaints/answer")
def answer_complaint() -> ResponseReturnValue:
    """Answer an entry."""
    form = request.form
    try:
        complaints.answer(
            database(), form.get("number", 0, type=int), form.get("answer", ""),
            staff_id=staff().staff_id, at=now(),
        )  # fmt: skip
    except complaints.NotWaiting:
        abort(404)
    except ValueError:
        flash(words().gettext("Напишіть відповідь."), "desk")
    return redirect(url_for("console.complaints"), 303)
