"""The calendar: days that differ from their week, hours of branches and departments (R5.1.2).

A change counts the settings' revision up and is told to stations, as a change of the settings is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.calendar import Calendar, OpenHours, SpecialDays, is_open_day
from server.database import Database
from server.models import (
    AuditRecord,
    Branch,
    CalendarEntry,
    CalendarKind,
    Department,
    EventOfDay,
    Hall,
)
from server.services import audit, settings
from server.services.by import By
from server.services.houses import Hours, MinuteOfDay, special_days
from server.services.settings import LibrarySettings

LONGEST_DAYS = 366
Place = Branch | Department


class Wish(BaseModel):
    """Days that shall differ from their week."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: date
    last: date
    kind: CalendarKind
    opens: MinuteOfDay | None = None
    closes: MinuteOfDay | None = None
    branch_code: str | None = None
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
        if self.branch_code is not None and self.department_code is not None:
            raise ValueError("two_places")
        return self

    @property
    def minutes(self) -> tuple[int | None, int | None]:
        """Opening and closing; none of both where the day is closed."""
        closed = self.kind in {CalendarKind.CLOSED, CalendarKind.SANITARY}
        return (None, None) if closed else (self.opens, self.closes)


def add(database: Database, wish: Wish, by: By) -> int:
    """Write days down; answers the entry's id. Raises LookupError for an unknown place."""
    opens, closes = wish.minutes
    with database.writing() as session:
        for model, code in ((Branch, wish.branch_code), (Department, wish.department_code)):
            if code is not None:
                _known(session, model, code)
        entry = CalendarEntry(
            first=wish.first, last=wish.last, kind=wish.kind, opens=opens, closes=closes,
            branch_code=wish.branch_code, department_code=wish.department_code,
            notice=wish.notice.strip(), notice_en=wish.notice_en.strip(),
            created_at=by.at, created_by=by.staff_id,
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


def set_hours(
    database: Database, of: type[Place], code: str, week: Sequence[Hours | None] | None, by: By
) -> None:
    """Hours of a branch or department; None: open as the house around it.

    Raises LookupError for an unknown one.
    """
    with database.writing() as session:
        place = _known(session, of, code)
        before = place.hours
        after = None if week is None else [hours and [hours.opens, hours.closes] for hours in week]
        if before == after:
            return
        place.hours = after
        settings.note_changed(session)
        audit.record(
            session, at=by.at, actor=by.actor, action=f"{of.__tablename__}_hours_changed",
            about=(of.__tablename__, code), details={"before": before, "after": after},
        )  # fmt: skip


def hours_before(session: Session, place: Place) -> AuditRecord | None:
    """The change that gave a place its present hours; None where there is none to take back."""
    table = type(place).__tablename__
    last = session.scalars(
        select(AuditRecord)
        .where(
            AuditRecord.object_kind == table, AuditRecord.object_id == place.code,
            AuditRecord.action == f"{table}_hours_changed",
        )
        .order_by(AuditRecord.id.desc())
        .limit(1)
    ).first()  # fmt: skip
    return last if last is not None and last.details["after"] == place.hours else None


def undo_hours(database: Database, place: Place, by: By) -> bool:
    """Give a place the hours of before the last change. False where nothing is to be undone."""
    with database.reading() as session:
        last = hours_before(session, place)
        before = None if last is None else last.details["before"]
    if last is None:
        return False
    week = before and [day and Hours(opens=day[0], closes=day[1]) for day in before]
    set_hours(database, type(place), place.code, week, by)
    return True


def _known(session: Session, of: type[Place], code: str) -> Place:
    found = session.get(of, code)
    if found is None:
        raise LookupError(f"no {of.__tablename__} {code}")
    return cast(Place, found)


def _tell(
    session: Session, entry: CalendarEntry, by: By, action: str, before: object, after: object
) -> None:
    settings.note_changed(session)
    audit.record(
        session, at=by.at, actor=by.actor, action=action, about=("calendar", str(entry.id)),
        details={"before": before, "after": after},
    )  # fmt: skip


def _plain(entry: CalendarEntry) -> Mapping[str, Any]:
    return {
        "first": entry.first.isoformat(), "last": entry.last.isoformat(), "kind": entry.kind,
        "opens": entry.opens, "closes": entry.closes, "branch": entry.branch_code,
        "department": entry.department_code, "notice": entry.notice,
    }  # fmt: skip


# --- What it says ------------------------------------------------------------------------------


def entries(
    session: Session, first: date, last: date, branch: str | None = None,
    department: str | None = None,
) -> Sequence[CalendarEntry]:  # fmt: skip
    """What holds between two days in a place, the wider first, then in order of its making."""
    query = select(CalendarEntry).where(
        CalendarEntry.cancelled_at.is_(None),
        CalendarEntry.first <= last,
        CalendarEntry.last >= first,
        CalendarEntry.branch_code.is_(None) | (CalendarEntry.branch_code == branch),
        CalendarEntry.department_code.is_(None) | (CalendarEntry.department_code == department),
    )
    found = session.scalars(query.order_by(CalendarEntry.id)).all()
    return sorted(found, key=lambda entry: (entry.department_code or "", entry.branch_code or ""))


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
    session: Session, library: LibrarySettings, first: date, last: date, place: Place | None = None
) -> Sequence[DayOfYear]:
    """Every day between two, of the library, of a branch, or of a department."""
    department = place.code if isinstance(place, Department) else None
    branch = branch_of(place)
    house = library.at_branch(branch)
    calendar = at_desk(session, house, department)
    found = entries(session, first, last, branch, department)
    count = (last - first).days + 1
    return [_day(first + timedelta(days=n), calendar, house, found) for n in range(count)]


