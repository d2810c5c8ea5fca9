"""What reports count, and what they leave out."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gate.facts import LoanPlace, TicketKind, TicketState, VisitState
from server.console import charts
from server.models import (
    Category,
    Document,
    EventOfDay,
    IdentityDocument,
    Loan,
    Patron,
    Registration,
    Ticket,
    Visit,
    VisitOrigin,
)
from server.services import reregistration
from server.services.people import NOBODY, birthday
from server.services.reports import catalogue, register
from server.services.reports.catalogue import ReportCode
from server.services.reports.table import Period, Table
from server.services.reregistration import Shown
from tests.server import desk_library
from tests.server.console.library import NOON, Library
from tests.server.desk_library import staff_id

TODAY = date(2025, 11, 21)
ONE_DAY = Period(TODAY, TODAY)
PASSPORT = IdentityDocument.PASSPORT
NOVEMBER = Period(date(2025, 11, 1), date(2025, 11, 30))


def made(library: Library, code: ReportCode, period: Period = ONE_DAY) -> Table:
    return catalogue.make(library.database, code, period)


def rows(library: Library, code: ReportCode, period: Period = ONE_DAY) -> list[tuple[Any, ...]]:
    return list(made(library, code, period).rows)


def row(library: Library, code: ReportCode, period: Period = ONE_DAY) -> dict[str, Any]:
    """The only row of a report, by its columns."""
    table = made(library, code, period)
    (only,) = table.rows
    return {column.code: cell for column, cell in zip(table.columns, only, strict=True)}


def visit(
    library: Library, at: datetime, *, ticket_id: str | None = None, persons: int = 1,
    state: VisitState = VisitState.CLOSED,
) -> None:  # fmt: skip
    with library.database.writing() as session:
        category = session.scalar(
            select(Patron.category)
            .join(Ticket, Ticket.patron_id == Patron.id)
            .where(Ticket.id == ticket_id)
        )
        session.add(
            Visit(
                id=uuid4(), ticket_id=ticket_id, category=category, state=state,
                origin=VisitOrigin.DESK, slip_number=uuid4().hex, persons=persons,
                opened_at=at, changed_at=at, closed_at=at, handed_in=True,
                local_day=(at + timedelta(hours=2)).date(),
            )
        )  # fmt: skip


def ticket(library: Library, kind: TicketKind, category: Category, number: str) -> str:
    """A reader of today's."""
    with library.database.writing() as session:
        patron = Patron(
            surname="Нова", given_name="Читачка", name_key="нова", salt="00", created_at=NOON,
            category=category, birth_date=date(2012, 1, 1),
        )  # fmt: skip
        session.add(patron)
        session.flush()
        made_ticket = Ticket(
            id=number, number=number, patron_id=patron.id, kind=kind, state=TicketState.ACTIVE,
            issued_at=NOON, valid_from=TODAY, valid_until=TODAY, registered_for=2025,
        )  # fmt: skip
        session.add(made_ticket)
        session.flush()
        session.add(registration(library, number, NOON, category))
        return number


def registration(
    library: Library, number: str, at: datetime, category: Category = Category.PUPIL
) -> Registration:
    return Registration(
        ticket_id=number, year=at.year, category=category, loans_shown=0, at=at,
        staff_id=staff_id(library),
    )  # fmt: skip


@pytest.mark.clause("R5.2.11")
def test_a_day_counts_persons_readers_and_visitors_of_events(desk: Library) -> None:
    assert row(desk, ReportCode.VISITS_BY_DAY) == {
        "day": TODAY, "visits": 14, "readers": 2, "event_visitors": 12,
    }  # fmt: skip


@pytest.mark.scenario("E41")
@pytest.mark.fault(30)
def test_staff_and_lanes_that_were_not_used_are_no_visits(desk: Library) -> None:
    before = row(desk, ReportCode.VISITS_BY_DAY)
    visit(desk, NOON, ticket_id=ticket(desk, TicketKind.STAFF, Category.STAFF, "aa01"))
    visit(desk, NOON, state=VisitState.NOT_PASSED)
    assert row(desk, ReportCode.VISITS_BY_DAY) == before


