"""The book of complaints and suggestions, given to anybody who asks for it (R4.1.13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database import Database
from server.models import Complaint, ComplaintKind
from server.services import audit, settings

ANSWER_WITHIN_DAYS = 30
_TEXT_MAX_SIGNS = 4000
_NAME_MAX_SIGNS = 200


class NotWaiting(LookupError):
    """There is no such entry, or it has its answer."""


def write(
    database: Database, kind: ComplaintKind, text: str, *, author: str, contact: str,
    staff_id: int, at: datetime,
) -> int:  # fmt: skip
    """Take an entry; answers its number. It may be without a name. ValueError without words."""
    said = text.strip()[:_TEXT_MAX_SIGNS]
    if not said:
        raise ValueError("an entry has words")
    with database.writing() as session:
        today = settings.read(session).day(at)
        entry = Complaint(
            kind=kind, text=said, author=author.strip()[:_NAME_MAX_SIGNS],
            contact=contact.strip()[:_NAME_MAX_SIGNS], received_at=at, received_by=staff_id,
            due_on=today + timedelta(days=ANSWER_WITHIN_DAYS),
        )  # fmt: skip
        session.add(entry)
        session.flush()
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="complaint_received",
            about=("complaint", str(entry.id)), details={"kind": kind, "signs": len(said)},
        )  # fmt: skip
        return entry.id


def answer(database: Database, number: int, text: str, *, staff_id: int, at: datetime) -> None:
    """Answer an entry, once. Raises NotWaiting, ValueError without words."""
    said = text.strip()[:_TEXT_MAX_SIGNS]
    if not said:
        raise ValueError("an answer has words")
    with database.writing() as session:
        entry = session.scalar(select(Complaint).where(Complaint.id == number).with_for_update())
        if entry is None or entry.answered_at is not None:
            raise NotWaiting(f"no entry {number} that waits")
        entry.answer, entry.answered_at, entry.answered_by = said, at, staff_id
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="complaint_answered",
            about=("complaint", str(number)), details={"before": None, "after": len(said)},
        )  # fmt: skip


def all_entries(session: Session) -> Sequence[Complaint]:
    """Every entry, those that wait first, then the newest."""
    waiting_first = (Complaint.answered_at.is_not(None), Complaint.received_at.desc())
    return session.scalars(select(Complaint).order_by(*waiting_first)).all()
