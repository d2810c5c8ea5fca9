"""Queries of single pages that nobody else asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from gate.facts import LoanPlace
from server.models import (
    Branch,
    Department,
    Document,
    EventOfDay,
    Loan,
    PaidService,
    ViolationCode,
    Visit,
)
from server.services.houses import House
from server.services.reach import Reach
from templates.words import SOURCE_LANGUAGE, Words

_Named = Branch | Department | House | PaidService | ViolationCode


def departments(session: Session) -> Mapping[str, Department]:
    """All departments by code, in their order."""
    rows = session.scalars(select(Department).order_by(Department.position, Department.code))
    return {row.code: row for row in rows}


def workrooms(session: Session, within: Reach) -> Mapping[str, Department]:
    """Departments at whose desks somebody may work: those of the buildings they work in (C1.3)."""
    rooms = departments(session)
    return {code: row for code, row in rooms.items() if within.covers(row.branch_code)}


def department_name(department: Department | None, words: Words) -> str:
    """A department's name in a language, as far as it has one."""
    return place_name(department, words)


def branches(session: Session) -> Sequence[Branch]:
    """The branches in use, in their order; none where the library has one building."""
    query = select(Branch).where(Branch.retired_at.is_(None))
    return session.scalars(query.order_by(Branch.position, Branch.code)).all()


def place_name(place: Branch | Department | None, words: Words) -> str:
    """A branch's or department's name in a language, as far as it has one."""
    return "" if place is None else name_in(place, words)


def name_in(row: _Named, words: Words) -> str:
    """What the library called something, in a language as far as it has one."""
    foreign = words.language != SOURCE_LANGUAGE and row.name_en
    return row.name_en if foreign else row.name


def documents_out(session: Session) -> Mapping[UUID, int]:
    """How many documents are out on each visit, in reading rooms."""
    rows = session.execute(
        select(Loan.visit_id, func.count())
        .where(
            Loan.returned_at.is_(None),
            Loan.visit_id.is_not(None),
            Loan.place == LoanPlace.READING_ROOM,
        )
        .group_by(Loan.visit_id)
    )
    return {visit_id: count for visit_id, count in rows if visit_id is not None}


def event_halls(session: Session) -> Mapping[UUID, str]:
    """The halls in which visitors of events are, by visit."""
    rows = session.execute(
        select(Visit.id, EventOfDay.hall)
        .join(EventOfDay, EventOfDay.id == Visit.event_id)
        .where(Visit.closed_at.is_(None), Visit.ticket_id.is_(None))
    )
    return dict(rows.all())


def loans_of_visit(session: Session, visit_id: UUID) -> Sequence[Loan]:
    """Everything issued on a slip, the newest first."""
    query = (
        select(Loan)
        .where(Loan.visit_id == visit_id)
        .order_by(Loan.issued_at.desc(), Loan.id.desc())
        .options(joinedload(Loan.document).joinedload(Document.department))
        .options(joinedload(Loan.department))
    )
    return session.scalars(query).all()


def loans_of_patron(session: Session, patron_id: int) -> Sequence[Loan]:
    """What a patron has out now, what is due first at the top."""
    query = (
        select(Loan)
        .where(Loan.patron_id == patron_id, Loan.returned_at.is_(None))
        .order_by(Loan.due_on.is_not(None), Loan.due_on, Loan.issued_at)
        .options(joinedload(Loan.document), joinedload(Loan.department))
    )
    return session.scalars(query).all()
