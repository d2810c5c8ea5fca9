"""The calendar: a year at a glance, hours of the week, days that differ (R5.1.2, R3.2.7)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.calendar import DAYS_A_WEEK, OpenHours
from server.console import fields, reads, week
from server.console.blueprint import console
from server.console.centre import database, library, now, words
from server.console.pages.setting_pages import by
from server.models import Branch, CalendarEntry, CalendarKind, Department
from server.services import calendar_days, settings
from server.services.calendar_days import DayOfYear, Place, Wish
from templates.words import N_

_KINDS = {
    CalendarKind.CLOSED: N_("Зачинено"),
    CalendarKind.SANITARY: N_("Санітарний день"),
    CalendarKind.HOURS: N_("Інші години"),
    CalendarKind.OPEN_DAY: N_("День відкритих дверей"),
}
_PLACES: Mapping[str, type[Place]] = {"branch": Branch, "department": Department}
_MONTHS = 12
_YEARS_AROUND = 5
_CANCELLED_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A day of the year as the page draws it."""

    day: date
    look: str
    """`open`, `off`, `closed`, `hours`, `open_day`."""
    said: str
    """Day, hours and what is written of it, in words."""
    is_today: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Days that differ, in a list."""

    entry_id: int
    when: str
    kind: str
    hours: str
    place: str
    """Which branch or department; empty: the whole library."""
    notice: str
    announce_from: date
    is_cancelled: bool


@console.get("/calendar", endpoint="calendar")
def calendar_page() -> str:
    """A year of the library, of a branch, or of a department."""
    return _page({}, {})


def _place(session: Session, whose: str) -> Place | None:
    """What `branch:2` or `department:5` names; None: the whole library. 404 for what is not."""
    kind, _, code = whose.partition(":")
    if not whose:
        return None
    found = session.get(_PLACES[kind], code) if kind in _PLACES else None
    if not isinstance(found, Place):
        abort(404)
    return found


def _whose(place: Place | None) -> str | None:
    return None if place is None else f"{place.__tablename__}:{place.code}"


@console.post("/calendar")
def add_days() -> ResponseReturnValue:
    """Write down days that differ; whoever closes the house over an event is told."""
    form = request.form.to_dict()
    kind, _, code = form.get("whose", "").partition(":")
    told = {
        "first": form.get("first") or None,
        "last": form.get("last") or form.get("first") or None,
        "kind": form.get("kind"),
        "opens": form.get("opens", "").strip() or None,
        "closes": form.get("closes", "").strip() or None,
        "branch_code": code if kind == "branch" else None,
        "department_code": code if kind == "department" else None,
        "notice": form.get("notice", "").strip(),
        "notice_en": form.get("notice_en", "").strip(),
        "announce_from": form.get("announce_from") or None,
    }
    try:
        wish = Wish.model_validate(told)
        calendar_days.add(database(), wish, by())
    except ValidationError as error:
        return _page(form, fields.faults(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    except LookupError:
        abort(404)
    flash(words().gettext("Записано. Станції дізнаються за кілька секунд."), "grant")
    _warn_of_events(wish)
    return redirect(_address(wish.first, form.get("whose")), 303)


def _warn_of_events(wish: Wish) -> None:
    """Events on days without their hours do not move by themselves."""
    if wish.kind is CalendarKind.OPEN_DAY or wish.department_code:
        return
    with database().reading() as session:
        found = calendar_days.events_on(session, library(), wish)
    if found:
        said = ", ".join(f"«{event.title}» {words().moment(event.starts_at)}" for event in found)
        flash(words().gettext("На ці дні є заходи: %(events)s.", events=said), "desk")


@console.post("/calendar/cancel")
def cancel_days() -> ResponseReturnValue:
    """Let days be as their week again, or take that back."""
    entry_id = request.form.get("entry", 0, type=int)
    back = "back" in request.form
    act = calendar_days.restore if back else calendar_days.cancel
    if act(database(), entry_id, by()):
        flash(words().gettext("Повернуто.") if back else words().gettext("Скасовано."), "grant")
    with database().reading() as session:
        entry = session.get(CalendarEntry, entry_id)
        if entry is None:
            abort(404)
        address = _address(entry.first, request.form.get("whose"))
    return redirect(address, 303)


@console.post("/calendar/week")
def change_week() -> ResponseReturnValue:
    """Hours of the week, of the library, of a branch or of a department."""
    whose = request.form.get("whose", "")
    with database().reading() as session:
        place = _place(session, whose)
    if place is not None and "undo" in request.form:
        if calendar_days.undo_hours(database(), place, by()):
            flash(words().gettext("Повернуто, як було."), "grant")
        return redirect(_address(library().day(now()), whose), 303)
    typed = week.read(request.form)
    as_house = place is not None and "as_house" in request.form
    if typed.fault and not as_house:
        flash(typed.fault, "refuse")
        return redirect(_address(library().day(now()), whose), 303)
    if place is not None:
        hours = None if as_house else typed.hours
        calendar_days.set_hours(database(), type(place), place.code, hours, by())
    else:
        settings.change(database(), {"hours": typed.hours}, actor=by().actor, at=now())
    flash(words().gettext("Години збережено. Станції дізнаються за кілька секунд."), "grant")
    return redirect(_address(library().day(now()), whose), 303)


def _address(day: date, whose: str | None) -> str:
    return url_for("console.calendar", year=day.year, whose=whose or None)


# --- The page ----------------------------------------------------------------------------------


def _page(form: Mapping[str, str], faults: Mapping[str, str]) -> str:
    today = library().day(now())
    chosen = request.args.get("day", type=date.fromisoformat)
    year = request.args.get("year", chosen.year if chosen else today.year, type=int)
    if abs(year - today.year) > _YEARS_AROUND:
        abort(404)
    with database().reading() as session:
        place = _place(session, request.args.get("whose", ""))
        found = calendar_days.days(session, library(), date(year, 1, 1), date(year, 12, 31), place)
        return render_template(
            "console/calendar.html", year=year, today=today, months=_months(found, today, chosen),
            weekdays=week.typed(calendar_days.week_of(place, library())),
            short=[words().short_weekday(day) for day in week.any_week()],
            lines=_lines(session, today), form=_form(form, chosen),
            faults=faults, general=faults.get("", ""), kinds=_kinds(),
            whose=_whose(place), name=reads.place_name(place, words()),
            house=_house(place), groups=_places(session), years=(year - 1, year + 1),
            own_hours=place is not None and place.hours is not None,
            may_undo=place is not None and calendar_days.hours_before(session, place) is not None,
        )  # fmt: skip


def _house(place: Place | None) -> str:
    """What a place keeps the hours of, unless it has its own; empty for the library."""
    around = place.branch if isinstance(place, Department) else None
    if around is not None:
        return reads.place_name(around, words())
    return "" if place is None else words().gettext("уся бібліотека")


def _places(session: Session) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    """Whose calendar there is, in groups: branches, then the departments of each house."""
    groups: dict[str, list[tuple[str, str]]] = {}
    branches = reads.branches(session)
    own = words().gettext("Відділи")
    if branches:
        groups[words().gettext("Філії")] = [_option(each) for each in branches]
    for room in reads.departments(session).values():
        if room.retired_at is None:
            group = reads.place_name(room.branch, words()) or own
            groups.setdefault(group, []).append(_option(room))
    return list(groups.items())


def _option(place: Place) -> tuple[str, str]:
    return _whose(place) or "", reads.place_name(place, words())


def _kinds() -> Sequence[tuple[str, str]]:
    return [(kind.value, words().gettext(name)) for kind, name in _KINDS.items()]


def _form(typed: Mapping[str, str], chosen: date | None) -> Mapping[str, str]:
    day = chosen.isoformat() if chosen else ""
    return {"first": day, "last": day, "kind": CalendarKind.CLOSED.value, **typed}


def _months(
    found: Sequence[DayOfYear], today: date, chosen: date | None
) -> Sequence[tuple[str, Sequence[Sequence[Cell | None]]]]:
    cells = [_cell(each, today, chosen) for each in found]
    year = found[0].day.year
    months = []
    for month in range(1, _MONTHS + 1):
        first, _length = monthrange(year, month)
        days = [cell for cell in cells if cell.day.month == month]
        padded: list[Cell | None] = [*([None] * first), *days]
        padded += [None] * (-len(padded) % DAYS_A_WEEK)
        weeks = [padded[n : n + DAYS_A_WEEK] for n in range(0, len(padded), DAYS_A_WEEK)]
        months.append((words().month(date(year, month, 1)), weeks))
    return months


def _cell(each: DayOfYear, today: date, chosen: date | None) -> Cell:
    return Cell(
        day=each.day, look=_look(each), said=_said(each), is_today=each.day == today,
        is_chosen=each.day == (chosen or today),
    )  # fmt: skip


def _look(each: DayOfYear) -> str:
    if each.open_day:
        return "open_day"
    if each.hours is None:
        return "closed" if each.entry else "off"
    is_other = each.entry is not None and each.entry.kind is CalendarKind.HOURS
    return "hours" if is_other else "open"


def _said(each: DayOfYear) -> str:
    _ = words().gettext
    parts = [words().date(each.day), _hours(each.hours) or _("зачинено")]
    if each.entry is not None:
        parts.append(each.entry.notice or _(_KINDS[each.entry.kind]))
    return ", ".join(parts)


def _hours(hours: OpenHours | None) -> str:
    return "" if hours is None else f"{week.clock(hours.opens)}–{week.clock(hours.closes)}"


def _lines(session: Session, today: date) -> Sequence[Line]:
    """What is to come, then what was cancelled and can be brought back."""
    cancelled = session.scalars(
        select(CalendarEntry)
        .where(CalendarEntry.cancelled_at.is_not(None), CalendarEntry.last >= today)
        .order_by(CalendarEntry.cancelled_at.desc())
        .limit(_CANCELLED_SHOWN)
    ).all()
    return [_line(entry) for entry in (*calendar_days.upcoming(session, today), *cancelled)]


def _line(entry: CalendarEntry) -> Line:
    first, last = words().date(entry.first), words().date(entry.last)
    known = entry.opens is not None and entry.closes is not None
    hours = f"{week.clock(entry.opens or 0)}–{week.clock(entry.closes or 0)}" if known else ""
    return Line(
        entry_id=entry.id, when=first if entry.first == entry.last else f"{first} – {last}",
        kind=words().gettext(_KINDS[entry.kind]), hours=hours, notice=entry.notice,
        place=reads.place_name(entry.department or entry.branch, words()),
        announce_from=entry.announce_from, is_cancelled=entry.cancelled_at is not None,
    )  # fmt: skip
