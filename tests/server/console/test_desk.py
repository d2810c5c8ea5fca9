"""A department's desk and the exit, by scanner alone."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from gate.facts import LoanPlace, SlipState, VisitState
from server.models import Category, DepartmentVisit, Loan, Patron, Role, Visit
from server.services.names import fold
from tests.server.console.desk import Clock, Desk
from tests.server.console.library import NOON, Library

FREE, FOR_THE_ROOM, OUT, LENT_HOME = "482000000", "482000001", "482000002", "482000004"


@pytest.fixture
def hall(desk_of: Callable[[Role], Desk]) -> Desk:
    """The desk of the general reading room."""
    desk = desk_of(Role.DEPARTMENT)
    desk.post("/desk/department", department="2")
    return desk


def headline(page: str) -> str:
    """What the desk says of the last scan."""
    found = re.search(r'class="act-last act-(\w+)".*?<strong>(.*?)</strong>', page, re.DOTALL)
    assert found is not None, page
    return f"{found[1]}: {found[2]}"


def test_the_department_is_chosen_once(desk_of: Callable[[Role], Desk]) -> None:
    desk = desk_of(Role.DEPARTMENT)
    assert "У якому ви відділі?" in desk.get("/desk")
    desk.post("/desk/department", department="5")
    assert "<h1>Відділ мистецтв</h1>" in desk.get("/desk")


def test_a_department_that_does_not_exist_is_asked_again(desk_of: Callable[[Role], Desk]) -> None:
    desk = desk_of(Role.DEPARTMENT)
    assert "У якому ви відділі?" in desk.post("/desk/department", department="99")


@pytest.mark.clause("R3.1.1", "R3.1.2")
def test_a_slip_shows_its_reader_and_marks_it(library: Library, hall: Desk) -> None:
    page = hall.scan(library.slip, "desk")
    assert "Олена К." in page
    assert "Коваленко" not in page
    with library.database.reading() as session:
        marks = session.scalars(
            select(DepartmentVisit.department_code).where(DepartmentVisit.visit_id == library.visit)
        ).all()
    assert set(marks) == {"2", "5"}


def test_a_document_after_a_slip_is_issued_into_the_room(library: Library, hall: Desk) -> None:
    hall.scan(library.slip, "desk")
    page = hall.scan(FREE, "desk")
    assert headline(page) == "grant: Видано"
    assert "Тіні забутих предків" in page
    with library.database.reading() as session:
        loan = session.scalars(select(Loan).where(Loan.document_id == 1)).one()
        assert (loan.place, loan.visit_id) == (LoanPlace.READING_ROOM, library.visit)


def test_a_lending_department_issues_home_with_a_day(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    desk = desk_of(Role.DEPARTMENT)
    desk.post("/desk/department", department="1")
    desk.scan(library.clean_slip, "desk")
    page = desk.scan(FREE, "desk")
    assert headline(page) == "grant: Видано додому"
    assert "Повернути до" in page


@pytest.mark.scenario("S12")
def test_a_document_that_is_out_comes_back_without_any_slip(library: Library, hall: Desk) -> None:
    page = hall.scan(OUT, "desk")
    assert headline(page) == "desk: Повернуто: інший відділ"
    with library.database.reading() as session:
        assert session.scalars(select(Loan).where(Loan.document_id == 3)).one().returned_at


def test_a_scanner_that_reads_twice_issues_once(library: Library, hall: Desk, clock: Clock) -> None:
    hall.scan(library.slip, "desk")
    hall.scan(FREE, "desk")
    assert headline(hall.scan(FREE, "desk")) == "grant: Видано"
    clock.forward(timedelta(seconds=10))
    assert headline(hall.scan(FREE, "desk")) == "grant: Повернуто"


def test_a_document_without_a_slip_asks_for_the_slip(hall: Desk) -> None:
    assert headline(hall.scan(FREE, "desk")) == "desk: Спершу листок"


@pytest.mark.scenario("V04")
@pytest.mark.clause("R2.4")
def test_an_event_slip_gives_no_right_to_documents(library: Library, hall: Desk) -> None:
    page = hall.scan(library.event_slip, "desk")
    assert headline(page) == "refuse: Листок заходу"
    assert headline(hall.scan(FREE, "desk")) == "desk: Спершу листок"


@pytest.mark.scenario("S01")
def test_a_closed_slip_gives_no_service(library: Library, hall: Desk) -> None:
    with library.database.writing() as session:
        visit = session.get_one(Visit, library.clean_visit)
        visit.slip_state = SlipState.VOID
    assert headline(hall.scan(library.clean_slip, "desk")) == "refuse: Немає відкритого листка"


@pytest.mark.scenario("S02")
@pytest.mark.clause("R3.2.2")
def test_a_refusal_of_the_rules_is_told_in_words(
    library: Library, hall: Desk, clock: Clock
) -> None:
    from server.services import settings  # noqa: PLC0415 - changed by this test alone

    settings.change(library.database, {"reading_room_limit": 2}, actor="test", at=clock.at)
    hall.scan(library.slip, "desk")
    page = hall.scan(FREE, "desk")
    assert headline(page) == "refuse: Досягнуто межі"
    assert "найбільшу кількість" in page


@pytest.mark.parametrize(
    "code,said",
    [("LT1:ZZZZ", "refuse: Підпис неправильний"), ("щось", "refuse: Невідомий код"),
     ("RD-1002", "desk: Це квиток")],
)  # fmt: skip
def test_what_is_no_slip_or_document_is_told_as_such(hall: Desk, code: str, said: str) -> None:
    assert headline(hall.scan(code, "desk")) == said


@pytest.mark.scenario("S11")
def test_a_reader_whom_no_entrance_saw_gets_a_visit(library: Library, hall: Desk) -> None:
    hall.scan("RD-1003", "desk")
    page = hall.post("/desk/open-visit")
    assert "Данило Ш." in page


def test_the_last_issue_can_be_undone(library: Library, hall: Desk) -> None:
    hall.scan(library.slip, "desk")
    page = hall.scan(FREE, "desk")
    loan = re.findall(r'name="act" value="(\d+)"', page)
    assert len(loan) == 1
    assert headline(hall.post("/desk/undo", act=loan[0])) == "plain: Скасовано"
    with library.database.reading() as session:
        assert session.scalars(select(Loan).where(Loan.document_id == 1)).all() == []


@pytest.mark.threat(14)
def test_nothing_but_the_last_act_can_be_undone(library: Library, hall: Desk) -> None:
    hall.post("/desk/undo", act="1")
    hall.scan(library.slip, "desk")
    hall.scan(FREE, "desk")
    hall.post("/desk/undo", act="1")
    with library.database.reading() as session:
        assert session.get_one(Loan, 1).returned_at is None


def test_done_with_a_reader_the_next_document_goes_to_nobody(library: Library, hall: Desk) -> None:
    hall.scan(library.slip, "desk")
    assert "Скануйте листок" in hall.post("/desk/release")
    assert headline(hall.scan(FREE, "desk")) == "desk: Спершу листок"


def test_the_cookie_of_the_desk_holds_no_name_and_no_title(library: Library, hall: Desk) -> None:
    hall.scan(library.slip, "desk")
    hall.scan(FREE, "desk")
    with hall.client.session_transaction() as kept:
        text = repr(dict(kept))
    assert "Олена" not in text
    assert "Тіні" not in text


@pytest.mark.parametrize("place", ["", "elsewhere"])
def test_on_other_pages_a_scan_opens_what_it_stands_for(
    library: Library, centre: Desk, place: str
) -> None:
    for code, title in [
        (library.slip, library.slip.rpartition("-")[0]),
        (FREE, "Тіні забутих предків"),
        ("RD-1001", "Коваленко Олена Петрівна"),
        ("20251001", "Коваленко Олена Петрівна"),
        ("коваленко", "Знайдено 1 читача"),
        ("олена коваленко", "Знайдено 1 читача"),
        ("галаган", "Ґалаґан"),
    ]:
        assert title in centre.scan(code, place), code


def test_where_more_are_found_than_shown_that_is_said(library: Library, centre: Desk) -> None:
    with library.database.writing() as session:
        session.add_all(
            Patron(surname="Бойко", given_name=f"Іван {n}", name_key=fold(f"Бойко Іван {n}"),
                   birth_date=date(1980, 1, 1 + n), category=Category.ADULT, salt="00",
                   created_at=NOON)
            for n in range(21)
        )  # fmt: skip
    page = centre.scan("бойко")
    assert "Перші 20 читачів" in page
    assert page.count("Бойко Іван") == 20
    assert "Іван 9<" not in page, "the last of them by the alphabet"
    assert "Є ще." in page


@pytest.mark.scenario("X02")
@pytest.mark.clause("R3.1.4")
def test_the_exit_names_the_department_that_waits(library: Library, centre: Desk) -> None:
    page = centre.scan(library.slip, "exit")
    assert "Спершу повернути документи" in page
    owing = page.partition('class="owing"')[2].partition("</h2>")[0]
    assert "<b>2</b>" in owing
    assert "Відділ мистецтв" in owing
    assert "Листок здано, вихід" not in page


@pytest.mark.scenario("X01")
def test_one_button_closes_a_slip_with_nothing_out(library: Library, centre: Desk) -> None:
    assert "Можна виходити" in centre.scan(library.clean_slip, "exit")
    page = centre.post(f"/exit/{library.clean_visit}")
    assert f"Листок {library.clean_slip} здано" in page
    with library.database.reading() as session:
        visit = session.get_one(Visit, library.clean_visit)
        assert (visit.state, visit.handed_in) == (VisitState.CLOSED, True)


@pytest.mark.scenario("X02")
def test_a_slip_with_documents_out_can_not_be_closed_by_any_form(
    library: Library, centre: Desk
) -> None:
    assert "Спершу повернути документи" in centre.post(f"/exit/{library.visit}")
    with library.database.reading() as session:
        assert session.get_one(Visit, library.visit).state is VisitState.INSIDE


@pytest.mark.scenario("X04")
def test_duties_are_listed_to_be_ticked_off(library: Library, centre: Desk) -> None:
    with library.database.writing() as session:
        for loan in session.scalars(select(Loan).where(Loan.visit_id == library.visit)):
            loan.returned_at = loan.issued_at
    page = centre.get(f"/exit/{library.visit}")
    assert "Оглянути ноутбук" in page
    assert "Прийняти листок" in page


@pytest.mark.scenario("V05")
def test_an_event_slip_is_handed_in_at_the_exit(library: Library, centre: Desk) -> None:
    page = centre.scan(library.event_slip, "exit")
    assert "Можна виходити" in page
    assert "12 осіб" in page
    centre.post(f"/exit/{library.event_visit}")
    with library.database.reading() as session:
        assert session.get_one(Visit, library.event_visit).handed_in


def test_a_closed_slip_scanned_again_is_told_as_closed(library: Library, centre: Desk) -> None:
    centre.post(f"/exit/{library.clean_visit}")
    page = centre.scan(library.clean_slip, "exit")
    assert "вихід уже записано" in page
    assert "Листок здано, вихід" not in page


def test_a_guards_scan_stays_at_the_exit(library: Library, desk_of: Callable[[Role], Desk]) -> None:
    guard = desk_of(Role.GUARD)
    assert "Можна виходити" in guard.scan(library.clean_slip)
    assert "Це квиток" in guard.scan("RD-1001")
    assert "Це не контрольний листок" in guard.scan(FREE)
