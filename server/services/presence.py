"""Who is inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from gate.facts import Emergency, TicketKind, VisitState
from server.database import Database
from server.models import (
    EmergencyCase,
    EventOfDay,
    RollEntry,
    RollState,
    Ticket,
    Visit,
)
from server.services.settings import LibrarySettings

IN_THE_BUILDING = (VisitState.ADMITTED, VisitState.INSIDE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Somebody inside, as a list for staff shows them."""

    visit_id: UUID
    slip_number: str
    state: VisitState
    persons: int
    opened_at: datetime
    station: str | None
    branch: str | None
    """The building; None: the library's own, or the only one."""
    display_name: str | None
    """None for a visitor without a ticket."""
    full_name: str | None
    ticket_id: str | None
    ticket_number: str | None
    is_staff: bool
    event_title: str | None
    departments: tuple[str, ...]
    """Codes of the departments that marked the slip, in their order."""


def is_inside(today: date) -> tuple[ColumnElement[bool], ...]:
    """What is true of today's visits whose people are in the building."""
    return (
        Visit.closed_at.is_(None), Visit.state.in_(IN_THE_BUILDING), Visit.local_day == today,
    )  # fmt: skip


def count_inside(session: Session, today: date, library: LibrarySettings) -> int:
    """Persons by today's visits in the building of these settings; children, groups counted."""
    persons = select(func.coalesce(func.sum(Visit.persons), 0)).where(
        *is_inside(today), Visit.branch_code.is_not_distinct_from(library.branch_code)
    )
    return session.scalar(persons) or 0


def count_in_shelter(session: Session, branch: str | None) -> int:
    """Persons in a building's shelter: whoever was inside, not met elsewhere, and the street."""
    raid = (
        EmergencyCase.kind == Emergency.AIR_RAID, EmergencyCase.ended_at.is_(None),
        EmergencyCase.branch_code.is_not_distinct_from(branch),
    )  # fmt: skip
    listed = session.scalar(
        select(func.coalesce(func.sum(RollEntry.persons), 0))
        .join(EmergencyCase, EmergencyCase.id == RollEntry.case_id)
        .where(*raid, RollEntry.state.in_((RollState.WAITING, RollState.SHELTER)))
    )
    street = session.scalar(
        select(EmergencyCase.counted_in - EmergencyCase.counted_out).where(*raid)
    )
    return (listed or 0) + max(0, street or 0)


def open_visits(database: Database) -> Sequence[Present]:
    """All open visits, those away for a while too, the newest first."""
    query = (
        select(Visit)
        .where(Visit.closed_at.is_(None))
        .order_by(Visit.opened_at.desc(), Visit.id)
        .options(
            joinedload(Visit.ticket).joinedload(Ticket.patron),
            joinedload(Visit.event),
            selectinload(Visit.marks),
        )
    )
    with database.reading() as session:
        return [_present(visit) for visit in session.scalars(query)]


def _present(visit: Visit) -> Present:
    ticket, event = visit.ticket, visit.event
    patron = None if ticket is None else ticket.patron
    return Present(
        visit_id=visit.id,
        slip_number=visit.slip_number,
        state=visit.state,
        persons=visit.persons,
        opened_at=visit.opened_at,
        station=visit.station_code,
        branch=visit.branch_code,
        display_name=None if patron is None else patron.display_name,
        full_name=None if patron is None else patron.full_name,
        ticket_id=visit.ticket_id,
        ticket_number=None if ticket is None else ticket.number,
        is_staff=ticket is not None and ticket.kind is TicketKind.STAFF,
        event_title=_title(event) or visit.group_name or None,
        departments=tuple(mark.department_code for mark in visit.marks),
    )


def _title(event: EventOfDay | None) -> str | None:
    return None if event is None else event.title
