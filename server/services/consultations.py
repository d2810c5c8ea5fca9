"""The information centre's log: services, what people asked for, links to look at (C3.1, C2.2).

No name stands in it. A service that begins with a slip or ticket is bound to that visit; by
telephone, by mail, or to a librarian of a branch it is bound to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from gate.events import Topic
from server.database import Database
from server.models import (
    Consultation,
    Demand,
    EResource,
    Outcome,
    ServiceCode,
    Staff,
    Visit,
)
from server.services import audit, changes, reach, settings, visits
from server.services.by import By
from server.services.reach import EVERYWHERE, Reach

CHECKED_EVERY = timedelta(days=30)
"""How long a link is good without somebody looking at it (C3.1.1)."""
_UNDO_WITHIN = timedelta(hours=12)


class Given(BaseModel):
    """A service as it is written down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: ServiceCode
    topic: Topic = Topic.OTHER
    minutes: Annotated[int, Field(ge=1, le=480)] = 10
    outcome: Outcome = Outcome.HELPED
    persons: Annotated[int, Field(ge=1, le=500)] = 1
    visit_id: UUID | None = None
    branch_code: str | None = None


class Asked(BaseModel):
    """What somebody asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: Topic
    asked: Annotated[str, StringConstraints(min_length=2, max_length=300, strip_whitespace=True)]
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """The log of a day, the newest first."""

    given: Sequence[Consultation]
    asked: Sequence[Demand]


def give(database: Database, given: Given, by: By) -> int:
    """Write a service down; answers its number. With a slip it is a visit to the centre, too."""
    with database.writing() as session:
        visit = None if given.visit_id is None else session.get(Visit, given.visit_id)
        centre = _centre(session, by)
        if visit is not None and visit.closed_at is None and centre is not None:
            visits.mark(session, visit, centre, at=by.at, staff_id=by.staff_id)
        return _keep(
            session, Consultation(at=by.at, staff_id=by.staff_id, **dict(given)), by,
            {"service": given.service},
        )  # fmt: skip


def ask(database: Database, asked: Asked, by: By) -> int:
    """Write a demand down; answers its number."""
    with database.writing() as session:
        demand = Demand(at=by.at, staff_id=by.staff_id, **dict(asked))
        return _keep(session, demand, by, {"topic": asked.topic})


def _keep(session: Session, row: Consultation | Demand, by: By, details: dict[str, object]) -> int:
    session.add(row)
    session.flush()
    _note(session, row.__tablename__, row.id, f"{row.__tablename__}_noted", by, details)
    return row.id


def _centre(session: Session, by: By) -> str | None:
    """The centre's own department where somebody works: its mark on a slip is a visit to it."""
    own = session.get_one(Staff, by.staff_id).department_code
    there = EVERYWHERE if own is None else reach.of_department(session, own)
    found = reach.centre(session, there)
    return own if found is None else found.code


def strike(database: Database, row_id: int, by: By) -> bool:
    """Take one's own service of today back. False where it is another's, too old, or struck."""
    with database.writing() as session:
        return _strike(session, session.get(Consultation, row_id, with_for_update=True), by)


def strike_demand(database: Database, row_id: int, by: By) -> bool:
    """The same for what somebody asked for."""
    with database.writing() as session:
        return _strike(session, session.get(Demand, row_id, with_for_update=True), by)


def _strike(session: Session, row: Consultation | Demand | None, by: By) -> bool:
    if row is None or not _may_strike(row, by):
        return False
    row.struck_at = by.at
    _note(session, row.__tablename__, row.id, f"{row.__tablename__}_struck", by, {})
    return True


def _may_strike(row: Consultation | Demand, by: By) -> bool:
    young = by.at - row.at <= _UNDO_WITHIN
    return row.struck_at is None and row.staff_id == by.staff_id and young


def of_day(session: Session, first: datetime, last: datetime, within: Reach = EVERYWHERE) -> Day:
    """Everything between two instants that was not struck, in the buildings of a reach."""
    given = session.scalars(
        select(Consultation)
        .where(
            Consultation.at >= first,
            Consultation.at < last,
            Consultation.struck_at.is_(None),
            within.departments(Consultation.department_code),
        )
        .order_by(Consultation.at.desc(), Consultation.id.desc())
        .options(joinedload(Consultation.staff), joinedload(Consultation.visit))
    ).all()
    asked = session.scalars(
        select(Demand)
        .where(
            Demand.at >= first,
            Demand.at < last,
            Demand.struck_at.is_(None),
            within.departments(Demand.department_code),
        )
        .order_by(Demand.at.desc(), Demand.id.desc())
        .options(joinedload(Demand.staff))
    ).all()
    return Day(given, asked)


def due_for_check(session: Session, at: datetime) -> Sequence[EResource]:
    """Resources that nobody looked at for a month, the longest ago first."""
    before = (at - CHECKED_EVERY).date()
    return session.scalars(
        select(EResource)
        .where(
            EResource.retired_at.is_(None),
            or_(EResource.checked_on.is_(None), EResource.checked_on < before),
        )
        .order_by(EResource.checked_on.is_not(None), EResource.checked_on, EResource.id)
        .options(joinedload(EResource.checker))
    ).all()


def last_checked(session: Session, limit: int = 10) -> Sequence[EResource]:
    """Resources that somebody looked at last, and who it was."""
    return session.scalars(
        select(EResource)
        .where(EResource.retired_at.is_(None), EResource.checked_on.is_not(None))
        .order_by(EResource.checked_on.desc(), EResource.name)
        .limit(limit)
        .options(joinedload(EResource.checker))
    ).all()


def checked(database: Database, resource_id: int, by: By) -> bool:
    """Somebody looked at a resource and it is what it says. False for none of ours."""
    with database.writing() as session:
        row = session.get(EResource, resource_id)
        if row is None or row.retired_at is not None:
            return False
        row.checked_on, row.checked_by = settings.read(session).day(by.at), by.staff_id
        changes.note_resource(session, row.id)
        _note(session, "e_resource", row.id, "e_resource_checked", by, {})
        return True


def _note(
    session: Session, kind: str, key: int, action: str, by: By, details: dict[str, object]
) -> None:
    audit.record(
        session, at=by.at, actor=by.actor, action=action, about=(kind, str(key)), details=details
    )
