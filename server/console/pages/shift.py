"""The shift at the Service Centre: its opening list, its closing list, the end of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.console import reads
from server.console.blueprint import console
from server.console.centre import database, here, library, now, staff, words
from server.console.enrolment_words import METHODS, PAID_FOR
from server.console.pages.bans import ban_line
from server.console.pages.payments import bounds
from server.models import Department, Shift
from server.services import calendar_days, days, inbox, payments, shift_glance, shifts
from server.services.reach import Reach
from server.services.shift_glance import LastSeen
from templates.words import N_

_COUNT_MOST = 1000
_OPENING = {
    "clock": N_("Годинник збігається"),
    "test_slip": N_("Пробний листок надруковано"),
    "alarm_test": N_("Сигнал тривоги перевірено"),
    "forms": N_("Бланки на випадок аварії полічено"),
}
_CLOSING = {
    "walk_through": N_("Зали пройдено, нікого немає"),
    "cloakroom": N_("Номерки гардероба на місці"),
    "items_shown": N_("Власні речі показано"),
    "payments": N_("Оплати зведено"),
    "paper_visits": N_("Паперові відвідування внесено"),
}


@console.get("/shift", endpoint="shift")
def shift_page() -> str:
    """What is looked at now: before the day, or at its end."""
    today, said, branch = library().day(now()), words(), here().branch_code
    branched = here().branch
    house = "" if branched is None else reads.name_in(branched, said)
    with database().reading() as db:
        rooms = reads.departments(db)
        seen = shift_glance.glance(db, here(), now())
        shift = shifts.current(db, branch)
        since = shift.opened_at if shift else bounds(today)[0]
        return render_template(
            "console/shift.html",
            shift=shift,
            house=house,
            note=shifts.last_note(db, branch),
            figures=shifts.figures(db, today, branch),
            paid=payments.report(db, since, bounds(today)[1], Reach(branch)),
            methods=METHODS,
            owing=[
                (reads.department_name(room, said), room.phone, count)
                for room, count in shifts.owing(db, today, branch)
            ],
            waiting=len(inbox.entries(db, now())),
            glance=seen,
            last_seen=_last_seen(seen.last_seen, rooms),
            new_bans=[ban_line(db, ban) for ban in seen.new_bans],
            before=shifts.recent(db, branch),
            now=now(),
            phones=[
                (reads.department_name(r, said), r.phone)
                for r in rooms.values()
                if r.phone and r.retired_at is None and r.branch_code == branch
            ],
            hours=here().opening(today),
            other_hours=[
                (reads.place_name(room, said), hours)
                for room, hours in calendar_days.differing(db, here(), today)
            ],
            opening=[(code, said.gettext(name)) for code, name in _OPENING.items()],
            closing=[(code, said.gettext(name)) for code, name in _CLOSING.items()],
        )


@console.post("/shift/open")
def open_shift() -> ResponseReturnValue:
    """Begin: who is on duty, what was looked at."""
    try:
        shifts.open_shift(
            database(), request.form.get("librarian", ""), _ticked(),
            staff_id=staff().staff_id, at=now(), forms=_number("forms_count"),
        )  # fmt: skip
    except ValueError:
        flash(words().gettext("Вкажіть, хто чергує."), "desk")
    else:
        flash(words().gettext("Зміну відкрито. Гарного дня!"), "grant")
    return redirect(url_for("console.shift"), 303)


@console.post("/shift/close")
def close_shift() -> ResponseReturnValue:
    """End the shift, with its note for the next one."""
    try:
        shifts.close_shift(database(), _ticked(), told=_told(), staff_id=staff().staff_id, at=now())
    except shifts.Alert:
        flash(words().gettext("Триває тривога: зміну закриють після відбою."), "desk")
    except shifts.Unsigned:
        flash(words().gettext("Вкажіть, хто пройшов зали."), "desk")
        return shift_page(), HTTPStatus.UNPROCESSABLE_ENTITY
    except shifts.Unticked:
        flash(words().gettext("Не все позначено: напишіть наступній зміні, чому."), "desk")
        return shift_page(), HTTPStatus.UNPROCESSABLE_ENTITY
    except shifts.NoShift:
        flash(words().gettext("Зміну ще не відкрито."), "desk")
    else:
        flash(words().gettext("Зміну закрито."), "grant")
    return redirect(url_for("console.shift"), 303)


@console.post("/shift/day")
def close_day() -> ResponseReturnValue:
    """End the visits that are left; not before closing time, not during an alert."""
    try:
        left = days.close_today(database(), staff_id=staff().staff_id, at=now())
    except days.NotYet:
        flash(words().gettext("День ще триває: бібліотека відчинена або тривога."), "desk")
    else:
        said = words().ngettext(
            "Закрито %(num)s відвідування.", "Закрито %(num)s відвідувань.", left
        )
        flash(said, "grant")
    return redirect(url_for("console.shift"), 303)


@console.get("/shift/<int:shift_id>")
def shift_report(shift_id: int) -> str:
    """A shift that is over, to print and sign; 404 where there is none."""
    with database().reading() as db:
        shift = db.get(Shift, shift_id)
        if shift is None or shift.closing is None or shift.closed_at is None:
            abort(404)
        return render_template(
            "console/shift_report.html", shift=shift, closing=shift.closing,
            opening=[(name, shift.opening.get(code, False)) for code, name in _OPENING.items()],
            checks=[(name, shift.closing["checks"].get(code)) for code, name in _CLOSING.items()],
            paid=payments.report(db, shift.opened_at, shift.closed_at, Reach(shift.branch_code)),
            kinds=PAID_FOR,
            methods=METHODS,
        )  # fmt: skip


def _last_seen(
    places: Sequence[LastSeen], rooms: Mapping[str, Department]
) -> Sequence[tuple[str, int]]:
    """Where people were seen last, in words."""
    entrance = words().gettext("лише на вході")
    return [
        (reads.department_name(rooms.get(each.department_code), words()) or each.hall or entrance,
         each.persons)
        for each in places
    ]  # fmt: skip


def _told() -> shifts.Told:
    form = request.form
    return shifts.Told(
        note=form.get("note", ""), walked_by=form.get("walked_by", ""),
        tokens_missing=_number("tokens_missing") or 0,
    )  # fmt: skip


def _number(field: str) -> int | None:
    """What was counted, from nothing to a thousand; None where nobody wrote it."""
    count = request.form.get(field, type=int)
    return count if count is not None and 0 <= count <= _COUNT_MOST else None


def _ticked() -> dict[str, bool]:
    return {code: code in request.form for code in (*shifts.OPENING, *shifts.CLOSING)}
