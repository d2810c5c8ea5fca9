"""Bans of people and organisations: the list, imposing, lifting (R4.3, R4.4, R5.1.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.console import lists
from server.console.blueprint import console
from server.console.centre import database, library, now, staff, words
from server.console.labels import ban_reason_name, ban_reasons, ban_term_days
from server.console.lists import Column
from server.models import Ban, Role, Staff
from server.services import bans, organisations
from server.services.bans import Fault, Violation, Wish
from templates.words import N_

_FAULTS = {
    Fault.ORDER_MISSING: N_("Вкажіть номер наказу."),
    Fault.END_MISSING: N_(
        "Вкажіть останній день. Без строку обмежує лише директор, позначивши це."
    ),
    Fault.ENDS_BEFORE_IT_BEGINS: N_("Останній день уже минув."),
    Fault.TOO_LONG: N_("Строк задовгий: щонайбільше десять років."),
    Fault.NOTE_MISSING: N_("Опишіть порушення словами."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BanLine:
    """A ban with all that was decided."""

    ban_id: int
    patron_id: int | None
    """None where a whole organisation is banned."""
    name: str
    organisation: str
    since: datetime
    last_moment: datetime | None
    reason: str
    order_number: str
    note: str
    author: str
    holds: bool
    can_undo: bool
    """Made a moment ago by whoever looks at it."""
    lifted_at: datetime | None
    lifted_by: str
    lift_reason: str
    lift_order_number: str
    can_restore: bool
    """Lifted a moment ago by whoever looks at it."""
    organisation_id: int | None

    @property
    def last_day(self) -> date | None:
        """Last day of the ban by the library's calendar; None for one without end."""
        if self.last_moment is None:
            return None
        return library().day(self.last_moment - timedelta(microseconds=1))


@console.get("/bans", endpoint="bans")
def bans_page() -> str | Response:
    """Everybody who has no right to visit now; with `all`, everybody who ever had none."""
    everything = "all" in request.args
    with database().reading() as db:
        held = bans.every(db) if everything else bans.in_force(db, now())
        lines = [ban_line(db, ban) for ban in held]
        known = [(str(each.id), each.name) for each in organisations.in_use(db)]
    found = lists.listing(lines, _columns(), "name")
    file = lists.exported(found, _columns(), "bans")
    if file is not None:
        return file
    return render_template(
        "console/bans.html", found=found, organisations=known, everything=everything,
        rows=[(line, [column.value(line) for column in _columns()]) for line in found.rows],
        **ban_form(),
    )  # fmt: skip


def _columns() -> tuple[Column[BanLine], ...]:
    return (
        Column(name="name", label=N_("Хто"), value=lambda ban: ban.name),
        Column(name="organisation", label=N_("Організація"), value=lambda ban: ban.organisation),
        Column(name="reason", label=N_("Порушення"), value=lambda ban: ban.reason),
        Column(name="since", label=N_("Від"), value=lambda ban: library().day(ban.since)),
        Column(name="last_day", label=N_("Останній день"), value=_until),
        Column(name="order", label=N_("Наказ"), value=lambda ban: ban.order_number),
        Column(name="author", label=N_("Хто обмежив"), value=lambda ban: ban.author),
        Column(name="note", label=N_("Обставини"), value=lambda ban: ban.note),
        Column(name="lifted", label=N_("Знято"), value=lambda ban: ban.lifted_at),
    )


def _until(ban: BanLine) -> date | str:
    return ban.last_day or words().gettext("без строку")


def ban_form() -> dict[str, Any]:
    """What the form of a ban offers: violations with their usual terms, days."""
    today, terms = library().day(now()), ban_term_days()
    return {
        "reasons": [
            (code, name, today + timedelta(days=terms[code] - 1) if code in terms else None)
            for code, name in ban_reasons()
        ],
        "today": today,
        "is_director": staff().role is Role.DIRECTOR,
    }


@console.post("/patrons/<int:patron_id>/ban")
def impose_ban(patron_id: int) -> ResponseReturnValue:
    """Ban a reader."""
    try:
        bans.impose(
            database(), patron_id, _wish(), staff_id=staff().staff_id, role=staff().role, at=now()
        )
    except bans.NobodyThere:
        abort(404)
    except bans.Refused as refused:
        _say(refused)
    else:
        flash(words().gettext("Право відвідувати обмежено."), "grant")
    return redirect(url_for("console.case_file", patron_id=patron_id), 303)


