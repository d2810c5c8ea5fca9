"""Who came: by day, month, hour, department, category, event (R3.1.2, R4.1.11, R5.2.11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, extract, func, select
from sqlalchemy.orm import Session

from gate.facts import VisitState
from server.models import Department, DepartmentVisit, EventOfDay, Patron, Ticket, Visit
from server.services import visits
from server.services.people import NOBODY
from server.services.reports.table import Column, Period, Table, Unit
from server.services.settings import LibrarySettings

_HOURS = 24
_A_DAY = timedelta(days=1)
_PER_CENT = 100


def counted(period: Period) -> tuple[ColumnElement[bool], ...]:
    """Visits of the public in these days; a lane that was not used is no visit."""
    return (
        Visit.local_day.between(period.first, period.last),
        Visit.state != VisitState.NOT_PASSED,
        visits.of_the_public(),
    )


def daily(session: Session, period: Period) -> Mapping[date, tuple[int, int, int]]:
    """For each day with any: persons, readers with a ticket, visitors of events."""
    rows = session.execute(
        select(
            Visit.local_day,
            func.sum(Visit.persons),
            func.count(Visit.ticket_id),
            func.sum(case((Visit.event_id.is_not(None), Visit.persons), else_=0)),
        )
        .where(*counted(period))
        .group_by(Visit.local_day)
    )
    return {day: (persons, readers, guests) for day, persons, readers, guests in rows}


_WHO = (Column("visits"), Column("readers"), Column("event_visitors"))


def by_day(session: Session, period: Period, _library: LibrarySettings) -> Table:
    """Each day of the period, quiet ones too."""
    found = daily(session, period)
    rows = [(day, *found.get(day, (0, 0, 0))) for day in period.days()]
    return Table((Column("day", Unit.DAY), *_WHO), rows, charted=("visits",))


def by_month(session: Session, period: Period, _library: LibrarySettings) -> Table:
    """Each month that the period touches."""
    sums: dict[date, list[int]] = {month: [0, 0, 0] for month in period.months()}
    for day, counts in daily(session, period).items():
        month = sums[day.replace(day=1)]
        for place, count in enumerate(counts):
            month[place] += count
    rows = [(month, *counts) for month, counts in sums.items()]
    return Table((Column("month", Unit.MONTH), *_WHO), rows, charted=("visits",))


def by_hour(session: Session, period: Period, library: LibrarySettings) -> Table:
    """The hours of the library's clock in which people came in."""
    hour = extract("hour", _in_utc(session))
    rows = session.execute(
        select(Visit.local_day, hour, func.sum(Visit.persons))
        .where(*counted(period))
        .group_by(Visit.local_day, hour)
    )
    sums, days = [0] * _HOURS, set()
    for day, utc_hour, persons in rows:
        sums[_local_hour(day, int(utc_hour), library)] += persons
        days.add(day)
    first = next((n for n, count in enumerate(sums) if count), 0)
    last = max((n for n, count in enumerate(sums) if count), default=-1)
    columns = (Column("hour", Unit.HOUR), Column("visits"), Column("visits_a_day", Unit.PERCENT))
    found = [(n, sums[n], round(sums[n] / len(days), 1)) for n in range(first, last + 1)]
    return Table(columns, found, charted=("visits",))


def _in_utc(session: Session) -> Any:
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    return func.timezone("UTC", Visit.opened_at) if on_postgresql else Visit.opened_at


def _local_hour(day: date, utc_hour: int, library: LibrarySettings) -> int:
    """An hour of the library's day, which begins on another day in UTC."""
    for utc_day in (day, day - _A_DAY, day + _A_DAY):
        at = datetime.combine(utc_day, time(utc_hour, 30), tzinfo=UTC).astimezone(library.zone)
        if at.date() == day:
            break
    return at.hour


def by_department(session: Session, period: Period, _library: LibrarySettings) -> Table:
    """Marks of departments: one library visit may be several visits of departments."""
    rows = session.execute(
        select(Department.name, func.count(DepartmentVisit.visit_id))
        .join(DepartmentVisit, DepartmentVisit.department_code == Department.code)
        .join(Visit, Visit.id == DepartmentVisit.visit_id)
        .where(*counted(period), _marked_about(period))
        .group_by(Department.code, Department.name)
        .order_by(func.count(DepartmentVisit.visit_id).desc(), Department.name)
    ).all()
    whole = sum(count for _, count in rows)
    columns = (
        Column("department", Unit.TEXT), Column("department_visits"), Column("share", Unit.PERCENT),
    )  # fmt: skip
    found = [(name, count, round(_PER_CENT * count / whole, 1)) for name, count in rows]
    return Table(columns, found, charted=("department_visits",))


def _marked_about(period: Period) -> ColumnElement[bool]:
    """Near the days of their visits, so that the marks of other years need not be read."""
    first = datetime.combine(period.first - _A_DAY, time.min, tzinfo=UTC)
    return DepartmentVisit.first_at.between(
        first, datetime.combine(period.last + 3 * _A_DAY, time.min, tzinfo=UTC)
    )


def by_category(session: Session, period: Period, _library: LibrarySettings) -> Table:
    """Readers by their category on the day of the visit: how often, and how many different ones.

    Of visits that belong to nobody any more only how often is known.
    """
    # Each ticket once, before anything is looked up of its reader.
    came = (
        select(Visit.category, Visit.ticket_id, func.count().label("visits"))
        .where(*counted(period), Visit.category.is_not(None))
        .group_by(Visit.category, Visit.ticket_id)
        .subquery()
    )
    nobodys = select(Ticket.id).join(Patron, Patron.id == Ticket.patron_id)
    is_nobodys = came.c.ticket_id.in_(nobodys.where(Patron.salt == NOBODY))
    visited = func.sum(came.c.visits)
    rows = session.execute(
        select(came.c.category, visited, func.sum(case((is_nobodys, 0), else_=1)))
        .group_by(came.c.category)
        .order_by(visited.desc(), came.c.category)
    ).all()
    columns = (Column("category", Unit.CODE), Column("visits"), Column("different_readers"))
    return Table(columns, [tuple(row) for row in rows], charted=("visits",))


def by_event(session: Session, period: Period, library: LibrarySettings) -> Table:
    """Events that took place, with those who came."""
    came: dict[str, int] = defaultdict(int)
    rows = session.execute(
        select(Visit.event_id, func.sum(Visit.persons))
        .where(*counted(period), Visit.event_id.is_not(None))
        .group_by(Visit.event_id)
    )
    came.update({event: persons for event, persons in rows if event is not None})
    events = [
        (library.day(event.starts_at), event.title, came[event.id])
        for event in held(session, period, library)
    ]
    columns = (Column("day", Unit.DAY), Column("event", Unit.TEXT), Column("event_visitors"))
    return Table(columns, events)


def held(session: Session, period: Period, library: LibrarySettings) -> list[EventOfDay]:
    """Events of the period that were not called off, in their order."""
    first = datetime.combine(period.first, time.min, tzinfo=library.zone)
    found = session.scalars(
        select(EventOfDay)
        .where(EventOfDay.starts_at >= first.astimezone(UTC), EventOfDay.cancelled_at.is_(None))
        .order_by(EventOfDay.starts_at, EventOfDay.id)
    )
    return [event for event in found if library.day(event.starts_at) <= period.last]