@pytest.mark.fault(20)
def test_a_visit_belongs_to_the_day_and_hour_of_the_library_s_clock(desk: Library) -> None:
    visit(desk, datetime(2025, 11, 21, 22, 30, tzinfo=UTC), persons=3)
    tomorrow = Period(TODAY + timedelta(days=1), TODAY + timedelta(days=1))
    assert rows(desk, ReportCode.VISITS_BY_HOUR, tomorrow) == [(0, 3, 3.0)]


def test_every_day_and_month_of_a_period_has_its_row(desk: Library) -> None:
    assert [day for day, *_ in rows(desk, ReportCode.VISITS_BY_DAY, NOVEMBER)] == list(
        NOVEMBER.days()
    )
    months = rows(desk, ReportCode.VISITS_BY_MONTH, Period(date(2025, 10, 5), date(2026, 1, 2)))
    assert [month.isoformat()[:7] for month, *_ in months] == [
        "2025-10", "2025-11", "2025-12", "2026-01",
    ]  # fmt: skip
    assert [visits for _, visits, *_ in months] == [0, 14, 0, 0]


@pytest.mark.clause("R3.1.2")
def test_departments_count_their_marks_with_their_share(desk: Library) -> None:
    found = rows(desk, ReportCode.VISITS_BY_DEPARTMENT)
    assert sum(count for _, count, _ in found) == 2
    assert {name for name, _, _ in found} == {"Відділ мистецтв", "Універсальна читальна зала"}
    assert [share for _, _, share in found] == [50.0, 50.0]


def test_categories_count_visits_and_different_readers(desk: Library) -> None:
    number = ticket(desk, TicketKind.PERMANENT, Category.PUPIL, "aa02")
    visit(desk, NOON, ticket_id=number)
    visit(desk, NOON + timedelta(hours=1), ticket_id=number)
    assert (Category.PUPIL, 2, 1) in rows(desk, ReportCode.VISITS_BY_CATEGORY)


@pytest.mark.clause("R5.2.11", "R5.2.10")
def test_categories_are_what_counting_each_visit_by_itself_gives(desk: Library) -> None:
    """Who comes how often is left to chance: staff, nobody's visits, unused lanes among them."""
    chance, before = Random(626), dict(_by_category(desk))
    kinds = [(TicketKind.PERMANENT, each) for each in (Category.PUPIL, Category.STUDENT) * 3]
    kinds += [(TicketKind.STAFF, Category.STAFF), (TicketKind.ONE_TIME, Category.PUPIL)]
    tickets = {ticket(desk, kind, each, f"bb{n}"): (kind, each)
               for n, (kind, each) in enumerate(kinds)}  # fmt: skip
    with desk.database.writing() as session:
        nobodys = session.get_one(Ticket, "bb0")
        session.get_one(Patron, nobodys.patron_id).salt = NOBODY
    came: Counter[Category] = Counter()
    who: dict[Category, set[str]] = defaultdict(set)
    for _ in range(80):
        number = chance.choice(list(tickets))
        state = chance.choice([VisitState.CLOSED, VisitState.INSIDE, VisitState.NOT_PASSED])
        at = NOON + timedelta(days=chance.randint(-1, 1))
        visit(desk, at, ticket_id=number, state=state)
        kind, category = tickets[number]
        if kind is TicketKind.STAFF or state is VisitState.NOT_PASSED or at != NOON:
            continue
        came[category] += 1
        who[category] |= {number} - {"bb0"}
    for category in (Category.PUPIL, Category.STUDENT):
        visits_before, readers_before = before.get(category, (0, 0))
        assert dict(_by_category(desk))[category] == (
            visits_before + came[category], readers_before + len(who[category]),
        )  # fmt: skip
    assert Category.STAFF not in dict(_by_category(desk))


def _by_category(library: Library) -> list[tuple[Any, tuple[int, int]]]:
    found = rows(library, ReportCode.VISITS_BY_CATEGORY)
    return [(category, (visits, readers)) for category, visits, readers in found]


@pytest.mark.clause("R4.1.11")
def test_events_are_listed_with_those_who_came_and_not_when_called_off(desk: Library) -> None:
    events = rows(desk, ReportCode.EVENTS)
    assert sorted(came for _, _, came in events) == [0, 0, 12]
    with desk.database.writing() as session:
        session.get_one(EventOfDay, "reading").cancelled_at = NOON
    assert [came for _, _, came in rows(desk, ReportCode.EVENTS)] == [0, 0]


