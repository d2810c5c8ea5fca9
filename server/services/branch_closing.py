"""A branch that is closed or handed over: what stands in the way, to whom it goes, the end (C9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from server.database import Database
from server.models import (
    AuditRecord,
    Branch,
    Department,
    Document,
    EmergencyCase,
    EventOfDay,
    Hall,
    Hold,
    Loan,
    Request,
    Staff,
    Station,
    Visit,
    Workplace,
    WorkplaceBooking,
    WorkplaceUse,
)
from server.services import audit, changes, emergencies, settings, shifts
from server.services.by import actor_of

_SHOWN = 30
"""How many of what is open are named; the number tells of the rest."""


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What has to be settled before a branch closes."""

    loans: int
    inside: int
    stations: int
    """Still paired: shut them out first, so that they wipe themselves."""
    holds: int = 0
    requests: int = 0
    computers: int = 0
    """Hours at its computers that run or are kept for somebody."""
    events: int = 0
    """To come in its halls."""
    staff: int = 0
    """Accounts in use whose department it has."""
    alarms: int = 0
    """The director alone may close in spite of one."""

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return any(getattr(self, each.name) for each in fields(self))

    @property
    def only_alarm(self) -> bool:
        """Whether an alarm is all that is left."""
        return self.any and not any(
            getattr(self, each.name) for each in fields(self) if each.name != "alarms"
        )


class NotPossible(ValueError):
    """The branch can't be closed yet; `obstacles` says why."""

    def __init__(self, obstacles: Obstacles) -> None:
        super().__init__("the branch has something open")
        self.obstacles = obstacles


@dataclass(frozen=True, slots=True)
class _Own:
    """What names a branch, as queries of other tables ask for it."""

    departments: Select[Any]
    halls: Select[Any]
    documents: Select[Any]
    computers: Select[Any]


def _own(code: str) -> _Own:
    rooms = select(Department.code).where(Department.branch_code == code)
    return _Own(
        departments=rooms,
        halls=select(Hall.id).where(Hall.branch_code == code),
        documents=select(Document.id).where(Document.department_code.in_(rooms)),
        computers=select(Workplace.id).where(Workplace.department_code.in_(rooms)),
    )


def obstacles(session: Session, code: str, at: datetime) -> Obstacles:
    """What is open in a branch. Raises LookupError for none of ours."""
    _branch(session, code)
    own = _own(code)
    return Obstacles(
        loans=_count(session, *_lent(own)),
        inside=_count(session, Visit.closed_at.is_(None), Visit.branch_code == code),
        stations=_count(
            session, Station.branch_code == code, Station.paired_at.is_not(None),
            Station.revoked_at.is_(None),
        ),
        holds=_count(session, *_waited_for(own)),
        requests=_count(
            session, Request.ended_at.is_(None), Request.department_code.in_(own.departments)
        ),
        computers=_count(
            session, WorkplaceUse.ended_at.is_(None), WorkplaceUse.workplace_id.in_(own.computers)
        ) + _count(
            session, WorkplaceBooking.ends_at > at, WorkplaceBooking.cancelled_at.is_(None),
            WorkplaceBooking.use_id.is_(None), WorkplaceBooking.workplace_id.in_(own.computers),
        ),
        events=_count(session, *_to_come(own, at)),
        staff=_count(session, *_at_work(own)),
        alarms=_count(
            session, EmergencyCase.ended_at.is_(None), EmergencyCase.branch_code == code
        ),
    )  # fmt: skip


def _lent(own: _Own) -> tuple[ColumnElement[bool], ...]:
    return Loan.returned_at.is_(None), Loan.department_code.in_(own.departments)


def _waited_for(own: _Own) -> tuple[ColumnElement[bool], ...]:
    return Hold.ended_at.is_(None), Hold.document_id.in_(own.documents)


def _to_come(own: _Own, at: datetime) -> tuple[ColumnElement[bool], ...]:
    coming = EventOfDay.ends_at > at, EventOfDay.cancelled_at.is_(None)
    return *coming, EventOfDay.hall_id.in_(own.halls)


def _at_work(own: _Own) -> tuple[ColumnElement[bool], ...]:
    return Staff.active.is_(True), Staff.department_code.in_(own.departments)


@dataclass(frozen=True, slots=True)
class Named:
    """What is open, one by one; the first of each kind."""

    loans: Sequence[tuple[Document, Loan]]
    holds: Sequence[Document]
    events: Sequence[EventOfDay]
    staff: Sequence[Staff]


