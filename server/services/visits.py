"""A visit's life as rows: it begins, changes, ends, and departments mark it.

Everything here is part of somebody's transaction. What stations told is folded in the order of
the events' own times, so that the order of arrival changes nothing (fault 14, X12).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from gate.events import OwnItemRecord
from gate.facts import LoanPlace, SlipState, TicketKind, VisitState
from server.models import (
    Category,
    DepartmentVisit,
    EventOfDay,
    Loan,
    OwnItem,
    Patron,
    Ticket,
    Visit,
    VisitOrigin,
)
from server.services import changes, signup_list
from server.services.settings import LibrarySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """How a visit begins."""

    visit_id: UUID
    slip_number: str
    at: datetime
    origin: VisitOrigin
    state: VisitState = VisitState.INSIDE
    station: str | None = None
    ticket_id: str | None = None
    event_id: str | None = None
    persons: int = 1
    home_loans: bool = False
    group_name: str = ""
    guide: str = ""
    own_items: Sequence[OwnItemRecord] = field(default=())
    needs_help: bool = False


def begin(
    session: Session,
    beginning: Beginning,
    settings: LibrarySettings,
    open_visits: Sequence[Visit] | None = None,
) -> Visit:
    """Open a visit. Where its ticket has another open one of that day, it is marked as parallel.

    What is left over of earlier days ends with it. `settings` are those of the building in which
    it begins (`at_branch`, `at_station`). `open_visits`: those of the ticket, where the caller
    knows them and writes them himself.
    """
    parallel = False
    if open_visits is not None:
        parallel = _end_left_over(session, open_visits, beginning.at, settings)
    elif beginning.ticket_id is not None:
        found = _open_visits(session, beginning.ticket_id)
        parallel = _end_left_over(session, found, beginning.at, settings)
    visit = Visit(
        id=beginning.visit_id,
        ticket_id=beginning.ticket_id,
        category=_category(session, beginning.ticket_id),
        event_id=beginning.event_id,
        state=beginning.state,
        origin=beginning.origin,
        station_code=beginning.station,
        branch_code=settings.branch_code,
        slip_number=beginning.slip_number,
        slip_state=SlipState.OPEN,
        persons=beginning.persons,
        local_day=settings.day(beginning.at),
        opened_at=beginning.at,
        changed_at=beginning.at,
        parallel=parallel,
        home_loans=beginning.home_loans,
        group_name=beginning.group_name,
        guide=beginning.guide,
        needs_help=beginning.needs_help,
    )
    session.add(visit)
    if open_visits is None:
        session.flush()
    declare(session, visit, beginning.own_items, beginning.at)
    touched(session, visit)
    return visit


def _category(session: Session, ticket_id: str | None) -> Category | None:
    if ticket_id is None:
        return None
    query = select(Patron.category).join(Ticket, Ticket.patron_id == Patron.id)
    return session.scalar(query.where(Ticket.id == ticket_id))


def _open_visits(session: Session, ticket_id: str) -> Sequence[Visit]:
    query = select(Visit).where(Visit.ticket_id == ticket_id, Visit.closed_at.is_(None))
    return session.scalars(query).all()


def open_of_patron(session: Session, patron_id: int) -> Sequence[UUID]:
    """Visits of a patron that go on."""
    query = select(Visit.id).join(Ticket, Ticket.id == Visit.ticket_id)
    return session.scalars(
        query.where(Ticket.patron_id == patron_id, Visit.closed_at.is_(None))
    ).all()


def _end_left_over(
    session: Session, open_visits: Iterable[Visit], at: datetime, settings: LibrarySettings
) -> bool:
    """End open visits of days before; tells whether another one of the same day goes on."""
    today = settings.day(at)
    goes_on = False
    for visit in open_visits:
        if visit.local_day < today:
            end_without_exit(session, visit, at)
        else:
            goes_on = True
    if session.dirty:
        # What ended must be written before what begins: a ticket has one open visit at a time.
        session.flush()
    return goes_on


def end(
    session: Session,
    visit: Visit,
    *,
    at: datetime,
    handed_in: bool,
    station: str | None = None,
    staff_id: int | None = None,
    reason: str = "",
) -> None:
    """The reader is out. `handed_in`: the slip came back."""
    visit.state = VisitState.CLOSED
    visit.slip_state = SlipState.CLOSED
    visit.handed_in = handed_in
    visit.changed_at = visit.closed_at = at
    visit.exit_station_code = station
    visit.closed_by = staff_id
    visit.close_reason = reason
    touched(session, visit)


_STAFF = select(Ticket.id).where(Ticket.kind == TicketKind.STAFF)


def of_the_public() -> ColumnElement[bool]:
    """Condition for visits that count: those of staff are kept outside the statistics (E41).

    Their few tickets are read once, rather than the ticket of each of a month's visits.
    """
    return or_(Visit.ticket_id.is_(None), Visit.ticket_id.not_in(_STAFF))


def of_staff() -> ColumnElement[bool]:
    """Condition for the others: found by those few tickets."""
    return Visit.ticket_id.in_(_STAFF)


def _is_of_staff(session: Session, visit: Visit) -> bool:
    ticket = None if visit.ticket_id is None else session.get(Ticket, visit.ticket_id)
    return ticket is not None and ticket.kind is TicketKind.STAFF


def end_without_exit(session: Session, visit: Visit, at: datetime) -> None:
    """Close what nobody closed: out for a while (X10), documents out (X19), or slip not handed in.

    Only the server does this, for days that are over.
    """
    if visit.state in (VisitState.AWAY, VisitState.EVACUATED) and not _has_documents(
        session, visit
    ):
        # Who left for a while left the slip at the desk (R3.1.5).
        visit.handed_in = visit.state is VisitState.AWAY
        visit.state = VisitState.CLOSED
    elif _has_documents(session, visit):
        visit.state = VisitState.UNRESOLVED
    elif _is_of_staff(session, visit):
        # Staff have no slip to hand in, and go home as they like (E41).
        visit.state = VisitState.CLOSED
    else:
        visit.state = VisitState.NOT_RETURNED
    visit.slip_state = SlipState.CLOSED
    visit.closed_at = at
    touched(session, visit)


def _has_documents(session: Session, visit: Visit) -> bool:
    reading = exists().where(
        Loan.visit_id == visit.id,
        Loan.returned_at.is_(None),
        Loan.place == LoanPlace.READING_ROOM,
    )
    return bool(session.scalar(select(reading)))


def declare(session: Session, visit: Visit, items: Iterable[OwnItemRecord], at: datetime) -> None:
    """Own items named by the reader; an approval that came with them is kept (R3.1.3)."""
    for item in items:
        session.add(
            OwnItem(
                visit_id=visit.id,
                kind=item.kind,
                count=item.count,
                declared_at=at,
                approved_at=at if item.approved_by else None,
                approved_name=item.approved_by,
            )
        )


def mark(
    session: Session, visit: Visit, department_code: str, *, at: datetime, staff_id: int | None
) -> bool:
    """A department saw the slip: one department visit. False where it had marked it already."""
    if session.get(DepartmentVisit, (visit.id, department_code)) is not None:
        return False
    session.add(
        DepartmentVisit(
            visit_id=visit.id, department_code=department_code, first_at=at, staff_id=staff_id
        )
    )
    changes.note_visit(session, visit.id)
    return True


def touched(session: Session, visit: Visit) -> None:
    """Tell stations that this visit is no longer what it was, and what follows from that."""
    changes.note_visit(session, visit.id)
    if visit.event_id is not None:
        changes.note_event(session, visit.event_id)
        _hand_on_place(session, visit)
    if visit.ticket_id is not None and visit.state is VisitState.NOT_RETURNED:
        changes.note_ticket(session, visit.ticket_id)


def _hand_on_place(session: Session, visit: Visit) -> None:
    """Who did not pass leaves a place to those who wait."""
    if visit.state is VisitState.NOT_PASSED:
        event = session.get(EventOfDay, visit.event_id, with_for_update=True)
        if event is not None:
            session.flush()
            signup_list.move_up(session, event, visit.changed_at)