def test_a_registration_with_the_ticket_is_no_second_one(desk: Library) -> None:
    number = ticket(desk, TicketKind.PERMANENT, Category.PUPIL, "aa03")
    january = Period(date(2026, 1, 1), date(2026, 1, 31))
    with desk.database.writing() as session:
        session.add(registration(desk, number, NOON + timedelta(days=60)))
    assert rows(desk, ReportCode.ENROLMENTS, NOVEMBER) == [(Category.PUPIL, 1, 0, 0)]
    assert rows(desk, ReportCode.ENROLMENTS, january) == [(Category.PUPIL, 0, 0, 1)]
    assert row(desk, ReportCode.YEARLY, january)["registered_again"] == 1


@pytest.mark.clause("R5.2.11")
def test_tickets_of_staff_are_no_new_readers(desk: Library) -> None:
    ticket(desk, TicketKind.STAFF, Category.STAFF, "aa08")
    assert row(desk, ReportCode.DAY_BOOK)["new_readers"] == 0
    assert rows(desk, ReportCode.ENROLMENTS) == []


@pytest.mark.clause("R5.2.11")
def test_what_somebody_becomes_later_changes_no_report_of_the_past(desk: Library) -> None:
    number = ticket(desk, TicketKind.PERMANENT, Category.PUPIL, "aa09")
    visit(desk, NOON, ticket_id=number)
    with desk.database.writing() as session:
        patron_id = session.get_one(Ticket, number).patron_id
        session.get_one(Patron, patron_id).category = Category.STUDENT
    assert (Category.PUPIL, 1, 1) in rows(desk, ReportCode.VISITS_BY_CATEGORY)
    assert rows(desk, ReportCode.ENROLMENTS) == [(Category.PUPIL, 1, 0, 0)]


@pytest.mark.clause("R5.2.11")
def test_the_form_of_a_year_stays_right_when_readers_register_for_the_next(desk: Library) -> None:
    """It is filled in in January, while they come to register anew."""
    last_year = Period(date(2025, 1, 1), date(2025, 12, 31))
    before = rows(desk, ReportCode.FORM_6NK, last_year)
    by = desk_library.by(desk, at=NOON + timedelta(days=60))
    with desk.database.reading() as session:
        numbers = session.scalars(select(Ticket.id).where(Ticket.registered_for == 2025)).all()
        loans = session.scalars(select(Loan.id)).all()
    for number in numbers:
        reregistration.register(desk.database, number, Shown(document=PASSPORT, loans=loans), by=by)
    assert len(numbers) > 1
    assert rows(desk, ReportCode.FORM_6NK, last_year) == before
    new_year = Period(date(2026, 1, 1), date(2026, 12, 31))
    assert dict(rows(desk, ReportCode.FORM_6NK, new_year))["users"] == len(numbers)


@pytest.mark.clause("R3.2.2", "R3.2.3")
def test_loans_are_counted_where_they_were_made(desk: Library) -> None:
    table = made(desk, ReportCode.LOANS_BY_DEPARTMENT, NOVEMBER)
    with desk.database.reading() as session:
        loans = session.scalars(select(Loan)).all()
        inside = [loan for loan in loans if NOVEMBER.first <= loan.issued_at.date()]
    assert table.total is not None or len(table.rows) == 1
    assert sum(values[1] for values in table.rows) == len(inside) > 0
    by_class = rows(desk, ReportCode.LOANS_BY_CLASS, NOVEMBER)
    assert sum(values[1] for values in by_class) == len(inside)
    assert all(loans == room + home for _, loans, room, home in by_class)


@pytest.mark.clause("R5.2.7")
def test_the_overdue_list_has_who_what_and_for_how_long(desk: Library) -> None:
    with desk.database.writing() as session:
        patron = session.get_one(Patron, desk.clean_reader)
        document = session.scalars(
            select(Document).where(~Document.id.in_(select(Loan.document_id)))
        ).first()
        assert document is not None
        session.add(
            Loan(
                document_id=document.id, patron_id=patron.id, department_code="1",
                place=LoanPlace.HOME, issued_at=NOON - timedelta(days=40),
                due_on=TODAY - timedelta(days=3),
            )
        )  # fmt: skip
    found = rows(desk, ReportCode.OVERDUE)
    late = next(values for values in found if values[3] == document.inventory_number)
    assert late[1] == f"{patron.surname} {patron.given_name}"
    assert late[5:] == (TODAY - timedelta(days=3), 3)
    due_today = Period(TODAY - timedelta(days=3), TODAY - timedelta(days=3))
    assert document.inventory_number not in {
        values[3] for values in rows(desk, ReportCode.OVERDUE, due_today)
    }


