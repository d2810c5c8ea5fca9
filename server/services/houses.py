"""The buildings of the library: their hours, their own days, the stations in them (R5.1.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.calendar import MINUTES_A_DAY, OpenHours, SpecialDays
from gate.facts import Emergency
from server.models import (
    Branch,
    CalendarEntry,
    CalendarKind,
    Department,
    EmergencyCase,
    Staff,
    Station,
)


def _minute_of_day(value: object) -> object:
    """Read `9:00` or `24:00`; anything else is left to the type's own check."""
    if not isinstance(value, str):
        return value
    hours, _, minutes = value.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60):  # noqa: PLR2004
        raise ValueError("a time of day is written 09:00")
    return int(hours) * 60 + int(minutes)


MinuteOfDay = Annotated[
    int,
    BeforeValidator(_minute_of_day),
    Field(ge=0, le=MINUTES_A_DAY),
    PlainSerializer(lambda minute: f"{minute // 60:02}:{minute % 60:02}"),
]


class Hours(BaseModel):
    """Opening and closing of one day, in local time; `24:00` is the end of the day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opens: MinuteOfDay
    closes: MinuteOfDay

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("a day closes after it opens")
        return self

    @property
    def open(self) -> OpenHours:
        """The hours as the rules read them."""
        return OpenHours(self.opens, self.closes)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A branch, as far as the rules differ there."""

    code: str
    name: str
    name_en: str
    phone: str
    capacity: int | None
    hours: tuple[Hours | None, ...] | None
    """None: those of the library."""
    special: tuple[SpecialDays, ...]
    """Its own days; they hold before those of the library."""
    stations: frozenset[str]
    emergency: Emergency
    has_shelter: bool
    shelter_place: str
    nearest_shelter: str
    assembly_point: str


def special(session: Session) -> Mapping[str | None, Sequence[SpecialDays]]:
    """Days of the library (None), and of each branch by its code, the later rule last."""
    entries = session.execute(
        select(CalendarEntry.branch_code, CalendarEntry.first, CalendarEntry.last,
               CalendarEntry.kind, CalendarEntry.opens, CalendarEntry.closes)
        .where(CalendarEntry.cancelled_at.is_(None), CalendarEntry.department_code.is_(None))
        .order_by(CalendarEntry.id)
    )  # fmt: skip
    found: dict[str | None, list[SpecialDays]] = defaultdict(list)
    for branch, first, last, kind, opens, closes in entries:
        found[branch].append(special_days(first, last, kind, (opens, closes)))
    return found


def branches(
    session: Session, days: Mapping[str | None, Sequence[SpecialDays]]
) -> tuple[House, ...]:
    """The branches in their order, with their days."""
    query = select(Branch).where(Branch.retired_at.is_(None))
    rows = session.scalars(query.order_by(Branch.position, Branch.code)).all()
    if not rows:
        return ()
    placed = session.execute(
        select(Station.branch_code, Station.code).where(Station.branch_code.is_not(None))
    ).all()
    alarmed = _alarmed(session)
    return tuple(
        House(
            code=row.code, name=row.name, name_en=row.name_en, phone=row.phone,
            capacity=row.capacity, hours=_week(row.hours), special=tuple(days.get(row.code, ())),
            stations=frozenset(station for branch, station in placed if branch == row.code),
            emergency=alarmed.get(row.code, Emergency.NONE), has_shelter=row.has_shelter,
            shelter_place=row.shelter_place, nearest_shelter=row.nearest_shelter,
            assembly_point=row.assembly_point,
        )
        for row in rows
    )  # fmt: skip


def _alarmed(session: Session) -> Mapping[str | None, Emergency]:
    """What goes on in branches, the gravest; the library's own building has a setting."""
    running = select(EmergencyCase.branch_code, EmergencyCase.kind)
    rows = session.execute(running.where(EmergencyCase.ended_at.is_(None))).all()
    return dict(sorted(rows, key=lambda row: row[1] is Emergency.FIRE))


def _week(hours: Sequence[tuple[int, int] | None] | None) -> tuple[Hours | None, ...] | None:
    if hours is None:
        return None
    return tuple(day and Hours(opens=day[0], closes=day[1]) for day in hours)


def of_staff(session: Session, staff_id: int) -> str | None:
    """The branch in whose department somebody works; None: the library's own building."""
    query = select(Department.branch_code).join(Staff, Staff.department_code == Department.code)
    return session.scalar(query.where(Staff.id == staff_id))


def special_days(
    first: date, last: date, kind: CalendarKind, minutes: tuple[int | None, int | None]
) -> SpecialDays:
    """An entry of the calendar as the rules read it."""
    opens, closes = minutes
    hours = None if opens is None or closes is None else OpenHours(opens, closes)
    is_open_day = kind is CalendarKind.OPEN_DAY
    return SpecialDays(
        first=first, last=last, hours=hours, usual=is_open_day and hours is None,
        open_day=is_open_day,
    )  # fmt: skip