def _day(
    day: date, calendar: Calendar, house: LibrarySettings, found: Sequence[CalendarEntry]
) -> DayOfYear:
    covering = [entry for entry in found if entry.first <= day <= entry.last]
    return DayOfYear(
        day=day, hours=calendar.hours_on(day), open_day=is_open_day(day, house.special),
        entry=covering[-1] if covering else None,
    )  # fmt: skip


def of_department(session: Session, library: LibrarySettings, department: Department) -> Calendar:
    """When a department works, as far as its house is open."""
    own = select(CalendarEntry).where(
        CalendarEntry.cancelled_at.is_(None), CalendarEntry.department_code == department.code
    )
    return Calendar(
        week=week_of(department, library),
        special=[of_entry(entry) for entry in session.scalars(own.order_by(CalendarEntry.id))],
        house=library.at_branch(department.branch_code).calendar,
    )


def at_desk(session: Session, library: LibrarySettings, code: str | None) -> Calendar:
    """Of the department where somebody works; of the library, where it is none."""
    department = None if code is None else session.get(Department, code)
    return library.calendar if department is None else of_department(session, library, department)


def differing(
    session: Session, library: LibrarySettings, day: date
) -> Sequence[tuple[Department, tuple[datetime, datetime] | None]]:
    """Departments of a house that work other hours than it on a day, with theirs in UTC.

    `library` are the settings as they hold in that house (`at_branch`).
    """
    here = library.branch.code if library.branch else None
    rooms = session.scalars(
        select(Department)
        .where(Department.retired_at.is_(None), Department.branch_code.is_not_distinct_from(here))
        .order_by(Department.position, Department.code)
    )
    special = set(session.scalars(
        select(CalendarEntry.department_code).where(
            CalendarEntry.cancelled_at.is_(None), CalendarEntry.first <= day,
            CalendarEntry.last >= day,
        )
    ))  # fmt: skip
    own = [room for room in rooms if room.hours is not None or room.code in special]
    found = [(room, of_department(session, library, room).opening(day, library.zone))
             for room in own]  # fmt: skip
    return [(room, hours) for room, hours in found if hours != library.opening(day)]


def branch_of(place: Place | None) -> str | None:
    """The branch that a place is, or is in."""
    if isinstance(place, Department):
        return place.branch_code
    return None if place is None else place.code


def week_of(place: Place | None, library: LibrarySettings) -> Sequence[OpenHours | None]:
    """A place's own week, or that of the house around it."""
    if place is not None and place.hours is not None:
        return [hours and OpenHours(*hours) for hours in place.hours]
    return library.at_branch(branch_of(place)).week


def of_entry(entry: CalendarEntry) -> SpecialDays:
    """An entry as the rules read it."""
    return special_days(entry.first, entry.last, entry.kind, (entry.opens, entry.closes))


def events_on(session: Session, library: LibrarySettings, wish: Wish) -> Sequence[EventOfDay]:
    """Events that the days would meet, so that nobody closes a house over them unawares."""
    query = select(EventOfDay).where(EventOfDay.cancelled_at.is_(None))
    begins = datetime.combine(wish.first, datetime.min.time(), library.zone)
    ends = datetime.combine(wish.last + timedelta(days=1), datetime.min.time(), library.zone)
    query = query.where(EventOfDay.starts_at < ends, EventOfDay.ends_at > begins)
    if wish.branch_code is not None:
        query = query.join(Hall).where(Hall.branch_code == wish.branch_code)
    return session.scalars(query.order_by(EventOfDay.starts_at)).all()
