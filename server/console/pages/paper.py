"""Visits kept on paper, typed in line by line (R3.1.2)."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.console.blueprint import console
from server.console.centre import database, library, now, staff, words
from server.services import paper_visits
from server.services.paper_visits import Fault, Line
from templates.words import N_

_FAULTS = {
    Fault.UNKNOWN_TICKET: N_("такого квитка немає"),
    Fault.LEFT_BEFORE_COMING: N_("вихід раніше за вхід"),
    Fault.IN_THE_FUTURE: N_("цей час ще не настав"),
    Fault.ENTERED_ALREADY: N_("це відвідування вже внесено"),
}


@console.get("/paper-visits", endpoint="paper_visits")
def paper_visits_page() -> str:
    """An empty sheet."""
    return _page("", library().day(now()))


@console.post("/paper-visits")
def enter_paper_visits() -> ResponseReturnValue:
    """Keep the whole sheet, or show what is wrong with it."""
    sheet, said = request.form.get("sheet", ""), words()
    day = request.form.get("day", library().day(now()), type=date.fromisoformat)
    try:
        lines = [_line(text, day) for text in sheet.splitlines() if text.strip()]
        kept = paper_visits.enter(
            database(), lines, staff_id=staff().staff_id, at=now(), entropy=os.urandom
        )
    except paper_visits.Refused as refused:
        flash(said.gettext("Ще нічого не внесено: виправте рядки й внесіть аркуш знову."), "desk")
        for number, fault in refused.faults:
            text = said.gettext(_FAULTS[fault])
            flash(said.gettext("Рядок %(number)s: %(text)s.", number=number, text=text), "desk")
        return _page(sheet, day)
    except ValueError:
        flash(said.gettext("Пишіть так: номер квитка, вхід і вихід через пробіл."), "desk")
        return _page(sheet, day)
    flash(
        said.ngettext("Внесено %(num)s відвідування.", "Внесено %(num)s відвідувань.", kept),
        "grant",
    )
    return redirect(url_for("console.paper_visits"), 303)


def _page(sheet: str, day: date) -> str:
    today = library().day(now())
    return render_template("console/paper_visits.html", sheet=sheet, day=day, today=today)


def _line(text: str, day: date) -> Line:
    """`RD-1001 10:05 12:40`; without the last one the reader is still inside."""
    number, came, *left = text.split()
    return Line(
        ticket_number=number,
        came_at=_instant(came, day),
        left_at=_instant(left[0], day) if left else None,
    )


def _instant(text: str, day: date) -> datetime:
    hours, minutes = text.replace(".", ":").split(":")
    clock = time(int(hours), int(minutes))
    return datetime.combine(day, clock, tzinfo=library().zone).astimezone(UTC)
