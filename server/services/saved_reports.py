"""Reports that go by e-mail: which are due, for which period, and to whom (R5.2.11)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database import Database
from server.models import ReportRhythm, SavedReport
from server.services import audit, settings
from server.services.mail import Letter
from server.services.reports.catalogue import ReportCode
from server.services.reports.table import Period

_ADDRESS = re.compile(r"[^@\s,]+@[^@\s,.]+(?:\.[^@\s,.]+)+")
_A_DAY = timedelta(days=1)
_A_WEEK = 7

Write = Callable[[SavedReport, Period, str], Letter]
"""Makes the letter of a report over a period to one address."""
Post = Callable[[Session, Letter, datetime], None]


class BadAddress(ValueError):
    """Something among the recipients is no address."""


def save(
    database: Database, code: ReportCode, rhythm: ReportRhythm, recipients: str, *, language: str,
    staff_id: int, at: datetime,
) -> int:  # fmt: skip
    """Have a report sent from the next whole period on. Raises BadAddress."""
    addresses = [part.strip() for part in recipients.split(",") if part.strip()]
    for address in addresses or [""]:
        if not _ADDRESS.fullmatch(address):
            raise BadAddress(address)
    with database.writing() as session:
        today = settings.read(session).day(at)
        row = SavedReport(
            report=code, rhythm=rhythm, recipients=", ".join(addresses)[:500], language=language,
            created_by=staff_id, created_at=at, sent_for=last_whole(rhythm, today).last,
        )  # fmt: skip
        session.add(row)
        session.flush()
        _note(session, row, "report_scheduled", staff_id, at)
        return row.id


def end(database: Database, report_id: int, *, staff_id: int, at: datetime) -> bool:
    """Send it no more; False where it was not sent anyway."""
    with database.writing() as session:
        row = session.get(SavedReport, report_id)
        if row is None or row.ended_at is not None:
            return False
        row.ended_at = at
        _note(session, row, "report_unscheduled", staff_id, at)
        return True


def all_of(session: Session) -> Sequence[SavedReport]:
    """Those that are sent, the oldest first."""
    going = SavedReport.ended_at.is_(None)
    return session.scalars(select(SavedReport).where(going).order_by(SavedReport.id)).all()


def last_whole(rhythm: ReportRhythm, today: date) -> Period:
    """The last week (from Monday), month, quarter or year that is over."""
    if rhythm is ReportRhythm.WEEKLY:
        monday = today - timedelta(days=today.weekday() + _A_WEEK)
        return Period(monday, monday + timedelta(days=_A_WEEK - 1))
    if rhythm is ReportRhythm.MONTHLY:
        return Period.of_month(today.replace(day=1) - _A_DAY)
    if rhythm is ReportRhythm.QUARTERLY:
        return Period.of_quarter(Period.of_quarter(today).first - _A_DAY)
    return Period.of_year(today.year - 1)


def send_due(database: Database, write: Write, post: Post, *, at: datetime) -> int:
    """Put the letters of all periods that ended into the queue, each once; answers how many.

    A period that was missed while the server was off is sent late, older ones are not.
    """
    with database.reading() as session:
        today = settings.read(session).day(at)
        due = [
            (row, last_whole(row.rhythm, today))
            for row in all_of(session)
            if row.sent_for < last_whole(row.rhythm, today).last
        ]
    letters = [(row, period, _letters(row, period, write)) for row, period in due]
    for row, period, made in letters:
        with database.writing() as session:
            fresh = session.get_one(SavedReport, row.id, with_for_update=True)
            if fresh.sent_for >= period.last:
                continue
            fresh.sent_for = period.last
            for letter in made:
                post(session, letter, at)
    return sum(len(made) for _, _, made in letters)


def _letters(row: SavedReport, period: Period, write: Write) -> list[Letter]:
    return [write(row, period, address) for address in row.recipients.split(", ")]


def _note(session: Session, row: SavedReport, action: str, staff_id: int, at: datetime) -> None:
    audit.record(
        session, at=at, actor=f"staff:{staff_id}", action=action,
        about=("saved_report", str(row.id)),
        details={"report": row.report, "rhythm": row.rhythm},
    )  # fmt: skip
