"""The end of a day: only the server closes it, for all stations (X10, X19)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from gate.facts import Emergency, LoanPlace, VisitState
from server.database import Database
from server.models import DepartmentNotice, Loan, Ticket, Visit
from server.services import audit, changes, houses, settings, visits

_NAMESPACE = UUID("c2f0a1de-8f0b-5a39-9a55-3f3f8d0f6c11")
_CLOSING_LOCK = 0x4C59_5345
"""Number of the advisory lock on PostgreSQL that makes one closer of many processes."""


class NotYet(RuntimeError):
    """The library is open, or there is an alert: the day goes on."""


def ending_id(visit_id: UUID, day: date) -> UUID:
    """Id of the end that a day gave a visit: the same, however often the day is closed."""
    return uuid5(_NAMESPACE, f"{visit_id} {day.isoformat()}")


def close_past_days(database: Database, *, at: datetime) -> int:
    """Close every visit of an earlier day, and tell stations whose loans are overdue since today.

    Answers how many visits that were. Run again, it finds nothing to do. During an alert people
    may be in the shelter past midnight: nothing is closed then.
    """
    with database.writing() as session:
        if not database.is_sqlite:
            # Of several servers one closes the day; the next finds nothing left.
            session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CLOSING_LOCK})
        library = settings.read(session)
        if library.is_alarmed:
            return 0
        this_day = library.day(at)
        closed = _close(session, at, before=this_day, actor="system")
        newly_overdue = session.scalars(
            select(Ticket.id)
            .join(Loan, Loan.patron_id == Ticket.patron_id)
            .where(
                Loan.returned_at.is_(None),
                Loan.place == LoanPlace.HOME,
                Loan.due_on == this_day - timedelta(days=1),
            )
            .distinct()
        )
        changes.note_ticket(session, *newly_overdue)
        changes.note_building(session)
        return closed


def today(database: Database, at: datetime) -> date:
    """The library's calendar day of an instant."""
    with database.reading() as session:
        return settings.read(session).day(at)


def past_days_are_closed(database: Database, *, at: datetime) -> bool:
    """Whether no visit of an earlier day is open any more."""
    with database.reading() as session:
        before = settings.read(session).day(at)
        left_over = select(Visit.id).where(Visit.closed_at.is_(None), Visit.local_day < before)
        return session.scalar(left_over.limit(1)) is None


def close_today(database: Database, *, staff_id: int, at: datetime) -> int:
    """Close the day that goes on where somebody works, once that building is shut.

    Answers how many visits were left. Raises NotYet before closing time and during an alert there.
    """
    with database.writing() as session:
        library = settings.read(session).at_branch(houses.of_staff(session, staff_id))
        this_day = library.day(at)
        opening = library.opening(this_day)
        alarmed = library.emergency is not Emergency.NONE
        if alarmed or (opening and at < opening[1]):
            raise NotYet("the day goes on")
        tomorrow = this_day + timedelta(days=1)
        theirs = Visit.branch_code.is_not_distinct_from(library.branch_code)
        closed = _close(session, at, theirs, before=tomorrow, actor=f"staff:{staff_id}")
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="day_closed",
            about=("day", this_day.isoformat()), details={"visits_left": closed},
        )  # fmt: skip
        changes.note_building(session)
        return closed


def open_notices(session: Session, department: str | None = None) -> Sequence[DepartmentNotice]:
    """What departments were told and have not seen yet, the oldest first."""
    query = select(DepartmentNotice).where(DepartmentNotice.seen_at.is_(None))
    if department is not None:
        query = query.where(DepartmentNotice.department_code == department)
    return session.scalars(query.order_by(DepartmentNotice.raised_at)).all()


def note_seen(database: Database, notice_id: UUID, *, staff_id: int, at: datetime) -> bool:
    """The department knows. False where it did already, or there is no such notice."""
    with database.writing() as session:
        notice = session.get(DepartmentNotice, notice_id)
        if notice is None or notice.seen_at is not None:
            return False
        notice.seen_at, notice.seen_by = at, staff_id
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="notice_seen",
            about=("visit", str(notice.visit_id)), details={"department": notice.department_code},
        )  # fmt: skip
        return True


def _close(
    session: Session, at: datetime, *where: ColumnElement[bool], before: date, actor: str
) -> int:
    left_over = session.scalars(
        select(Visit)
        .where(Visit.closed_at.is_(None), Visit.local_day < before, *where)
        .with_for_update(skip_locked=True)
    ).all()
    for visit in left_over:
        state = visit.state
        visits.end_without_exit(session, visit, at)
        if visit.state is VisitState.UNRESOLVED:
            _tell_departments(session, visit, at)
        audit.record(
            session, at=at, actor=actor, action="visit_closed_by_day",
            about=("visit", str(visit.id)),
            details={
                "id": str(ending_id(visit.id, visit.local_day)), "before": state,
                "after": visit.state,
            },
        )  # fmt: skip
    return len(left_over)


def _tell_departments(session: Session, visit: Visit, at: datetime) -> None:
    """Each department that waits for documents of this visit is told, once (X19)."""
    owed = session.execute(
        select(Loan.department_code, func.count())
        .where(
            Loan.visit_id == visit.id,
            Loan.returned_at.is_(None),
            Loan.place == LoanPlace.READING_ROOM,
        )
        .group_by(Loan.department_code)
    )
    for department, count in owed.all():
        notice_id = uuid5(ending_id(visit.id, visit.local_day), department)
        if session.get(DepartmentNotice, notice_id) is None:
            session.add(
                DepartmentNotice(
                    id=notice_id, visit_id=visit.id, department_code=department,
                    day=visit.local_day, documents=count, raised_at=at,
                )
            )  # fmt: skip
