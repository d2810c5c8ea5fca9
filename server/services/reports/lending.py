"""What was lent and is missing: by department, by class, overdue (R3.2, R5.2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from gate.facts import LoanPlace
from server.models import Department, Document, Loan, Patron, Ticket
from server.services.reports.long import LongRows
from server.services.reports.table import Column, Period, Table, Unit
from server.services.settings import LibrarySettings

_ROOM = func.sum(case((Loan.place == LoanPlace.READING_ROOM, 1), else_=0))
_HOME = func.sum(case((Loan.place == LoanPlace.HOME, 1), else_=0))


def within(
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    period: Period,
    library: LibrarySettings,
) -> ColumnElement[bool]:
    """An instant within the period, by the library's clock."""
    first = datetime.combine(period.first, time.min, tzinfo=library.zone)
    after = datetime.combine(period.last + timedelta(days=1), time.min, tzinfo=library.zone)
    return (column >= first.astimezone(UTC)) & (column < after.astimezone(UTC))


def by_department(session: Session, period: Period, library: LibrarySettings) -> Table:
    """Documents issued in each department, and taken back there."""
    returned = _returned(session, period, library)
    rows = session.execute(
        select(Department.code, Department.name, _ROOM, _HOME)
        .join(Loan, Loan.department_code == Department.code)
        .where(within(Loan.issued_at, period, library))
        .group_by(Department.code, Department.name)
    )
    issued = {code: (name, room or 0, home or 0) for code, name, room, home in rows}
    names = dict(session.execute(select(Department.code, Department.name)).all())
    found = []
    for code in issued.keys() | returned.keys():
        name, room, home = issued.get(code, (names[code], 0, 0))
        found.append((name, room + home, room, home, returned.get(code, 0)))
    found.sort(key=lambda row: (-row[1], row[0]))
    columns = (
        Column("department", Unit.TEXT), Column("loans"), Column("loans_room"),
        Column("loans_home"), Column("returned"),
    )  # fmt: skip
    return Table(columns, found, charted=("loans",))


def _returned(session: Session, period: Period, library: LibrarySettings) -> Mapping[str, int]:
    rows = session.execute(
        select(Loan.department_code, func.count())
        .where(within(Loan.returned_at, period, library))
        .group_by(Loan.department_code)
    )
    return dict(rows.all())


def by_class(session: Session, period: Period, library: LibrarySettings) -> Table:
    """Documents issued, by their lending class."""
    rows = session.execute(
        select(Document.document_class, func.count(), _ROOM, _HOME)
        .select_from(Loan)
        .join(Document, Document.id == Loan.document_id)
        .where(within(Loan.issued_at, period, library))
        .group_by(Document.document_class)
        .order_by(func.count().desc())
    ).all()
    columns = (
        Column("document_class", Unit.CODE), Column("loans"), Column("loans_room"),
        Column("loans_home"),
    )  # fmt: skip
    return Table(columns, [tuple(row) for row in rows], charted=("loans",))


def overdue(session: Session, period: Period, _library: LibrarySettings) -> Table:
    """Documents at home beyond their last day, as of the period's last day; names their readers."""
    newest = (
        select(Ticket.number)
        .where(Ticket.patron_id == Patron.id)
        .order_by(Ticket.issued_at.desc())
        .limit(1)
        .correlate(Patron)
        .scalar_subquery()
    )
    query = (
        select(
            newest, Patron.surname, Patron.given_name, Patron.phone, Document.inventory_number,
            Document.title, Loan.due_on,
        )
        .select_from(Loan)
        .join(Patron, Patron.id == Loan.patron_id)
        .join(Document, Document.id == Loan.document_id)
        .where(Loan.returned_at.is_(None), Loan.due_on < period.last)
        .order_by(Loan.due_on, Patron.surname, Patron.given_name, Loan.id)
    )  # fmt: skip
    columns = (
        Column("ticket", Unit.TEXT), Column("reader", Unit.TEXT), Column("phone", Unit.TEXT),
        Column("inventory_number", Unit.TEXT), Column("title", Unit.TEXT),
        Column("due_on", Unit.DAY), Column("days_late", Unit.PERCENT),
    )  # fmt: skip
    return Table(columns, LongRows(session, query, partial(_late, today=period.last)))


def _late(row: tuple[Any, ...], today: date) -> tuple[object, ...]:
    ticket, surname, given_name, phone, inventory_number, title, due_on = row
    reader = f"{surname} {given_name}".strip()
    return (ticket, reader, phone, inventory_number, title, due_on, (today - due_on).days)
