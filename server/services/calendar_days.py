"""The calendar that the library administers: days that differ, hours of departments (R5.1.2).

A change counts the settings' revision up and is told to stations, as a change of the settings is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gate.calendar import OpenHours, SpecialDays, hours_on, is_open_day, within
from server.database import Database
from server.models import CalendarEntry, CalendarKind, Department, EventOfDay
from server.services import audit, changes, settings
from server.services.by import By
from server.services.settings import Hours, LibrarySettings, MinuteOfDay, special_days

LONGEST_DAYS = 366


class Wish(BaseModel):
    """Days that shall differ from their week."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: date
    last: date
    kind: CalendarKind
    opens: MinuteOfDay | None = None
    closes: MinuteOfDay | None = None
    department_code: str | None = None
    notice: str = Field(default="", max_length=300)
    notice_en: str = Field(default="", max_length=300)
    announce_from: date | None = None
    """None: from the day it is written down."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.first <= self.last <= self.first + timedelta(days=LONGEST_DAYS):
            raise ValueError("last_before_first")
        if (self.opens is None) != (self.closes is None):
            raise ValueError("half_hours")
        if self.opens is not None and self.closes is not None and self.opens >= self.closes:
            raise ValueError("closes_before_it_opens")
        if self.kind is CalendarKind.HOURS and self.opens is None:
            raise ValueError("half_hours")
        return self

    @property
    def minutes(self) -> tuple[int | None, int | None]:
        """Opening and closing; none of both where the day is closed."""
        closed = self.kind in {CalendarKind.CLOSED, CalendarKind.SANITARY}
        return (None, None) if closed else (self.opens, self.closes)


def add(database: Database, wish: Wish, by: By) -> int:
    """Write days down; answers the entry's id. Raises LookupError for an unknown department."""
    opens, closes = wish.minutes
    with database.writing() as session:
        _known_department(session, wish.department_code)
        entry = CalendarEntry(
            first=wish.first, last=wish.last, kind=wish.kind, opens=opens, closes=closes,
            department_code=wish.department_code, notice=wish.notice.strip(),
            notice_en=wish.notice_en.strip(), created_at=by.at, created_by=by.staff_id,
            announce_from=wish.announce_from or settings.read(session).day(by.at),
        )  # fmt: skip
        session.add(entry)
        session.flush()
        _tell(session, entry, by, "calendar_changed", None, _plain(entry))
        return entry.id


def cancel(database: Database, entry_id: int, by: By) -> bool:
    """Let days be as their week again. False where they are already."""
    with database.writing() as session:
        entry = session.get(CalendarEntry, entry_id)
        if entry is None or entry.cancelled_at is not None:
            return False
        before = _plain(entry)
        entry.cancelled_at = by.at
        _tell(session, entry, by, "calendar_changed", before, None)
        return True


def restore(database: Database, entry_id: int, by: By) -> bool:
    """Take a cancelling back. False where there is nothing to take back."""
    with database.writing() as session:
        entry = session.get(CalendarEntry, entry_id)
        if entry is None or entry.cancelled_at is None:
            return False
        entry.cancelled_at = None
        _tell(session, entry, by, "calendar_changed", None, _plain(entry))
        return True


def set_department_hours(
    database: Database, code: str, week: Sequence[Hours | None] | None, by: By
) -> None:
    """Hours of a department; None: open as the house is. Raises LookupError for an unknown one."""
    with database.writing() as session:
        department = _known_department(session, code)
        if department is None:
            raise LookupError("no department")
        before = department.hours
        after = None if week is None else [hours and [hours.opens, hours.closes] for hours in week]
        if before == after:
            return
        department.hours = after
        settings.bump(session)
        changes.note_building(session)
        audit.record(
            session, at=by.at, actor=by.actor, action="department_hours_changed",
            about=("department", code), details={"before": before, "after": after},
        )  # fmt: skip


def _known_department(session: Session, code: str | None) -> Department | None:
    if code is None:
        return None
    found = session.get(Department, code)
    if found is None:
        raise LookupError(f"no department {code}")
    return found