@pytest.mark.clause("R5.2.11")
def test_the_day_book_and_the_yearly_report_add_up_to_the_same(desk: Library) -> None:
    ticket(desk, TicketKind.PERMANENT, Category.PUPIL, "aa04")
    book, year = (
        made(desk, code, NOVEMBER).rows for code in (ReportCode.DAY_BOOK, ReportCode.YEARLY)
    )
    sums = [sum(values) for values in list(zip(*book, strict=True))[1:]]
    assert len(book) == 30
    assert [list(values[1:]) for values in year] == [sums]
    assert (sums[0], sums[2], sums[7]) == (1, 14, 3)


@pytest.mark.clause("R5.2.11")
def test_the_state_s_form_counts_each_reader_once(desk: Library) -> None:
    before = dict(rows(desk, ReportCode.FORM_6NK, NOVEMBER))
    ticket(desk, TicketKind.PERMANENT, Category.PUPIL, "aa05")
    ticket(desk, TicketKind.STAFF, Category.STAFF, "aa06")
    with desk.database.writing() as session:
        session.add(
            Ticket(
                id="aa07", number="aa07", patron_id=session.get_one(Ticket, "aa05").patron_id,
                kind=TicketKind.PERMANENT, state=TicketState.ACTIVE, issued_at=NOON,
                valid_from=TODAY, valid_until=TODAY, registered_for=2025,
            )
        )  # fmt: skip
    after = dict(rows(desk, ReportCode.FORM_6NK, NOVEMBER))
    assert after["users"] == before["users"] + 1
    assert after["users_children"] == before["users_children"] + 1
    assert (after["visits"], after["event_visitors"], after["events"]) == (14, 12, 3)


@pytest.mark.clause("R5.2.10")
@pytest.mark.parametrize("code", [code for code in ReportCode if code is not ReportCode.OVERDUE])
def test_no_report_names_a_reader(desk: Library, code: ReportCode) -> None:
    with desk.database.reading() as session:
        names = {patron.surname for patron in session.scalars(select(Patron))}
    cells = {str(cell) for values in rows(desk, code, NOVEMBER) for cell in values}
    assert not names & cells


def test_a_period_that_ends_before_it_begins_is_none() -> None:
    with pytest.raises(ValueError, match="before"):
        Period(TODAY, TODAY - timedelta(days=1))
    with pytest.raises(ValueError, match="ten years"):
        Period(date(2000, 1, 1), TODAY)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 900))
def test_the_months_of_a_period_are_those_of_its_days(first: date, days: int) -> None:
    period = Period(first, first + timedelta(days=days))
    assert list(period.months()) == sorted({day.replace(day=1) for day in period.days()})


@given(st.lists(st.floats(0, 10_000_000), min_size=1, max_size=60))
def test_no_column_of_a_chart_leaves_its_paper(values: list[float]) -> None:
    chart = charts.columns([str(n) for n in range(len(values))], [("visits", values)])
    if chart is None:
        assert max(values) == 0
        return
    assert all(0 <= bar.x <= bar.x + bar.width <= chart.width for bar in chart.bars)
    assert all(0 <= bar.y <= chart.floor and bar.height >= 0 for bar in chart.bars)
    assert max(bar.height for bar in chart.bars) <= chart.floor
    assert all(value > 0 for _, value in chart.lines)


@given(
    st.dates(date(1900, 1, 1), date(2030, 12, 31)), st.dates(date(1990, 1, 1), date(2035, 1, 1)),
    st.integers(1, 30),
)  # fmt: skip
def test_an_age_by_the_day_of_birth_is_the_age_by_the_birthday(
    born: date, day: date, years: int
) -> None:
    assert (day < birthday(born, years)) == (born > register._years_before(day, years))
