"""Reports: chosen, looked at as chart and table, saved as file, printed."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.console import charts, exports, report_words
from server.console.blueprint import console
from server.console.centre import database, library, now, staff, words
from server.console.places import may_here
from server.console.printing import pdf
from server.models import ReportRhythm
from server.services import saved_reports
from server.services.reports import catalogue
from server.services.reports.catalogue import REPORTS, ReportCode
from server.services.reports.table import Period, Table, Unit
from server.services.saved_reports import BadAddress
from templates.words import N_

_RHYTHMS = {
    ReportRhythm.WEEKLY: N_("щопонеділка, за минулий тиждень"),
    ReportRhythm.MONTHLY: N_("першого числа, за минулий місяць"),
    ReportRhythm.QUARTERLY: N_("першого числа кварталу, за минулий квартал"),
    ReportRhythm.YEARLY: N_("першого січня, за минулий рік"),
}
_UNBROKEN_UNITS = (Unit.DAY, Unit.MONTH, Unit.HOUR)
_UNBROKEN = ("ticket", "phone", "inventory_number")
"""What is read in one go stands on one line of the paper."""
SHOWN_MOST = 500
"""Rows on the screen and on paper, some twenty pages: nobody reads more, and files have all."""
_SENDABLE = [code for code, report in REPORTS.items() if not report.is_personal]
"""Nobody's name leaves the house by itself."""


@console.get("/reports", endpoint="reports")
def reports_page() -> str:
    """All reports that this person may see, and what is sent by itself."""
    codes = [code for code in ReportCode if _may(code)]
    with database().reading() as db:
        sent = [
            (row, words().gettext(report_words.TITLES[ReportCode(row.report)][0]),
             words().gettext(_RHYTHMS[row.rhythm]))
            for row in saved_reports.all_of(db)
        ]  # fmt: skip
    return render_template(
        "console/reports.html",
        reports=report_words.names(codes, words()),
        sendable=report_words.names(_SENDABLE, words()),
        sent=sent,
        rhythms=[(rhythm, words().gettext(name)) for rhythm, name in _RHYTHMS.items()],
    )


def _may(code: ReportCode) -> bool:
    return not REPORTS[code].is_personal or may_here("console.patron")


@console.get("/reports/<code>", endpoint="report")
def report_page(code: str) -> str | Response:
    """One report over the days that the address names; without any, this month."""
    chosen = _code(code)
    asked = asked_period()
    codes, said = (chosen, *REPORTS[chosen].parts), words()
    format_ = request.args.get("format", "")
    with catalogue.opened(database(), *codes, period=asked) as tables:
        parts = list(zip(codes, tables, strict=True))
        if format_ in ("csv", "xlsx"):
            sheets = [report_words.sheet(each, table, said) for each, table in parts]
            made = exports.as_xlsx(sheets) if format_ == "xlsx" else exports.as_csv(*sheets[0][1:])
            return exports.saved(format_, report_words.file_name(chosen, asked), made)
        shown, *sections = (_shown(each, table) for each, table in parts)
    title, about = map(said.gettext, report_words.TITLES[chosen])
    shown |= {"title": title, "about": about, "period": report_words.period(asked, said)}
    shown["sections"] = sections
    if format_ == "pdf":
        return _paper(report_words.file_name(chosen, asked), shown)
    return render_template(
        "console/report.html", code=chosen, first=asked.first, last=asked.last, spans=spans(),
        **shown,
    )  # fmt: skip


def _code(code: str) -> ReportCode:
    try:
        chosen = ReportCode(code)
    except ValueError:
        abort(404)
    if not _may(chosen):
        abort(403)
    return chosen


def asked_period() -> Period:
    """The days of the address; what can't be a period is this month."""
    today = library().day(now())
    try:
        first = date.fromisoformat(request.args.get("first", ""))
        return Period(first, date.fromisoformat(request.args.get("last", "")))
    except ValueError:
        return Period(today.replace(day=1), today)


