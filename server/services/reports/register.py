"""Who was enrolled and registered anew, and the books that follow from all of it.

The day book is what a library writes down of every day; form 6-НК is the state's yearly statistics
of libraries, of which only the rows that this system can know are given; the yearly report is the
same by months (R5.2.11).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Subquery, case, func, select
from sqlalchemy.orm import Session, aliased

from gate.facts import DocumentClass, LoanPlace, TicketKind
from server.models import Document, Loan, Patron, Registration, Ticket
from server.services.reports import attendance
from server.services.reports.lending import within
from server.services.reports.table import Column, Period, Table, Unit
from server.services.settings import LibrarySettings

CHILD_TO, YOUNG_TO = 15, 21
"""Last year of age of a child and of a young person in the statistics."""
_PUBLIC = (Ticket.id == Registration.ticket_id, Ticket.kind != TicketKind.STAFF)
"""Registrations that count; a ticket of staff is none (E41)."""
_IS_NEW = Registration.at == Ticket.issued_at
"""The registration that came with the ticket."""


def enrolments(session: Session, period: Period, library: LibrarySettings) -> Table:
    """New tickets and yearly registrations, by the reader's category on that day."""
    new = [_IS_NEW & (Ticket.kind == kind) for kind in (TicketKind.PERMANENT, TicketKind.ONE_TIME)]
    rows = session.execute(
        select(Registration.category, *(_sum(each) for each in (*new, ~_IS_NEW)))
        .where(within(Registration.at, period, library), *_PUBLIC)
        .group_by(Registration.category)
    )
    found = sorted((tuple(row) for row in rows), key=lambda row: (-sum(row[1:]), row[0]))
    columns = (
        Column("category", Unit.CODE), Column("new_permanent"), Column("new_one_time"),
        Column("registered_again"),
    )  # fmt: skip
    return Table(columns, found, charted=("new_permanent", "new_one_time", "registered_again"))


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


_BOOK = (
    Column("new_readers"), Column("registered_again"), Column("visits"), Column("event_visitors"),
    Column("loans_room"), Column("loans_home"), Column("returned"), Column("events"),
)  # fmt: skip


def day_book(session: Session, period: Period, library: LibrarySettings) -> Table:
    """Every day with what a library notes of it."""
    days = _days(session, period, library)
    rows = [(day, *days[day]) for day in period.days()]
    return Table((Column("day", Unit.DAY), *_BOOK), rows, charted=("visits",))


def yearly(session: Session, period: Period, library: LibrarySettings) -> Table:
    """Every month of the period in the columns of the day book."""
    sums: dict[date, list[int]] = {month: [0] * len(_BOOK) for month in period.months()}
    for day, counts in _days(session, period, library).items():
        month = sums[day.replace(day=1)]
        for place, count in enumerate(counts):
            month[place] += count
    rows = [(month, *counts) for month, counts in sums.items()]
    return Table((Column("month", Unit.MONTH), *_BOOK), rows, charted=("visits",))


def _days(
    session: Session, period: Period, library: LibrarySettings
) -> Mapping[date, tuple[int, ...]]:
    came = attendance.daily(session, period)
    new = _by_day(session, Registration.at, period, library, _IS_NEW, *_PUBLIC)
    again = _by_day(session, Registration.at, period, library, ~_IS_NEW, *_PUBLIC)
    room = _by_day(session, Loan.issued_at, period, library, Loan.place == LoanPlace.READING_ROOM)
    home = _by_day(session, Loan.issued_at, period, library, Loan.place == LoanPlace.HOME)
    returned = _by_day(session, Loan.returned_at, period, library)
    events = Counter(
        library.day(event.starts_at) for event in attendance.held(session, period, library)
    )
    found = {}
    for day in period.days():
        visits, _, guests = came.get(day, (0, 0, 0))
        found[day] = (
            new[day], again[day], visits, guests, room[day], home[day], returned[day], events[day],
        )  # fmt: skip
    return found


def _by_day(
    session: Session, column: Any, period: Period, library: LibrarySettings, *more: Any
) -> Counter[date]:
    """Instants counted by the library's days; by the hour first, so that few rows come over."""
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    hour = func.date_trunc("hour", column) if on_postgresql else func.substr(column, 1, 13)
    rows = session.execute(
        select(func.min(column), func.count())
        .where(within(column, period, library), *more)
        .group_by(hour)
    )
    days: Counter[date] = Counter()
    for at, count in rows:
        days[library.day(at)] += count
    return days


def form_6nk(session: Session, period: Period, library: LibrarySettings) -> Table:
    """Inputs of the state's form: users, visits, documents lent, events, stock."""
    came = attendance.daily(session, period).values()
    events = attendance.held(session, period, library)
    rows: Sequence[tuple[str, int]] = (
        *_users(session, period),
        ("visits", sum(persons for persons, _, _ in came)),
        ("event_visitors", sum(guests for _, _, guests in came)),
        ("online_visitors", sum(event.online_persons or 0 for event in events)),
        *_lent(session, period, library),
        ("events", len(events)),
        ("stock", _stock(session)),
    )
    return Table((Column("row", Unit.CODE), Column("count", Unit.NUMBER)), rows)


def _stock(session: Session) -> int:
    """All but the lost: counted apart, each by an index, among millions."""
    lost = session.scalar(_count(Document).where(Document.is_lost)) or 0
    return (session.scalar(_count(Document)) or 0) - lost


def _users(session: Session, period: Period) -> Iterable[tuple[str, int]]:
    """Readers registered for the year in which the period ends, once each."""
    is_child = Patron.birth_date > _years_before(period.last, CHILD_TO + 1)
    is_young = ~is_child & (Patron.birth_date > _years_before(period.last, YOUNG_TO + 1))
    sums: Counter[str] = Counter()
    for readers in _registered_for(period.last.year):
        users, children, young = session.execute(
            select(func.count(), _sum(is_child), _sum(is_young))
            .select_from(Patron)
            .join(readers, readers.c.patron_id == Patron.id)
        ).one()
        sums += Counter(users=users, users_children=children or 0, users_young=young or 0)
    for name in ("users", "users_children", "users_young"):
        yield name, sums[name]


def _registered_for(year: int) -> tuple[Subquery, Subquery]:
    """Readers of that year; and of a year that is over, those registered anew since.

    Apart, because the first are found in the order of an index, which a union would lose.
    """
    of_public = Ticket.kind != TicketKind.STAFF
    last = select(Ticket.patron_id).where(Ticket.registered_for == year, of_public)
    again = aliased(Ticket)
    since = select(again.patron_id).where(
        again.registered_for > year, again.kind != TicketKind.STAFF,
        Registration.ticket_id == again.id, Registration.year == year,
        again.patron_id.not_in(last),
    )  # fmt: skip
    return last.distinct().subquery(), since.distinct().subquery()


def _years_before(day: date, years: int) -> date:
    """Who was born later has not reached the age on that day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


def _lent(session: Session, period: Period, library: LibrarySettings) -> Iterable[tuple[str, int]]:
    lent = _count(Loan).where(within(Loan.issued_at, period, library))
    periodicals = lent.join(Document, Document.id == Loan.document_id).where(
        Document.document_class == DocumentClass.PERIODICAL
    )
    yield "loans", session.scalar(lent) or 0
    yield "loans_home", session.scalar(lent.where(Loan.place == LoanPlace.HOME)) or 0
    yield "loans_periodicals", session.scalar(periodicals) or 0


def _count(model: Any) -> Any:
    return select(func.count()).select_from(model)
