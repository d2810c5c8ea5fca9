"""The books of a library, counted once more by hand: every row by itself, in plain Python."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from gate.facts import DocumentClass, LoanPlace, TicketKind, TicketState, VisitState
from server.models import (
    Category,
    Document,
    EventOfDay,
    Loan,
    Patron,
    Registration,
    Ticket,
    Visit,
    VisitOrigin,
)
from server.services.reports import catalogue
from server.services.reports.catalogue import ReportCode
from server.services.reports.table import Period
from tests.server.console.library import Library
from tests.server.desk_library import staff_id

KYIV = ZoneInfo("Europe/Kyiv")
OCTOBER = Period(date(2025, 10, 1), date(2025, 10, 31))
"""Its last Sunday has an hour twice."""
_STATES = (VisitState.CLOSED, VisitState.CLOSED, VisitState.INSIDE, VisitState.NOT_PASSED)
_KINDS = (TicketKind.PERMANENT, TicketKind.PERMANENT, TicketKind.ONE_TIME, TicketKind.STAFF)
Rows = Sequence[Any]


def local(at: datetime) -> date:
    return at.astimezone(KYIV).date()


@pytest.fixture
def busy(desk: Library) -> Library:
    """A library in which chance did everything, some of it before October and some after."""
    chance = Random(611)
    with desk.database.writing() as session:
        tickets = list(_readers(desk, session, chance))
        documents = session.scalars(select(Document)).all()
        for at in _instants(chance, 150):
            session.add(_visit(at, chance, chance.choice(tickets)))
        for place, at in enumerate(_instants(chance, 120)):
            session.add(_loan(at, chance, documents[place % 6], chance.choice(tickets)))
        for at in _instants(chance, 12):
            session.add(_event(at, chance))
    return desk


def _instants(chance: Random, count: int) -> Iterator[datetime]:
    """Around the ends of October, of its days and of its summer time."""
    first = datetime(2025, 9, 30, 20, 30, tzinfo=UTC)
    for _ in range(count):
        yield first + timedelta(minutes=chance.randrange(32 * 24 * 60 + 180))


def _readers(library: Library, session: Any, chance: Random) -> Iterator[tuple[Ticket, Category]]:
    for number, at in enumerate(_instants(chance, 24)):
        kind, category = chance.choice(_KINDS), chance.choice([Category.PUPIL, Category.STUDENT])
        patron = Patron(
            surname="Нова", given_name="Читачка", name_key="нова", salt="00", created_at=at,
            category=category, birth_date=date(chance.randint(1950, 2015), 10, 31),
        )  # fmt: skip
        session.add(patron)
        session.flush()
        ticket = Ticket(
            id=f"cc{number:02}", number=f"cc{number:02}", patron_id=patron.id, kind=kind,
            state=TicketState.ACTIVE, issued_at=at - timedelta(days=chance.choice([0, 400])),
            valid_from=local(at), valid_until=date(2030, 1, 1), registered_for=2025,
        )  # fmt: skip
        session.add(ticket)
        session.flush()
        session.add(
            Registration(
                ticket_id=ticket.id, year=2025, category=category, loans_shown=0, at=at,
                staff_id=staff_id(library),
            )
        )  # fmt: skip
        yield ticket, category


def _visit(at: datetime, chance: Random, reader: tuple[Ticket, Category]) -> Visit:
    ticket, category = reader
    guest = chance.random() < 0.3
    return Visit(
        id=uuid4(), ticket_id=None if guest else ticket.id, category=None if guest else category,
        event_id="reading" if guest or chance.random() < 0.2 else None,
        state=chance.choice(_STATES), origin=VisitOrigin.DESK, slip_number=uuid4().hex,
        persons=chance.randint(1, 5) if guest else 1, opened_at=at, changed_at=at,
        closed_at=at, local_day=local(at), handed_in=True,
    )  # fmt: skip


def _loan(
    at: datetime, chance: Random, document: Document, reader: tuple[Ticket, Category]
) -> Loan:
    place = chance.choice(list(LoanPlace))
    return Loan(
        document_id=document.id, patron_id=reader[0].patron_id, department_code="2", place=place,
        issued_at=at, returned_at=at + timedelta(hours=chance.randint(1, 300)),
        due_on=local(at) + timedelta(days=30) if place is LoanPlace.HOME else None,
    )  # fmt: skip


def _event(at: datetime, chance: Random) -> EventOfDay:
    return EventOfDay(
        id=uuid4().hex, title="Захід", hall="Мала зала", doors_at=at, starts_at=at, ends_at=at,
        online_persons=chance.choice([None, 7]), cancelled_at=at if chance.random() < 0.3 else None,
    )  # fmt: skip


class Raw:
    """All rows as they stand, and who is counted."""

    def __init__(self, library: Library) -> None:
        with library.database.reading() as session:
            self.tickets = {row.id: row for row in session.scalars(select(Ticket))}
            self.patrons = {row.id: row for row in session.scalars(select(Patron))}
            self.documents = {row.id: row for row in session.scalars(select(Document))}
            self.loans = session.scalars(select(Loan)).all()
            visits = session.scalars(select(Visit)).all()
            registrations = session.scalars(select(Registration)).all()
            events = session.scalars(select(EventOfDay)).all()
        self.visits = [each for each in visits if self._is_counted(each)]
        self.registrations = [each for each in registrations if not self._of_staff(each.ticket_id)]
        self.events = [each for each in events if each.cancelled_at is None]

    def _of_staff(self, ticket_id: str | None) -> bool:
        return ticket_id is not None and self.tickets[ticket_id].kind is TicketKind.STAFF

    def _is_counted(self, visit: Visit) -> bool:
        return visit.state is not VisitState.NOT_PASSED and not self._of_staff(visit.ticket_id)

    def day(self, day: date) -> tuple[int, ...]:
        """A line of the day book."""
        came = [visit for visit in self.visits if visit.local_day == day]
        registered = [each for each in self.registrations if each.at and local(each.at) == day]
        new = [each for each in registered if each.at == self.tickets[each.ticket_id].issued_at]
        lent = [loan for loan in self.loans if local(loan.issued_at) == day]
        return (
            len(new),
            len(registered) - len(new),
            sum(visit.persons for visit in came),
            sum(visit.persons for visit in came if visit.event_id is not None),
            sum(loan.place is LoanPlace.READING_ROOM for loan in lent),
            sum(loan.place is LoanPlace.HOME for loan in lent),
            sum(loan.returned_at is not None and local(loan.returned_at) == day
                for loan in self.loans),
            sum(local(event.starts_at) == day for event in self.events),
        )  # fmt: skip


def test_every_line_of_the_day_book_is_the_count_of_its_rows(busy: Library) -> None:
    raw = Raw(busy)
    book = catalogue.make(busy.database, ReportCode.DAY_BOOK, OCTOBER).rows
    assert {day: tuple(counts) for day, *counts in book} == {
        day: raw.day(day) for day in OCTOBER.days()
    }
    assert all(any(column) for column in zip(*book, strict=True)), "nothing is nought throughout"


@pytest.mark.clause("R5.2.11")
def test_the_yearly_report_is_the_sum_of_the_raw_days(busy: Library) -> None:
    raw = Raw(busy)
    year = catalogue.make(busy.database, ReportCode.YEARLY, Period.of_year(2025)).rows
    sums = [
        tuple(map(sum, zip(*map(raw.day, _of_month(month)), strict=True))) for month, *_ in year
    ]
    assert [tuple(counts) for _, *counts in year] == sums
    assert len(year) == 12


def _of_month(month: date) -> Iterator[date]:
    return Period.of_month(month).days()


@pytest.mark.clause("R5.2.11")
def test_every_row_of_the_state_s_form_is_the_count_of_its_rows(busy: Library) -> None:
    raw = Raw(busy)
    found = dict(catalogue.make(busy.database, ReportCode.FORM_6NK, OCTOBER).rows)
    ages = [_age(raw.patrons[number]) for number in _users(raw)]
    lent = [loan for loan in raw.loans if _in_october(loan.issued_at)]
    held = [event for event in raw.events if _in_october(event.starts_at)]
    came = [visit for visit in raw.visits if OCTOBER.first <= visit.local_day <= OCTOBER.last]
    assert found == {
        "users": len(ages),
        "users_children": sum(age <= 15 for age in ages),
        "users_young": sum(16 <= age <= 21 for age in ages),
        "visits": sum(visit.persons for visit in came),
        "event_visitors": sum(visit.persons for visit in came if visit.event_id is not None),
        "online_visitors": sum(event.online_persons or 0 for event in held),
        "loans": len(lent),
        "loans_home": sum(loan.place is LoanPlace.HOME for loan in lent),
        "loans_periodicals": sum(
            raw.documents[loan.document_id].document_class is DocumentClass.PERIODICAL
            for loan in lent
        ),
        "events": len(held),
        "stock": sum(not document.is_lost for document in raw.documents.values()),
    }


def _in_october(at: datetime) -> bool:
    return OCTOBER.first <= local(at) <= OCTOBER.last


def _users(raw: Raw) -> set[int]:
    registered = {each.ticket_id for each in raw.registrations if each.year == 2025}
    of_public = [each for each in raw.tickets.values() if each.kind is not TicketKind.STAFF]
    return {
        each.patron_id
        for each in of_public
        if each.id in registered or each.registered_for == 2025
    }  # fmt: skip


def _age(patron: Patron) -> int:
    """Full years on the last day of October."""
    born: date = patron.birth_date or date(1900, 1, 1)
    had_birthday = (born.month, born.day) <= (OCTOBER.last.month, OCTOBER.last.day)
    return OCTOBER.last.year - born.year - (not had_birthday)


@pytest.mark.parametrize(
    "code, of", [(ReportCode.VISITS_BY_HOUR, "hour"), (ReportCode.VISITS_BY_CATEGORY, "category")]
)
def test_hours_and_categories_are_the_count_of_their_visits(
    busy: Library, code: ReportCode, of: str
) -> None:
    came = [visit for visit in Raw(busy).visits if OCTOBER.first <= visit.local_day <= OCTOBER.last]
    told: dict[str, Callable[[Visit], tuple[object, int]]] = {
        "hour": lambda visit: (visit.opened_at.astimezone(KYIV).hour, visit.persons),
        "category": lambda visit: (visit.category, 1),
    }
    expected: Counter[object] = Counter()
    for visit in came:
        key, count = told[of](visit)
        if key is not None:
            expected[key] += count
    found = catalogue.make(busy.database, code, OCTOBER).rows
    assert {key: count for key, count, *_ in found if count} == expected