def named(session: Session, code: str, at: datetime) -> Named:
    """What has to be settled, each by its name."""
    own = _own(code)
    lent = select(Document, Loan).join(Loan).where(*_lent(own)).order_by(Loan.due_on, Loan.id)
    waited = select(Document).join(Hold).where(*_waited_for(own)).distinct()
    events = select(EventOfDay).where(*_to_come(own, at)).order_by(EventOfDay.starts_at)
    people = select(Staff).where(*_at_work(own)).order_by(Staff.name)
    return Named(
        loans=[(document, loan) for document, loan in session.execute(lent.limit(_SHOWN))],
        holds=session.scalars(waited.limit(_SHOWN)).all(),
        events=session.scalars(events.limit(_SHOWN)).all(),
        staff=session.scalars(people.limit(_SHOWN)).all(),
    )


def departments(session: Session, code: str) -> Sequence[str]:
    """Names of its departments in use."""
    return session.scalars(
        select(Department.name)
        .where(Department.branch_code == code, Department.retired_at.is_(None))
        .order_by(Department.position, Department.code)
    ).all()


def hand_over(
    database: Database, code: str, to: str | None, *, staff_id: int | None, at: datetime
) -> int:
    """Move the departments of a branch, with all that is theirs, into another building (C9).

    `to`: code of a branch; None: the library's own building. Documents, loans, requests and staff
    follow their departments; halls and stations stay. Answers how many departments that were.
    Raises LookupError.
    """
    with database.writing() as session:
        _branch(session, code)
        if to is not None and (to == code or _branch(session, to).retired_at is not None):
            raise LookupError(f"no branch {to}")
        moved = session.scalars(
            select(Department).where(
                Department.branch_code == code, Department.retired_at.is_(None)
            )
        ).all()
        for room in moved:
            room.branch_code = to
            audit.record(
                session, at=at, actor=actor_of(staff_id), action="department_changed",
                about=("department", room.code),
                details={"before": {"branch_code": code}, "after": {"branch_code": to}},
            )  # fmt: skip
        settings.note_changed(session)
        return len(moved)


def close(
    database: Database, code: str, *, staff_id: int | None, at: datetime, order: str = "",
    despite_alarm: bool = False,
) -> None:  # fmt: skip
    """Retire a branch with its departments and halls, by an order.

    A shift that nobody closed ends with it. `despite_alarm`: so does an emergency. Raises
    LookupError, NotPossible.
    """
    with database.writing() as session:
        branch = _branch(session, code)
        open_ = obstacles(session, code, at)
        if open_.any and not (despite_alarm and open_.only_alarm):
            raise NotPossible(open_)
        for case in emergencies.going_on_in(session, code):
            emergencies.end(session, case, at=at, staff_id=staff_id, note=order)
        for room in session.scalars(select(Department).where(Department.branch_code == code)):
            room.retired_at = room.retired_at or at
        for hall in session.scalars(select(Hall).where(Hall.branch_code == code)):
            hall.retired_at = hall.retired_at or at
        shift = shifts.current(session, code)
        if shift is not None:
            shift.closed_at, shift.closed_by = at, staff_id
        branch.retired_at = branch.retired_at or at
        settings.note_changed(session)
        audit.record(
            session, at=at, actor=actor_of(staff_id), action="branch_closed",
            about=("branch", code), details={"order": order.strip()},
        )  # fmt: skip


def reopened(session: Session, branch: Branch) -> None:
    """A branch that is used again has the departments and halls that were closed with it."""
    if branch.retired_at is not None:
        return
    closed_at = session.scalar(
        select(AuditRecord.at)
        .where(
            AuditRecord.action == "branch_closed", AuditRecord.object_kind == "branch",
            AuditRecord.object_id == branch.code,
        )
        .order_by(AuditRecord.id.desc())
        .limit(1)
    )  # fmt: skip
    for model in (Department, Hall):
        session.execute(
            update(model)
            .where(model.branch_code == branch.code, model.retired_at == closed_at)
            .values(retired_at=None)
        )
    changes.note_building(session)


def _branch(session: Session, code: str) -> Branch:
    branch = session.get(Branch, code)
    if branch is None:
        raise LookupError(f"no branch {code}")
    return branch


def _count(session: Session, *where: object) -> int:
    return session.scalar(select(func.count()).where(*where)) or 0  # type: ignore[arg-type]
