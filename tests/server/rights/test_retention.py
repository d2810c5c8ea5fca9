"""What is older than its period goes, and reports stay as they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page
from sqlalchemy import func, select, update

from gate.events import uuid7
from gate.facts import TicketKind
from server.models import (
    Base,
    Complaint,
    ComplaintKind,
    DataRequest,
    EventSignup,
    Guarantor,
    GuarantorKind,
    Hold,
    HoldState,
    ImportedRow,
    ImportKind,
    ImportRun,
    ImportState,
    Loan,
    Mail,
    MailKind,
    MailState,
    Patron,
    Photo,
    RegistrationCard,
    Request,
    RequestState,
    RightKind,
    Role,
    StationEvent,
    Ticket,
    Visit,
    Workplace,
    WorkplaceBooking,
)
from server.run import Housekeeper
from server.services import retention, settings
from server.services.reports import catalogue
from server.services.reports.catalogue import ReportCode
from server.services.reports.table import Period
from server.services.retention import Kind
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.console.test_browser import RULES
from tests.server.desk_library import audited

YEARS_LATER = NOON + timedelta(days=365 * 10)
LONG_AGO = NOON - timedelta(days=365 * 4)
_ID = uuid7(NOON, bytes(10))
NOVEMBER = Period(date(2025, 11, 1), date(2025, 11, 30))


def going(library: Library, at: datetime = YEARS_LATER) -> dict[Kind, int]:
    with library.database.reading() as session:
        found = retention.preview(session, settings.read(session), at)
    return {each.kind: each.rows for each in found if each.rows}


def rows(library: Library, model: type[Base]) -> int:
    with library.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def over(desk: Library) -> Library:
    """The day is over: everybody left, everything came back."""
    with desk.database.writing() as session:
        session.execute(update(Visit).values(closed_at=NOON))
        session.execute(update(Loan).values(returned_at=NOON))
    return desk


@pytest.fixture
def full(over: Library) -> Library:
    """One row of every kind, all of them old by then."""
    with over.database.writing() as session:
        run = ImportRun(
            kind=ImportKind.PATRONS, source="a.csv", state=ImportState.DONE, actor="staff:1",
            started_at=NOON, told_at=NOON, finished_at=NOON, rows_total=1,
        )  # fmt: skip
        session.add_all([run, *_old_rows(over.reader)])
        session.flush()
        session.add(ImportedRow(run_id=run.id, key="1", before=None, after={"surname": "К"}))
    return over


def _old_rows(reader: int) -> list[Base]:
    return [
        Mail(kind=MailKind.TICKET, patron_id=reader, recipient="a@example.org", message=b"",
             state=MailState.SENT, next_try_at=NOON, created_at=NOON, settled_at=NOON),
        Request(patron_id=reader, department_code="2", shelf_mark="8", author="А", title="Т",
                published="", volume="", state=RequestState.DONE, asked_at=NOON, asked_by=1,
                ended_at=NOON),
        Hold(document_id=1, patron_id=reader, state=HoldState.EXPIRED, placed_at=NOON,
             ended_at=NOON),
        EventSignup(event_id="reading", patron_id=reader, at=NOON),
        WorkplaceBooking(workplace=Workplace(name="Місце 1"), begins_at=NOON, ends_at=NOON,
                         made_at=NOON),
        Photo(patron_id=reader, jpeg=b"1", taken_at=NOON),
        RegistrationCard(patron_id=reader, address="Київ"),
        Guarantor(patron_id=reader, kind=GuarantorKind.PARENT, name="Ірина", guarantees=True,
                  at=NOON, staff_id=1),
        Complaint(kind=ComplaintKind.THANKS, text="Дякую", author="Олена", contact="0",
                  received_at=NOON, received_by=1, due_on=NOON.date(), answered_at=NOON),
        DataRequest(patron_id=reader, kind=RightKind.ACCESS, received_at=NOON, received_by=1,
                    due_on=NOON.date(), settled_at=NOON),
        StationEvent(id=_ID, station_code="K1", incarnation=1, sequence=1, at=NOON, kind="entry",
                     payload={}, answer={}, receipt="stored", received_at=NOON),
    ]  # fmt: skip


@pytest.mark.clause("R5.1.5", "R5.2.10")
def test_every_kind_goes_after_its_period_and_not_before(full: Library) -> None:
    assert set(going(full, NOON + timedelta(days=80))) == set()
    assert set(going(full)) == set(Kind)
    gone = retention.run(full.database, YEARS_LATER)
    assert set(going(full)) == set()
    assert all(gone[kind] for kind in Kind)
    for model in (Mail, Request, Hold, Photo, RegistrationCard, Guarantor, ImportedRow,
                  DataRequest, StationEvent):  # fmt: skip
        assert rows(full, model) == 0, model
    with full.database.reading() as session:
        complaint = session.scalars(select(Complaint)).one()
        assert (complaint.text, complaint.author) == ("Дякую", "")
        assert session.scalars(select(EventSignup)).one().patron_id is None


@pytest.mark.clause("R5.2.10", "R5.2.11")
@pytest.mark.parametrize(
    "code",
    [code for code in ReportCode if code is not ReportCode.OVERDUE],
)
def test_reports_stay_as_they_were_when_nobody_is_named_any_more(
    over: Library, code: ReportCode
) -> None:
    before = catalogue.make(over.database, code, NOVEMBER)
    retention.run(over.database, YEARS_LATER)
    after = catalogue.make(over.database, code, NOVEMBER)
    known = [n for n, column in enumerate(before.columns) if column.code != "different_readers"]
    assert [[row[n] for n in known] for row in after.rows] == [
        [row[n] for n in known] for row in before.rows
    ]


@pytest.mark.clause("R5.2.10")
def test_nothing_leads_from_an_old_visit_or_loan_to_a_person(over: Library) -> None:
    retention.run(over.database, YEARS_LATER)
    with over.database.reading() as session:
        people = select(Patron.id).where(Patron.surname != "")
        tickets = select(Ticket.id).where(Ticket.patron_id.in_(people))
        assert session.scalars(select(Visit).where(Visit.ticket_id.in_(tickets))).all() == []
        assert session.scalars(select(Loan).where(Loan.patron_id.in_(people))).all() == []
        assert session.scalars(select(Loan).where(Loan.visit_id.is_not(None))).all() == []


def test_visits_of_staff_stay_outside_the_statistics(over: Library) -> None:
    with over.database.writing() as session:
        session.execute(
            update(Ticket).where(Ticket.number == "RD-1001").values(kind=TicketKind.STAFF)
        )
    before = catalogue.make(over.database, ReportCode.VISITS_BY_DAY, NOVEMBER)
    retention.run(over.database, YEARS_LATER)
    assert catalogue.make(over.database, ReportCode.VISITS_BY_DAY, NOVEMBER).rows == before.rows


def test_what_is_open_stays_however_old(desk: Library) -> None:
    """Somebody who never left, a document that never came back."""
    assert Kind.VISITS not in going(desk)
    assert Kind.LOANS not in going(desk)


def test_papers_stay_while_something_is_owed(full: Library) -> None:
    with full.database.writing() as session:
        session.execute(update(Loan).where(Loan.patron_id == full.reader).values(returned_at=None))
    assert not {Kind.PAPERS, Kind.PHOTOS} & set(going(full))


def test_a_period_of_nought_keeps_for_ever(full: Library) -> None:
    never = dict.fromkeys((kind.setting for kind in Kind), 0)
    settings.change(full.database, never, actor="staff:1", at=NOON)
    assert going(full) == {}


def test_more_rows_than_a_batch_go_in_one_night(
    over: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH", 1)
    count = going(over)[Kind.VISITS]
    assert count > 1
    assert retention.run(over.database, YEARS_LATER)[Kind.VISITS] == count


def test_the_housekeeper_does_it_by_night_and_the_log_tells(over: Library) -> None:
    Housekeeper(over.database, lambda: YEARS_LATER)._close_days()
    assert going(over) == {}
    (record,) = audited(over, "retention_applied")
    assert record.details["visits"] == 2


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 600))
def test_months_ago_is_a_day_of_the_right_month(today: date, months: int) -> None:
    found = retention._months_ago(today, months)
    assert (today.year - found.year) * 12 + today.month - found.month == months
    assert found.day <= today.day


@pytest.mark.clause("R5.1.5")
def test_other_periods_are_tried_without_changing_anything(
    desk_of: Callable[[Role], Desk], library: Library
) -> None:
    with library.database.writing() as session:
        session.execute(update(Visit).values(closed_at=NOON, local_day=LONG_AGO.date()))
    director = desk_of(Role.DIRECTOR)
    assert "Пішло б сьогодні" in director.get("/retention")
    tried = director.get("/retention?keep_visits_months=100")
    assert "Це лише проба" in tried
    assert "від 0 до 600" in director.get("/retention?keep_visits_months=-1")
    assert going(library, NOON)[Kind.VISITS] == 2
    assert "Введіть слово" in director.post("/retention", confirm="ні")
    assert "Рядків: 2" in director.post("/retention", confirm="стерти")
    assert going(library, NOON) == {}


def test_axe_finds_nothing_at_the_periods(console: Page, address: str) -> None:
    console.goto(f"{address}/retention")
    found = Axe().run(console, options=RULES)
    assert found.violations_count == 0, found.generate_report()
