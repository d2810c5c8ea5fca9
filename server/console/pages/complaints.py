"""The book of complaints and suggestions (R4.1.13)."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.console import lists, undo
from server.console.blueprint import console
from server.console.centre import database, library, now, staff, words
from server.console.labels import COMPLAINT_KINDS
from server.console.lists import Column
from server.models import Complaint, ComplaintKind
from server.services import complaints
from templates.words import N_


@console.get("/complaints", endpoint="complaints")
def complaints_page() -> str | Response:
    """All entries, those that wait for an answer first; with `waiting`, these alone."""
    with database().reading() as db:
        every = complaints.all_entries(db)
        entries = [each for each in every if each.answered_at is None or not _only_waiting()]
        found = lists.listing(entries, _columns())
        file = lists.exported(found, _columns(), "complaints")
        if file is not None:
            return file
        return render_template(
            "console/complaints.html", found=found, kinds=COMPLAINT_KINDS,
            only_waiting=_only_waiting(),
            rows=[(each, words().gettext(COMPLAINT_KINDS[each.kind])) for each in found.rows],
            today=library().day(now()), is_empty=not every,
        )  # fmt: skip


def _only_waiting() -> bool:
    return "waiting" in request.args


def _columns() -> tuple[Column[Complaint], ...]:
    def kind(entry: Complaint) -> Any:
        return words().gettext(COMPLAINT_KINDS[entry.kind])

    return (
        Column(name="number", label=N_("№"), value=lambda entry: entry.id),
        Column(name="kind", label=N_("Що це"), value=kind),
        Column(name="received", label=N_("Записано"), value=lambda entry: entry.received_at),
        Column(name="author", label=N_("Хто"), value=lambda entry: entry.author),
        Column(name="contact", label=N_("Куди відповісти"), value=lambda entry: entry.contact),
        Column(name="text", label=N_("Слова читача"), value=lambda entry: entry.text),
        Column(name="due", label=N_("Відповісти до"), value=lambda entry: entry.due_on),
        Column(name="answered", label=N_("Відповіли"), value=lambda entry: entry.answered_at),
        Column(name="answer", label=N_("Відповідь"), value=lambda entry: entry.answer),
    )


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
    number = request.form.get("number", 0, type=int)
    try:
        complaints.answer(
            database(), number, request.form.get("answer", ""), staff_id=staff().staff_id, at=now()
        )
    except complaints.NotWaiting:
        abort(404)
    except ValueError:
        flash(words().gettext("Напишіть відповідь."), "desk")
    else:
        flash(words().gettext("Відповідь записано."), "grant")
        undo.offer(undo.Kind.ANSWER, number, f"№ {number}", url_for("console.complaints"))
    return redirect(url_for("console.complaints"), 303)
