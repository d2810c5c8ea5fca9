"""What stations may know of their house: hours, departments, alarms, orders to its lanes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import BuildingRecord, DepartmentRecord, LaneOrderRecord, SpecialDaysRecord
from gate.facts import Emergency, RoomFacts
from gate.records import policy_settings
from server.models import (
    CalendarEntry,
    CalendarKind,
    Department,
    EmergencyCase,
    LaneOrder,
    Station,
)
from server.services import calendar_days, centre_copy, halls, presence
from server.services.reach import Reach
from server.services.settings import LibrarySettings

ORDER_HOLDS: Final = timedelta(seconds=30)
"""An order that no station carried out by then is void: nobody waits at the lane any more."""

_DEPARTMENTS = (
    select(Department)
    .where(Department.retired_at.is_(None))
    .order_by(Department.position, Department.code)
)


def building_record(session: Session, settings: LibrarySettings, *, at: datetime) -> BuildingRecord:
    """The house today, the one whose settings these are."""
    today = settings.day(at)
    opening = settings.doors(today)
    special = _special(session, today)
    here = settings.branch_code or ""
    sheltered = settings.has_shelter
    shelter = halls.shelter(session, settings.branch_code) if sheltered else RoomFacts()
    return BuildingRecord(
        branch=here,
        stations=_stations(session, settings),
        library_name=settings.library_name,
        library_name_en=settings.library_name_en,
        service_centre_phone=settings.service_centre_phone,
        timezone=settings.timezone,
        opens_at=opening[0] if opening else None,
        closes_at=opening[1] if opening else None,
        closed_today=opening is None,
        open_day=settings.is_open_day(today),
        week=tuple(
            None if hours is None else (hours.opens, hours.closes) for hours in settings.week
        ),
        special=tuple(special[""] + special[f"branch {here}"]),
        inside=presence.count_inside(session, today, settings),
        limit=settings.building_limit,
        emergency=settings.emergency,
        has_shelter=settings.has_shelter,
        nearest_shelter=settings.nearest_shelter,
        shelter_limit=shelter.limit,
        shelter_inside=shelter.inside,
        emergency_since=_emergency_since(session, settings),
        assembly_point=settings.assembly_point,
        shelter_place=settings.shelter_place,
        orders=_orders(session, at),
        departments=tuple(
            _department(row, special[f"department {row.code}"])
            for row in session.scalars(_DEPARTMENTS)
        ),
        halls=halls.records(session, today),
        workplaces=centre_copy.workplaces(session, Reach(settings.branch_code)),
        policy=policy_settings(settings.policy),
    )


_WAYS: Final[Mapping[str, Literal["in", "out"]]] = {"in": "in", "out": "out"}


def _emergency_since(session: Session, settings: LibrarySettings) -> datetime | None:
    if settings.emergency is Emergency.NONE:
        return None
    query = select(EmergencyCase.started_at).where(
        EmergencyCase.kind == settings.emergency,
        EmergencyCase.ended_at.is_(None),
        EmergencyCase.branch_code.is_not_distinct_from(settings.branch_code),
    )
    return session.scalar(query)


def _stations(session: Session, settings: LibrarySettings) -> tuple[str, ...]:
    """Where people come into this house; where it is the only one, that needs no telling."""
    if not settings.branches:
        return ()
    found = session.scalars(
        select(Station.code)
        .where(Station.branch_code.is_not_distinct_from(settings.branch_code))
        .order_by(Station.code)
    )
    desk = () if settings.branch else ("",)
    return (*desk, *found)


def _orders(session: Session, at: datetime) -> tuple[LaneOrderRecord, ...]:
    """What staff told lanes a moment ago and no station has done yet."""
    waiting = session.scalars(
        select(LaneOrder)
        .where(LaneOrder.given_at > at - ORDER_HOLDS, LaneOrder.done_at.is_(None))
        .order_by(LaneOrder.given_at)
    )
    return tuple(
        LaneOrderRecord(
            order_id=order.id, station=order.station_code, act=order.act,
            way=_WAYS.get(order.way or ""), given_at=order.given_at,
            expires_at=order.given_at + ORDER_HOLDS,
        )
        for order in waiting
    )  # fmt: skip


def _department(row: Department, special: Sequence[SpecialDaysRecord]) -> DepartmentRecord:
    week = row.hours or ()
    return DepartmentRecord(
        code=row.code, name=row.name, name_en=row.name_en, hall=row.hall,
        branch=row.branch_code or "", week=tuple(day and (day[0], day[1]) for day in week),
        special=tuple(special),
    )  # fmt: skip


def _special(session: Session, today: date) -> Mapping[str, list[SpecialDaysRecord]]:
    """Days from today on that differ from their week: a station alone still knows its hours.

    By the place: empty, `branch CODE`, `department CODE`; the later rule last.
    """
    found: dict[str, list[SpecialDaysRecord]] = defaultdict(list)
    for entry in sorted(calendar_days.upcoming(session, today), key=lambda entry: entry.id):
        place = f"branch {entry.branch_code}" if entry.branch_code else ""
        if entry.department_code:
            place = f"department {entry.department_code}"
        found[place].append(_days(entry))
    return found


def _days(entry: CalendarEntry) -> SpecialDaysRecord:
    return SpecialDaysRecord(
        first=entry.first, last=entry.last, opens=entry.opens, closes=entry.closes,
        usual=calendar_days.of_entry(entry).usual,
        open_day=entry.kind is CalendarKind.OPEN_DAY, notice=entry.notice,
        notice_en=entry.notice_en, announce_from=entry.announce_from,
    )  # fmt: skip
