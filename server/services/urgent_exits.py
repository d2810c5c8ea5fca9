"""A way out that waits for nobody: staff open at once, the reason is written afterwards (X20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from gate.events import uuid7
from server.database import Database
from server.models import Staff, Station, UrgentExit, Visit
from server.services import audit, houses, lanes, visits
from server.services.by import By
from server.services.keys import Entropy

CLOSE_REASON = "urgent_exit"
_UUID_ENTROPY_BYTES = 10
_REASON_MAX_SIGNS = 1000


def open_at_once(
    database: Database, *, staff_id: int, visit_id: UUID | None, at: datetime, entropy: Entropy
) -> UUID:
    """Let somebody out whose health can't wait. Nothing is judged; documents stay on loan.

    Lanes of the building that lead out are held open for whoever carries and helps, until staff
    reset them.
    `visit_id` None where nobody asked for the slip.
    """
    with database.writing() as session:
        visit = None if visit_id is None else session.get(Visit, visit_id)
        urgent = UrgentExit(
            id=uuid7(at, entropy(_UUID_ENTROPY_BYTES)), at=at, staff_id=staff_id,
            visit_id=None if visit is None else visit.id,
        )  # fmt: skip
        session.add(urgent)
        if visit is not None and visit.closed_at is None:
            visits.end(
                session, visit, at=at, handed_in=False,
                staff_id=staff_id, reason=CLOSE_REASON,
            )  # fmt: skip
        session.flush()
        lanes.hold_ways_out(
            session, _here(session, visit, staff_id), by=By(staff_id=staff_id, at=at),
            entropy=entropy,
        )  # fmt: skip
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="urgent_exit",
            about=("urgent_exit", str(urgent.id)), details={"visit": str(urgent.visit_id)},
        )  # fmt: skip
        return urgent.id


def _here(session: Session, visit: Visit | None, staff_id: int) -> ColumnElement[bool]:
    """Stations of the building: where the person is, else where staff work, else all."""
    if visit is not None:
        return Station.branch_code.is_not_distinct_from(visit.branch_code)
    if session.get_one(Staff, staff_id).department_code is None:
        return true()
    return Station.branch_code.is_not_distinct_from(houses.of_staff(session, staff_id))


def explain(
    database: Database, urgent_id: UUID, *, reason: str, staff_id: int, at: datetime
) -> bool:
    """Write down what had happened, once. False where there is nothing to explain."""
    said = reason.strip()[:_REASON_MAX_SIGNS]
    with database.writing() as session:
        urgent = session.scalar(
            select(UrgentExit).where(UrgentExit.id == urgent_id).with_for_update()
        )
        if urgent is None or urgent.reason_at is not None or not said:
            return False
        urgent.reason, urgent.reason_at, urgent.reason_by = said, at, staff_id
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="urgent_exit_explained",
            about=("urgent_exit", str(urgent_id)), details={"signs": len(said)},
        )  # fmt: skip
        return True


def unexplained(session: Session) -> Sequence[UrgentExit]:
    """Ways out whose reason nobody wrote yet, the oldest first."""
    query = select(UrgentExit).where(UrgentExit.reason_at.is_(None)).order_by(UrgentExit.at)
    return session.scalars(query).all()
