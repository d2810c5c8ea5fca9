"""The centre's plan by months, and the count of its equipment (C5.1, C8.1, C8.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.console.blueprint import console
from server.console.buildings import mine
from server.console.centre import database, library, now, words
from server.console.centre_words import INDICATORS, STATES
from server.console.pages.information_centre import by
from server.models import Indicator
from server.services import centre_plan, stock_taking
from server.services.reports.table import Period
from server.services.stock_taking import NotPossible, Scan
from templates.words import N_

_MONTHS = 12
_WHY = {
    "under_way": N_("Інвентаризація вже триває."),
    "over": N_("Цю інвентаризацію завершено."),
    "no_number": N_("Скануйте інвентарний номер."),
}


_SCANNED = {
    Scan.FOUND: (N_("Є: %(name)s."), "grant"),
    Scan.AGAIN: (N_("Уже скановано: %(name)s."), "desk"),
    Scan.UNKNOWN: (N_("Немає в обліку: %(name)s."), "refuse"),
    Scan.WRITTEN_OFF: (N_("Списано, але на місці: %(name)s."), "desk"),
}


@console.get("/centre/plan", endpoint="centre_plan")
def plan_page() -> str:
    """A year's plan and what came of it so far."""
    year = request.args.get("year", library().day(now()).year, type=int)
    if not date.min.year < year < date.max.year:
        abort(404)
    months = [date(year, month, 1) for month in range(1, _MONTHS + 1)]
    with database().reading() as db:
        planned = {month: centre_plan.planned(db, Period.of_month(month)) for month in months}
        whole = centre_plan.planned(db, Period.of_year(year))
        facts = centre_plan.facts(db, Period.of_year(year), library())
    return render_template(
        "console/centre_plan.html", year=year, months=months, planned=planned, facts=facts,
        indicators=INDICATORS, names=[words().month(month) for month in months],
        sums={indicator: whole.get(indicator, 0) for indicator in INDICATORS},
    )  # fmt: skip


@console.post("/centre/plan", endpoint="set_centre_plan")
def set_plan() -> ResponseReturnValue:
    """Keep the targets of one indicator for a year."""
    form = request.form
    year = form.get("year", 0, type=int)
    try:
        indicator = Indicator(form.get("indicator", ""))
        targets = {
            date(year, month, 1): form.get(f"m{month}", 0, type=int)
            for month in range(1, _MONTHS + 1)
        }
        centre_plan.plan(database(), indicator, targets, by())
    except centre_plan.NotPossible:
        flash(words().gettext("План — це число від 0 до мільйона."), "desk")
    except ValueError:
        abort(404)
    else:
        flash(words().gettext("Збережено."), "grant")
    return redirect(url_for("console.centre_plan", year=year), 303)


@console.get("/centre/stock-taking", endpoint="stock_taking")
def stock_page() -> str:
    """The count that goes on, and its differences."""
    with database().reading() as db:
        taking = stock_taking.under_way(db, mine())
        asked = request.args.get("taking", type=int)
        shown = asked if asked is not None else (None if taking is None else taking.id)
        sheet = None if shown is None else stock_taking.sheet(db, shown)
        past = stock_taking.past(db, mine())
    return render_template(
        "console/stock_taking.html", taking=taking, sheet=sheet, states=STATES, past=past,
        begun=next((each for each in past if each.id == shown), taking), library=library(),
    )  # fmt: skip


@console.post("/centre/stock-taking/begin", endpoint="begin_stock_taking")
def begin() -> ResponseReturnValue:
    """Begin a count."""
    return _done(lambda: stock_taking.begin(database(), by(), mine()))


@console.post("/centre/stock-taking/see", endpoint="see_stock")
def see() -> ResponseReturnValue:
    """A number was typed."""
    return _see(request.form.get("taking", 0, type=int), request.form.get("number", ""))


def take(number: str) -> ResponseReturnValue:
    """A scan on this page: one more thing is there."""
    with database().reading() as db:
        taking = stock_taking.under_way(db, mine())
    return _see(0 if taking is None else taking.id, number)


def _see(taking: int, number: str) -> ResponseReturnValue:
    def see() -> None:
        what, name = stock_taking.see(database(), taking, number, by())
        said, state = _SCANNED[what]
        flash(words().gettext(said, name=name), state)

    return _done(see)


@console.post("/centre/stock-taking/end", endpoint="end_stock_taking")
def end() -> ResponseReturnValue:
    """The count is done; its sheet stays to be printed."""
    taking = request.form.get("taking", 0, type=int)
    _done(lambda: stock_taking.end(database(), taking, by()))
    return redirect(url_for("console.stock_taking", taking=taking), 303)


def _done(act: Callable[[], object]) -> ResponseReturnValue:
    try:
        act()
    except NotPossible as error:
        flash(words().gettext(_WHY[str(error)]), "desk")
    return redirect(url_for("console.stock_taking"), 303)
