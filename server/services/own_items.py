"""Own things brought in: good once a named librarian allowed them (R3.1.3, E48, X04)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.facts import OwnItemKind
from server.database import Database
from server.models import OwnItem, Staff, Visit
from server.services import audit, visits

COUNT_MAX = 99


class NotOpen(LookupError):
    """There is no such visit, or it is over."""


def approve(database: Database, visit_id: UUID, *, staff_id: int, at: datetime) -> int:
    """Allow everything that the reader declared; answers how many things that were.

    The name stands on the slip and on the exit's screen. Raises NotOpen.
    """
    with database.writing() as session:
        visit = _open(session.get(Visit, visit_id))
        name = session.get_one(Staff, staff_id).name
        waiting = session.scalars(
            select(OwnItem).where(OwnItem.visit_id == visit_id, OwnItem.approved_name.is_(None))
        ).all()
        for item in waiting:
            item.approved_at, item.approved_by, item.approved_name = at, staff_id, name
        session.flush()
        visits.touched(session, visit)
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="own_items_approved",
            about=("visit", str(visit_id)),
            details={"before": "declared", "after": "approved", "count": len(waiting)},
        )  # fmt: skip
        return len(waiting)


def add(
    database: Database, visit_id: UUID, kind: OwnItemKind, count: int, *, staff_id: int,
    at: datetime,
) -> None:  # fmt: skip
    """Note something that the reader shows at the desk, allowed with it. Raises NotOpen.

    ValueError for a count out of range.
    """
    if not 1 <= count <= COUNT_MAX:
        raise ValueError("one thing at least, and 99 at most")
    with database.writing() as session:
        visit = _open(session.get(Visit, visit_id))
        session.add(
            OwnItem(
                visit_id=visit_id, kind=kind, count=count, declared_at=at, approved_at=at,
                approved_by=staff_id, approved_name=session.get_one(Staff, staff_id).name,
            )
        )  # fmt: skip
        session.flush()
        visits.touched(session, visit)
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="own_item_added",
            about=("visit", str(visit_id)), details={"kind": kind, "count": count},
        )  # fmt: skip


def note_signed(session: Session, visit_id: UUID, name: str, *, at: datetime) -> None:
    """Keep whose signature the slip bears for what nobody allowed at the desk (R3.1.3)."""
    if not name:
        return
    waiting = select(OwnItem).where(OwnItem.visit_id == visit_id, OwnItem.approved_name.is_(None))
    for item in session.scalars(waiting):
        item.approved_at, item.approved_name = at, name


def _open(visit: Visit | None) -> Visit:
    if visit is None or visit.closed_at is not None:
        raise NotOpen("no open visit")
    return visit
