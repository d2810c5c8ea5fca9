"""The end of a day: only the server closes it, for all stations (X10, X19)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from gate.facts import LoanPlace
from server.database import Database
from server.models import Loan, Ticket, Visit
from server.services import audit, changes, settings, visits


def close_past_days(database: Database, *, at: datetime) -> int:
    """Close every visit of an earlier day, and tell stations whose loans are overdue since today.

    Answers how many visits that were. Run again, it finds nothing to do.
    """
    with database.writing() as session:
        library = settings.read(session)
        today = library.day(at)
        left_over = session.scalars(
            select(Visit).where(Visit.closed_at.is_(None), Visit.local_day < today)
        ).all()
        for visit in left_over:
            visits.end_without_exit(session, visit, at, library)
            audit.record(
                session, at=at, actor="system", action="visit_closed_by_day",
                about=("visit", str(visit.id)), details={"state": visit.state},
            )  # fmt: skip
        newly_overdue = session.scalars(
            select(Ticket.id)
            .join(Loan, Loan.patron_id == Ticket.patron_id)
            .where(
                Loan.returned_at.is_(None),
                Loan.place == LoanPlace.HOME,
                Loan.due_on == today - timedelta(days=1),
            )
            .distinct()
        )
        changes.note_ticket(session, *newly_overdue)
        changes.note_building(session)
        return len(left_over)
