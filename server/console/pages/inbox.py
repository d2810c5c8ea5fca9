"""The inbox: what waits for a person, and what became of it."""

from __future__ import annotations

import os
from collections import Counter
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.console import reads
from server.console.blueprint import console
from server.console.centre import database, now, staff, words
from server.console.conflict_words import Explained, explain
from server.models import Conflict, ConflictKind, InboxKind
from server.services import conflicts, days, inbox, urgent_exits
from server.services.conflicts import Act, Settled
from server.services.inbox import CONFLICT
from templates.words import N_

_NAMES = {
    InboxKind.HELP_CALL.value: (N_("Кличуть працівника"), "bell", "refuse"),
    InboxKind.UNPROCESSABLE.value: (N_("Запис станції не читається"), "warning", "desk"),
    InboxKind.CERTIFICATE.value: (N_("Сертифікат сервера закінчується"), "warning", "refuse"),
    InboxKind.SLIP_NOT_RETURNED.value: (N_("Листок не здано"), "slip", "desk"),
    InboxKind.MAIL_FAILED.value: (N_("Лист не доставлено"), "warning", "desk"),
    InboxKind.UNRESOLVED.value: (N_("Документи не повернуто"), "book", "refuse"),
    f"{CONFLICT}:{ConflictKind.TWO_VISITS.value}": (N_("Два відвідування разом"), "people", "desk"),
    f"{CONFLICT}:{ConflictKind.EXIT_WITHOUT_ENTRY.value}": (
        N_("Вихід без входу"), "door-out", "desk",
    ),
    f"{CONFLICT}:{ConflictKind.VERDICTS_DIFFER.value}": (
        N_("Станція вирішила інакше"), "question", "desk",
    ),
    f"{CONFLICT}:{ConflictKind.SIGNED_UNKNOWN.value}": (
        N_("Підписаний код невідомого квитка"), "ban", "refuse",
    ),
    f"{CONFLICT}:{ConflictKind.SLIP_NUMBER_TWICE.value}": (
        N_("Номер листка двічі"), "slip", "refuse",
    ),
}  # fmt: skip
_SETTLED = {
    Settled.DONE: N_("Зайве відвідування закрито, незгоду розв’язано."),
    Settled.DOCUMENTS_OUT: N_("На цьому листку ще є документи: спершу їх треба повернути."),
    Settled.NOT_POSSIBLE: N_("Це вже розв’язано."),
}


@console.get("/inbox", endpoint="inbox")
def inbox_page() -> str:
    """All that waits; the page asks for itself again every few seconds."""
    said = words()
    with database().reading() as db:
        lines = [
            (entry, said.gettext(name), sign, colour, _explained(db, entry))
            for entry in inbox.entries(db, now())
            for name, sign, colour in [_NAMES.get(_name_key(entry), (N_("Інше"), "list", "past"))]
        ]
        notices = [
            (notice, reads.department_name(notice.department, said), notice.visit.slip_number)
            for notice in days.open_notices(db)
        ]
        urgent = urgent_exits.unexplained(db)
    kinds = Counter((_name_key(line[0]), line[1]) for line in lines)
    stations = sorted({line[0].station for line in lines if line[0].station})
    chosen, station = request.args.get("kind", ""), request.args.get("station", "")
    return render_template(
        "console/inbox.html", kinds=kinds, chosen=chosen, stations=stations, station=station,
        lines=[line for line in lines if _is_asked(line[0], chosen, station)],
        notices=[] if chosen or station else notices, urgent=urgent, now=now(),
    )  # fmt: skip


def _is_asked(entry: inbox.Entry, kind: str, station: str) -> bool:
    """What the address asks for; without a wish, everything."""
    return kind in {"", _name_key(entry)} and station in {"", entry.station}


def _explained(db: Session, entry: inbox.Entry) -> Explained | None:
    conflict = db.get(Conflict, int(entry.key)) if entry.kind == CONFLICT else None
    return None if conflict is None else explain(conflicts.story(db, conflict), words())


def _name_key(entry: inbox.Entry) -> str:
    return f"{CONFLICT}:{entry.detail}" if entry.kind == CONFLICT else entry.kind


@console.post("/inbox")
def resolve_entry() -> ResponseReturnValue:
    """Somebody looked at it."""
    form = request.form
    done = inbox.resolve(
        database(), form.get("kind", ""), form.get("key", ""), note=form.get("note", ""),
        staff_id=staff().staff_id, at=now(),
    )  # fmt: skip
    said = words().gettext("Розв’язано.") if done else words().gettext("Це вже розв’язано.")
    flash(said, "grant" if done else "desk")
    return redirect(url_for("console.inbox"), 303)


@console.post("/inbox/visit")
def close_one_of_two() -> ResponseReturnValue:
    """It was one person: the visit too many is closed, and the conflict with it."""
    conflict, visit_id = request.form.get("key", type=int), request.form.get("visit", type=UUID)
    settled = Settled.NOT_POSSIBLE
    if conflict is not None and visit_id is not None:
        settled = conflicts.close_visit(
            database(), conflict, visit_id, staff_id=staff().staff_id, at=now()
        )
    flash(words().gettext(_SETTLED[settled]), "grant" if settled is Settled.DONE else "desk")
    return redirect(url_for("console.inbox"), 303)


@console.post("/inbox/conflict")
def settle_conflict() -> ResponseReturnValue:
    """One step, and the conflict is settled."""
    conflict, act = request.form.get("key", type=int), request.form.get("act", type=Act)
    settled = Settled.NOT_POSSIBLE
    if conflict is not None and act is not None:
        settled = conflicts.settle(
            database(), conflict, act, staff_id=staff().staff_id, at=now(), entropy=os.urandom
        )
    said = N_("Незгоду розв’язано.") if settled is Settled.DONE else _SETTLED[settled]
    flash(words().gettext(said), "grant" if settled is Settled.DONE else "desk")
    return redirect(url_for("console.inbox"), 303)


@console.post("/inbox/notice")
def notice_seen() -> ResponseReturnValue:
    """The department knows what is still out."""
    notice_id = request.form.get("notice", type=UUID)
    if notice_id is not None:
        days.note_seen(database(), notice_id, staff_id=staff().staff_id, at=now())
    return redirect(url_for("console.inbox"), 303)
