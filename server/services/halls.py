"""The halls of the house, and how many people are in each (R4.1.10, R4.1.11).

Where somebody is nobody sees: it is the hall of the department that marked the slip last, else
that of the event, else the one that the way in leads to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from gate.events import HallRecord
from gate.facts import RoomFacts
from server.models import Department, DepartmentVisit, EventOfDay, Hall, Station, Visit
from server.services import presence


def in_use(session: Session) -> Sequence[Hall]:
    """Every hall that is used now, in its order."""
    query = select(Hall).where(Hall.retired_at.is_(None))
    return session.scalars(query.order_by(Hall.position, Hall.name)).all()


def of_department(session: Session, department_code: str) -> Sequence[Hall]:
    """The halls in which a department works, in their order."""
    return [hall for hall in in_use(session) if hall.department_code == department_code]


def are_limited(session: Session) -> bool:
    """Whether any hall has a limit, so that people must be counted by hall."""
    query = select(Hall.id).where(Hall.retired_at.is_(None), Hall.capacity.is_not(None))
    return session.scalar(query.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Which hall a department or a station stands for, by their codes."""

    departments: Mapping[str, str]
    stations: Mapping[str, str]

    def of(self, marked_by: str | None, event_hall: str | None, station: str | None) -> str:
        """The hall in which somebody is by all that is known; empty where nothing is."""
        if marked_by:
            return self.departments.get(marked_by, "")
        return event_hall or self.stations.get(station or "", "")


def whereabouts(session: Session, known: Sequence[Hall] | None = None) -> Whereabouts:
    """A department is in the first hall that names it; its own word or name serves without one.

    `known`: the halls in use, where the caller has read them.
    """
    rows = session.execute(select(Department.code, Department.hall, Department.name))
    departments = {code: hall or name for code, hall, name in rows}
    for hall in reversed(in_use(session) if known is None else known):
        if hall.department_code is not None:
            departments[hall.department_code] = hall.name
    stations = session.execute(
        select(Station.code, Hall.name).join(Hall, Hall.id == Station.hall_id)
    )
    return Whereabouts(departments, dict(stations.all()))


@lru_cache(maxsize=2)
def _seen(today: date) -> Select[Any]:
    """Persons inside by all that is known of where they are; put together once a day."""
    last = (
        select(DepartmentVisit.department_code)
        .where(DepartmentVisit.visit_id == Visit.id)
        .order_by(DepartmentVisit.first_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    seen = (
        select(
            last.label("mark"), EventOfDay.hall, Visit.station_code.label("station"), Visit.persons
        )
        .outerjoin(EventOfDay, EventOfDay.id == Visit.event_id)
        .where(*presence.is_inside(today))
        .subquery()
    )
    places = (seen.c.mark, seen.c.hall, seen.c.station)
    return select(*places, func.sum(seen.c.persons)).group_by(*places)


def counted(session: Session, today: date, known: Sequence[Hall] | None = None) -> Counter[str]:
    """Persons by hall, of today's visits; those of whom nothing is known under no name."""
    where, found = whereabouts(session, known), Counter[str]()
    for mark, hall, station, persons in session.execute(_seen(today)):
        found[where.of(mark, hall, station)] += persons
    return found


def records(session: Session, today: date) -> tuple[HallRecord, ...]:
    """The halls as stations know them."""
    halls = in_use(session)
    limited = any(hall.capacity is not None for hall in halls)
    inside = counted(session, today, halls) if limited else Counter[str]()
    rows = session.execute(
        select(Station.hall_id, Station.code)
        .where(Station.hall_id.is_not(None), Station.revoked_at.is_(None))
        .order_by(Station.code)
    ).all()
    return tuple(
        HallRecord(
            name=hall.name, name_en=hall.name_en, limit=hall.capacity, inside=inside[hall.name],
            departments=() if hall.department_code is None else (hall.department_code,),
            stations=tuple(code for hall_id, code in rows if hall_id == hall.id),
        )
        for hall in halls
    )  # fmt: skip


def room(session: Session, hall_id: int | None, today: date) -> RoomFacts:
    """How full a hall is; without a limit where there is no such hall."""
    hall = None if hall_id is None else session.get(Hall, hall_id)
    if hall is None or hall.capacity is None or hall.retired_at is not None:
        return RoomFacts()
    return RoomFacts(inside=counted(session, today)[hall.name], limit=hall.capacity)


def shelter(session: Session, branch: str | None) -> RoomFacts:
    """How full the shelters of a building are; without a limit where one of them has none."""
    capacities = [
        hall.capacity for hall in in_use(session) if hall.is_shelter and hall.branch_code == branch
    ]
    known = [capacity for capacity in capacities if capacity is not None]
    limit = sum(known) if known and len(known) == len(capacities) else None
    return RoomFacts(inside=presence.count_in_shelter(session, branch), limit=limit)
