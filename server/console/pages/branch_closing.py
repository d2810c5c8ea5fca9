"""A branch that is handed over or closed: what stands in the way, everything in a file, the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from tempfile import SpooledTemporaryFile
from typing import IO, cast

from flask import Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.console import alarms, reads
from server.console.blueprint import console
from server.console.centre import database, now, staff, words
from server.console.pages.setting_pages import by
from server.console.roles import may
from server.models import Branch
from server.services import branch_closing, branch_export, branch_property
from server.services.branch_closing import NotPossible, Obstacles
from templates.words import N_

_OWN_BUILDING = "-"
_IN_MEMORY = 16 << 20
"""A file larger than that is written to the disk."""
_Line = tuple[str, str, str]
"""Its name, more of it, and its own page."""
_WORDS: Mapping[str, tuple[str, str, str, str]] = {
    "alarms": ("siren", N_("Триває тривога"), "console.emergency",
               N_("Зніміть її або закрийте філію попри неї: вирішує директор.")),
    "inside": ("people", N_("Людей усередині"), "console.inside",
               N_("Дочекайтеся, поки вийдуть, або закрийте день.")),
    "loans": ("book", N_("Документів на руках"), "",
              N_("Прийміть їх або передайте відділи іншій будівлі.")),
    "holds": ("clock", N_("Черг на документи"), "",
              N_("Скасуйте їх або передайте відділи.")),
    "requests": ("sheet", N_("Невиконаних вимог"), "console.requests",
                 N_("Виконайте, відмовте або передайте відділи.")),
    "computers": ("laptop", N_("Годин за її комп’ютерами, що тривають чи заброньовані"),
                  "console.bookings", N_("Дочекайтеся кінця або скасуйте бронювання.")),
    "events": ("microphone", N_("Майбутніх заходів у її залах"), "console.all_events",
               N_("Скасуйте їх або перенесіть в інші зали.")),
    "stations": ("camera", N_("Станцій у роботі"), "console.stations",
                 N_("Відкличте кожну: вона зітре свої дані.")),
    "staff": ("person", N_("Працівників її відділів"), "console.staff_list",
              N_("Адміністратор дає їм інший відділ або закриває облікові записи.")),
}  # fmt: skip
"""Sign, name, where it is settled, and how."""


@console.get("/branches/row/<key>/closing", endpoint="branch_closing")
def closing_page(key: str) -> str:
    """What the branch has open, and the acts: a file of everything, handing over, closing."""
    with database().reading() as session:
        branch = session.get(Branch, key) or abort(404)
        open_ = branch_closing.obstacles(session, key, now())
        others = [
            (row.code, reads.place_name(row, words()))
            for row in reads.branches(session)
            if row.code != key
        ]
        rooms = [
            (row.code, reads.department_name(row, words()))
            for row in reads.departments(session).values()
            if row.branch_code != key and row.retired_at is None
        ]
        return render_template(
            "console/branch_closing.html", branch=branch, obstacles=_said(open_), open=open_,
            named=_named(session, key),
            others=[(_OWN_BUILDING, words().gettext(alarms.OWN)), *others], rooms=rooms,
            departments=branch_closing.departments(session, key),
            property=branch_property.of_branch(session, key),
        )  # fmt: skip


@console.get("/branches/row/<key>/everything.zip", endpoint="export_branch")
def export(key: str) -> Response:
    """Everything of the branch, to keep or to hand over."""
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed when it was sent
    try:
        branch_export.export(database(), key, cast(IO[bytes], file), at=now())
    except LookupError:
        file.close()
        abort(404)
    branch_export.note_export(database(), key, staff_id=staff().staff_id, at=now())
    file.seek(0)
    name = f"branch-{key}-{now().date().isoformat()}.zip"
    return send_file(file, mimetype="application/zip", as_attachment=True, download_name=name)


@console.post("/branches/row/<key>/hand-over", endpoint="hand_over_branch")
def hand_over(key: str) -> ResponseReturnValue:
    """Its departments go to another building, with documents, loans and staff."""
    to = request.form.get("to", "")
    try:
        moved = branch_closing.hand_over(
            database(), key, None if to == _OWN_BUILDING else to, staff_id=staff().staff_id,
            at=now(),
        )  # fmt: skip
    except LookupError:
        abort(404)
    _ = words().gettext
    told = _("Передано відділів: %(count)s. Кожен можна повернути на його сторінці.", count=moved)
    flash(told, "grant")
    return _back(key)


@console.post("/branches/row/<key>/hand-over-property", endpoint="hand_over_property")
def hand_over_property(key: str) -> ResponseReturnValue:
    """Documents, equipment and computers go to a department elsewhere; the code is typed."""
    form, _ = request.form, words().gettext
    if form.get("confirm", "").strip() != key:
        flash(_("Напишіть код філії, щоб підтвердити."), "desk")
        return _back(key)
    try:
        moved = branch_property.hand_over(database(), key, form.get("room", ""), by())
    except LookupError:
        abort(404)
    told = _(
        "Передано: документів %(documents)s, обладнання %(equipment)s, комп’ютерів %(computers)s.",
        documents=moved.documents, equipment=moved.equipment, computers=moved.computers,
    )  # fmt: skip
    flash(told, "grant")
    return _back(key)


@console.post("/branches/row/<key>/close", endpoint="close_branch")
def close(key: str) -> ResponseReturnValue:
    """The end of the branch, by an order; its code is typed to confirm."""
    form, _ = request.form, words().gettext
    if form.get("confirm", "").strip() != key or not form.get("order", "").strip():
        flash(_("Напишіть номер наказу й код філії, щоб підтвердити."), "desk")
        return _back(key)
    try:
        branch_closing.close(
            database(), key, staff_id=staff().staff_id, at=now(), order=form["order"],
            despite_alarm="despite_alarm" in form,
        )  # fmt: skip
    except LookupError:
        abort(404)
    except NotPossible:
        flash(_("Ще не все завершено: дивіться, що лишилося."), "desk")
    else:
        flash(_("Філію закрито. Її записи лишаються у звітах і журналі."), "grant")
    return _back(key)


def _said(open_: Obstacles) -> Sequence[tuple[str, str, str, str, str, int]]:
    """Code, sign, name, address and help of what is open, with its number.

    No address where the page is not for whoever asks, or where each has its own.
    """
    found = {each.name: getattr(open_, each.name) for each in fields(open_)}
    _ = words().gettext
    return [
        (code, sign, _(name), _address(endpoint), _(help_), found[code])
        for code, (sign, name, endpoint, help_) in _WORDS.items()
        if found[code]
    ]


def _address(endpoint: str) -> str:
    return url_for(endpoint) if endpoint and may(staff().role, endpoint) else ""


def _named(session: Session, key: str) -> Mapping[str, Sequence[_Line]]:
    """The first of what is open, by the code of its kind."""
    found, said = branch_closing.named(session, key, now()), words()
    return {
        "loans": [
            (document.title, said.gettext("до %(date)s", date=said.date(loan.due_on))
             if loan.due_on else said.gettext("у читальній залі"),
             url_for("console.document", document_id=document.id))
            for document, loan in found.loans
        ],
        "holds": [
            (document.title, document.barcode, url_for("console.document", document_id=document.id))
            for document in found.holds
        ],
        "events": [
            (event.title, said.moment(event.starts_at), url_for("console.event", event_id=event.id))
            for event in found.events
        ],
        "staff": [(person.name, person.login, "") for person in found.staff],
    }  # fmt: skip


def _back(key: str) -> ResponseReturnValue:
    return redirect(url_for("console.branch_closing", key=key), 303)
