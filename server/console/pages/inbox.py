"""The inbox: what waits for a person, and what became of it."""

from __future__ import annotations

import os
from collections import Counter
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.console import lists, notice_words, reads, undo
from server.console.blueprint import console
from server.console.buildings import is_ours, mine
from server.console.centre import database, now, staff, words
from server.console.conflict_words import Broken, Explained, explain, explain_broken
from server.models import Conflict, ConflictKind, InboxKind, StationEvent
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
    chosen, station = request.args.get("kind", ""), request.args.get("station", "")
    with database().reading() as db:
        entries = [each for each in inbox.entries(db, now()) if is_ours(db, each.station)]
        asked = [entry for entry in entries if _is_asked(entry, chosen, station)]
        shown, pages = lists.paged(asked)
        lines = [(entry, *_named(entry), _explained(db, entry)) for entry in shown]
        notices = [
            (notice, reads.department_name(notice.department, said), notice.visit.slip_number)
            for notice in days.open_notices(db)
            if mine().covers(notice.department.branch_code)
        ]
        urgent = urgent_exits.unexplained(db)
    return render_template(
        "console/inbox.html", lines=lines, found=len(asked), pages=pages,
        kinds=Counter((_name_key(entry), _named(entry)[0]) for entry in entries), chosen=chosen,
        stations=sorted({entry.station for entry in entries if entry.station}), station=station,
        notices=[] if chosen or station else notices, urgent=urgent, now=now(),
    )  # fmt: skip


def _named(entry: inbox.Entry) -> tuple[str, str, str]:
    """Name, sign and colour of an entry."""
    name, sign, colour = _NAMES.get(_name_key(entry), (N_("Інше"), "list", "past"))
    return words().gettext(name), sign, colour


def _is_asked(entry: inbox.Entry, kind: str, station: str) -> bool:
    """What the address asks for; without a wish, everything."""
    return kind in {"", _name_key(entry)} and station in {"", entry.station}


def _explained(db: Session, entry: inbox.Entry) -> Explained | Broken | str | None:
    if entry.kind == CONFLICT:
        return explain(conflicts.story(db, db.get_one(Conflict, int(entry.key))), words())
    if entry.kind == InboxKind.UNPROCESSABLE:
        return explain_broken(db.get_one(StationEvent, UUID(entry.key)), words())
    if entry.kind == InboxKind.MAIL_FAILED:
        return notice_words.trouble(entry.detail, words())
    return None


def _name_key(entry: inbox.Entry) -> str:
    return f"{CONFLICT}:{entry.detail}" if entry.kind == CONFLICT else entry.kind


@console.post("/inbox")
def resolve_entry() -> ResponseReturnValue:
    """Somebody looked at it."""
    form = request.form
    kind = form.get("kind", "")
    key = form.get("key", "")
    done = inbox.resolve(
        database(), kind, key, note=form.get("note", ""), staff_id=staff().staff_id, at=now()
    )
    if done:
        undo.offer(undo.Kind.INBOX, f"{kind} {key}", "", url_for("console.inbox"))
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
