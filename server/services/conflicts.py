"""A conflict as staff need it to settle it: what belongs to it, and how one of two visits ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gate.facts import LoanPlace
from server.database import Database
from server.models import Conflict, ConflictKind, Loan, StationEvent, Ticket, Visit
from server.services import audit, settings, visits

NOT_TWO_PEOPLE = "not_two_people"
"""Why the second visit of one ticket was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is known of a conflict."""

    conflict: Conflict
    told: dict[str, Any]
    """The station's event, as it came; empty where we do not have it."""
    ticket: Ticket | None
    visits: Sequence[Visit]
    """Its visit and, where a ticket has two at once, the other ones; the oldest first."""


class Settled(StrEnum):
    """What became of the wish to close one of two visits."""

    DONE = "done"
    DOCUMENTS_OUT = "documents_out"
    """Documents of a reading room are still out on it."""
    NOT_POSSIBLE = "not_possible"
    """It is closed, or belongs to another conflict."""


def story(session: Session, conflict: Conflict) -> Story:
    """Gather what belongs to a conflict."""
    event = None if conflict.event_id is None else session.get(StationEvent, conflict.event_id)
    return Story(
        conflict=conflict,
        told={} if event is None else dict(event.payload),
        ticket=None if conflict.ticket_id is None else session.get(Ticket, conflict.ticket_id),
        visits=_visits(session, conflict),
    )


def _visits(session: Session, conflict: Conflict) -> Sequence[Visit]:
    mine = None if conflict.visit_id is None else session.get(Visit, conflict.visit_id)
    if mine is None:
        return ()
    if conflict.kind is not ConflictKind.TWO_VISITS or mine.ticket_id is None:
        return (mine,)
    ends = Visit.opened_at < mine.closed_at if mine.closed_at is not None else Visit.id.is_not(None)
    query = select(Visit).where(
        Visit.ticket_id == mine.ticket_id,
        ends,
        or_(Visit.closed_at.is_(None), Visit.closed_at > mine.opened_at),
    )
    return session.scalars(query.order_by(Visit.opened_at)).all()


def close_visit(
    database: Database, conflict_id: int, visit_id: UUID, *, staff_id: int, at: datetime
) -> Settled:
    """Close one of two visits at once: it was the same person. The conflict is settled with it."""
    with database.writing() as session:
        conflict = session.get(Conflict, conflict_id, with_for_update=True)
        if (
            conflict is None
            or conflict.resolved_at is not None
            or conflict.kind is not ConflictKind.TWO_VISITS
        ):
            return Settled.NOT_POSSIBLE
        found = {visit.id: visit for visit in _visits(session, conflict)}
        visit = found.get(visit_id)
        if visit is None or visit.closed_at is not None:
            return Settled.NOT_POSSIBLE
        if _documents_out(session, visit):
            return Settled.DOCUMENTS_OUT
        visits.end(
            session, visit, at=at, handed_in=False, settings=settings.read(session),
            staff_id=staff_id, reason=NOT_TWO_PEOPLE,
        )  # fmt: skip
        conflict.resolved_at, conflict.resolved_by = at, staff_id
        conflict.resolution = NOT_TWO_PEOPLE
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="conflict_settled",
            about=("visit", str(visit_id)),
            details={"conflict": conflict.id, "before": "open", "after": "closed"},
        )  # fmt: skip
        return Settled.DONE


def _documents_out(session: Session, visit: Visit) -> bool:
    query = select(Loan.id).where(
        Loan.visit_id == visit.id,
        Loan.returned_at.is_(None),
        Loan.place == LoanPlace.READING_ROOM,
    )
    return session.scalar(query.limit(1)) is not None