@console.post("/bans/organisation")
def ban_organisation() -> ResponseReturnValue:
    """Ban every reader of an organisation (R5.1.10)."""
    try:
        made = bans.impose_on_organisation(
            database(), request.form.get("organisation", 0, type=int), _wish(),
            staff_id=staff().staff_id, role=staff().role, at=now(),
        )  # fmt: skip
    except bans.NobodyThere:
        flash(words().gettext("Такої організації немає."), "desk")
    except bans.Refused as refused:
        _say(refused)
    else:
        said = words().ngettext(
            "Організацію обмежено, з нею %(num)s читача.",
            "Організацію обмежено, з нею %(num)s читачів.", made,
        )  # fmt: skip
        flash(said, "grant")
    return redirect(_back(), 303)


@console.post("/bans/lift")
def lift_ban() -> ResponseReturnValue:
    """End a ban now (E17)."""
    try:
        bans.lift(
            database(), request.form.get("ban", 0, type=int), staff_id=staff().staff_id,
            reason=request.form.get("reason", ""), order=request.form.get("order", ""), at=now(),
        )  # fmt: skip
    except bans.NobodyThere:
        abort(404)
    except ValueError:
        flash(words().gettext("Напишіть, чому знято."), "desk")
    else:
        flash(words().gettext("Обмеження знято: вхід дозволено."), "grant")
    return redirect(_back(), 303)


def _back() -> str:
    """To the case file where it was done there, never to another place."""
    asked = request.form.get("back", "")
    known = asked.startswith(("/patrons/", "/organisations/"))
    return asked if known else url_for("console.bans")


@console.post("/bans/undo")
def undo_ban() -> ResponseReturnValue:
    """Take back a ban that was just made by mistake."""
    try:
        bans.undo(
            database(), request.form.get("ban", 0, type=int), staff_id=staff().staff_id, at=now()
        )
    except bans.NobodyThere:
        flash(words().gettext("Скасувати вже не можна: обмеження знімає директор."), "desk")
    else:
        flash(words().gettext("Обмеження скасовано, наче його не було."), "grant")
    return redirect(_back(), 303)


@console.post("/bans/restore")
def restore_ban() -> ResponseReturnValue:
    """Take back a lifting that was just done by mistake."""
    number = request.form.get("ban", 0, type=int)
    try:
        bans.restore(database(), number, staff_id=staff().staff_id, at=now())
    except bans.NobodyThere:
        flash(words().gettext("Повернути вже не можна: обмежте наново."), "desk")
    else:
        flash(words().gettext("Обмеження знову діє."), "grant")
    return redirect(_back(), 303)


def _wish() -> Wish:
    form = request.form
    reason = _reason(form.get("reason", ""))
    last_day = form.get("last_day", type=date.fromisoformat) or _usual_end(reason)
    return Wish(
        reason=reason,
        order_number=form.get("order", ""),
        last_day=None if "indefinite" in form else last_day,
        note=form.get("note", ""),
        indefinite="indefinite" in form,
    )


def _say(refused: bans.Refused) -> None:
    for fault in refused.faults:
        flash(words().gettext(_FAULTS[fault]), "desk")


def _usual_end(reason: str) -> date | None:
    """Where no day was typed, the violation's usual term counts, today included."""
    days = ban_term_days().get(reason)
    return None if days is None else library().day(now()) + timedelta(days=days - 1)


def _reason(code: str) -> str:
    return code if code in dict(ban_reasons()) else Violation.OTHER.value


def ban_line(db: Session, ban: Ban) -> BanLine:
    """A ban in words."""
    over = ban.until is not None and ban.until <= now()
    return BanLine(
        ban_id=ban.id,
        patron_id=ban.patron_id,
        name=ban.patron.full_name if ban.patron else _organisation(ban),
        organisation=_organisation(ban) if ban.patron else "",
        since=ban.since,
        last_moment=ban.until,
        reason=ban_reason_name(ban.reason),
        order_number=ban.order_number,
        note=ban.note,
        author=_staff_name(db, ban.author_id),
        holds=not over and ban.lifted_at is None,
        can_undo=bans.can_undo(ban, staff().staff_id, now()),
        lifted_at=ban.lifted_at,
        lifted_by=_staff_name(db, ban.lifted_by),
        lift_reason=ban.lift_reason,
        lift_order_number=ban.lift_order_number,
        can_restore=bans.can_restore(ban, staff().staff_id, now()),
        organisation_id=ban.organisation_id,
    )


def _staff_name(db: Session, staff_id: int | None) -> str:
    person = None if staff_id is None else db.get(Staff, staff_id)
    return person.name if person else ""


def _organisation(ban: Ban) -> str:
    return ban.organisation.name if ban.organisation else ""
