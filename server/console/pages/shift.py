"""The shift at the Service Centre: its opening list, its closing list, the end of the day."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.console import reads
from server.console.blueprint import console
from server.console.centre import database, here, library, now, staff, words
from server.console.pages.payments import bounds
from server.services import bans, calendar_days, days, inbox, payments, shifts
from templates.words import N_

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
    today, said = library().day(now()), words()
    with database().reading() as db:
        rooms = reads.departments(db)
        return render_template(
            "console/shift.html",
            shift=shifts.current(db),
            note=shifts.last_note(db),
            figures=shifts.figures(db, today),
            paid=payments.report(db, *bounds(today)),
            owing=[
                (reads.department_name(room, said), room.phone, count)
                for room, count in shifts.owing(db, today)
            ],
            waiting=len(inbox.entries(db, now())),
            banned=len(bans.in_force(db, now())),
            phones=[(reads.department_name(r, said), r.phone) for r in rooms.values() if r.phone],
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
            staff_id=staff().staff_id, at=now(),
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
        shifts.close_shift(
            database(), _ticked(), note=request.form.get("note", ""),
            staff_id=staff().staff_id, at=now(),
        )  # fmt: skip
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


def _ticked() -> dict[str, bool]:
    return {code: code in request.form for code in (*shifts.OPENING, *shifts.CLOSING)}