def spans() -> list[tuple[str, Period]]:
    """The periods that people ask for most."""
    today = library().day(now())
    month = Period.of_month(today)
    before = Period.of_month(month.first - timedelta(days=1))
    quarter = Period.of_quarter(today)
    quarters = [quarter, Period.of_quarter(quarter.first - timedelta(days=1))]
    year = Period.of_year(today.year)
    said = words()
    return [
        (said.gettext("Сьогодні"), Period(today, today)),
        (report_words.period(month, said), month),
        (report_words.period(before, said), before),
        *((report_words.period(quarter, said), quarter) for quarter in quarters),
        (report_words.period(year, said), year),
        (report_words.period(Period.of_year(today.year - 1), said), Period.of_year(today.year - 1)),
    ]


def _shown(code: ReportCode, table: Table) -> dict[str, object]:
    said = words()

    def row(values: tuple[object, ...]) -> list[str]:
        pairs = zip(table.columns, values, strict=True)
        return [report_words.cell(column, value, said) for column, value in pairs]

    numbers = [column.unit in (Unit.COUNT, Unit.NUMBER, Unit.PERCENT) for column in table.columns]
    return {
        "title": report_words.sheet(code, table, said)[0],
        "count": len(table.rows),
        "head": list(zip(report_words.headings(table, said), numbers, strict=True)),
        "rows": [row(values) for values in table.rows[:SHOWN_MOST]],
        "total": row(table.total) if table.total else None,
        "numbers": numbers,
        "unbroken": [
            column.unit in _UNBROKEN_UNITS or column.code in _UNBROKEN for column in table.columns
        ],
        "chart": _chart(table),
    }


def _chart(table: Table) -> charts.Chart | None:
    said = words()
    if not table.charted:
        return None
    places = [n for n, column in enumerate(table.columns) if column.code in table.charted]
    labels = [_label(table, values[0]) for values in table.rows]
    series = [
        (report_words.heading(table.columns[n], said), [row[n] or 0 for row in table.rows])
        for n in places
    ]
    return charts.columns(labels, series) if series and labels else None


def _label(table: Table, value: object) -> str:
    """What stands beneath a column; charts cut what is too long."""
    first = table.columns[0]
    if first.unit is Unit.DAY and isinstance(value, date):
        return value.strftime("%d.%m")
    if first.unit is Unit.MONTH and isinstance(value, date):
        return value.strftime("%m.%Y")
    if first.unit is Unit.HOUR:
        return f"{value:02}:00"
    return report_words.cell(first, value, words())


def _paper(name_of_file: str, shown: dict[str, object]) -> Response:
    here = library()
    name = here.name_in(words().language)
    paper = {**shown, "library": name, "made_at": now(), "made_by": staff().name}
    response = Response(pdf("report.html", paper), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f"inline; filename={name_of_file}.pdf"
    return response


@console.post("/reports/sent")
def send_report() -> ResponseReturnValue:
    """Have a report sent by itself from now on."""
    try:
        code, rhythm = ReportCode(request.form["report"]), ReportRhythm(request.form["rhythm"])
    except (KeyError, ValueError):
        abort(400)
    if code not in _SENDABLE:
        abort(403)
    try:
        saved_reports.save(
            database(), code, rhythm, request.form.get("recipients", ""),
            language=words().language, staff_id=staff().staff_id, at=now(),
        )  # fmt: skip
    except BadAddress as bad:
        flash(words().gettext("Це не адреса пошти: %(address)s", address=str(bad)), "desk")
    else:
        flash(words().gettext("Надсилатимемо."), "grant")
    return redirect(url_for("console.reports"), 303)


@console.post("/reports/sent/end")
def end_report() -> ResponseReturnValue:
    """Send it no more."""
    number = request.form.get("number", 0, type=int)
    if not saved_reports.end(database(), number, staff_id=staff().staff_id, at=now()):
        abort(404)
    flash(words().gettext("Більше не надсилатимемо."), "grant")
    return redirect(url_for("console.reports"), 303)