def _tell(
    session: Session, entry: CalendarEntry, by: By, action: str, before: object, after: object
) -> None:
    settings.bump(session)
    changes.note_building(session)
    audit.record(
        session, at=by.at, actor=by.actor, action=action, about=("calendar", str(entry.id)),
        details={"before": before, "after": after},
    )  # fmt: skip


def _plain(entry: CalendarEntry) -> Mapping[str, Any]:
    return {
        "first": entry.first.isoformat(), "last": entry.last.isoformat(), "kind": entry.kind,
        "opens": entry.opens, "closes": entry.closes, "department": entry.department_code,
        "notice": entry.notice,
    }  # fmt: skip


# --- What it says ------------------------------------------------------------------------------


def entries(
    session: Session, first: date, last: date, department: str | None = None
) -> Sequence[CalendarEntry]:
    """What holds between two days for the house, and for a department, in order of its making."""
    whose = CalendarEntry.department_code.is_(None)
    query = select(CalendarEntry).where(
        CalendarEntry.cancelled_at.is_(None),
        CalendarEntry.first <= last,
        CalendarEntry.last >= first,
        or_(whose, CalendarEntry.department_code == department) if department else whose,
    )
    return session.scalars(query.order_by(CalendarEntry.id)).all()


def upcoming(session: Session, today: date) -> Sequence[CalendarEntry]:
    """Everything from today on, of the house and of all departments, the next first."""
    query = select(CalendarEntry).where(
        CalendarEntry.cancelled_at.is_(None), CalendarEntry.last >= today
    )
    return session.scalars(query.order_by(CalendarEntry.first, CalendarEntry.id)).all()


def announced(session: Session, today: date) -> Sequence[CalendarEntry]:
    """What readers are told today (R5.1.2)."""
    return [entry for entry in upcoming(session, today)
            if entry.notice and entry.announce_from <= today]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfYear:
    """A day as a calendar shows it."""

    day: date
    hours: OpenHours | None
    open_day: bool
    entry: CalendarEntry | None
    """What made it differ from its week."""


def days(
    session: Session, library: LibrarySettings, first: date, last: date,
    department: Department | None = None,
) -> Sequence[DayOfYear]:  # fmt: skip
    """Every day between two, of the house or of a department."""
    found = entries(session, first, last, department.code if department else None)
    special = [(entry, of_entry(entry)) for entry in found]
    count = (last - first).days + 1
    return [_day(first + timedelta(days=n), library, department, special) for n in range(count)]


def _day(
    day: date, library: LibrarySettings, department: Department | None,
    special: Sequence[tuple[CalendarEntry, SpecialDays]],
) -> DayOfYear:  # fmt: skip
    house = [days for entry, days in special if entry.department_code is None]
    hours = hours_on(day, library.week, house)
    if department is not None:
        own = [days for entry, days in special if entry.department_code == department.code]
        hours = within(hours_on(day, week_of(department, library), own), hours)
    covering = [entry for entry, days in special if days.covers(day)]
    return DayOfYear(
        day=day, hours=hours, open_day=is_open_day(day, house),
        entry=covering[-1] if covering else None,
    )  # fmt: skip


def week_of(department: Department, library: LibrarySettings) -> Sequence[OpenHours | None]:
    """A department's own week, or the house's."""
    if department.hours is None:
        return library.week
    return [hours and OpenHours(*hours) for hours in department.hours]


def of_entry(entry: CalendarEntry) -> SpecialDays:
    """An entry as the rules read it."""
    return special_days(entry.first, entry.last, entry.kind, (entry.opens, entry.closes))


def events_on(session: Session, library: LibrarySettings, wish: Wish) -> Sequence[EventOfDay]:
    """Events that the days would meet, so that nobody closes the house over them unawares."""
    query = select(EventOfDay).where(EventOfDay.cancelled_at.is_(None))
    begins = datetime.combine(wish.first, datetime.min.time(), library.zone)
    ends = datetime.combine(wish.last + timedelta(days=1), datetime.min.time(), library.zone)
    query = query.where(EventOfDay.starts_at < ends, EventOfDay.ends_at > begins)
    return session.scalars(query.order_by(EventOfDay.starts_at)).all()
