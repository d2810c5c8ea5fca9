"""Departments, halls, services, violations, permits: made, changed, taken back, exported."""

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from server.console import exports
from server.models import Change, Department, Hall, PaidService, Permit, Role
from tests.server.console.desk import Desk, secret_of
from tests.server.console.library import Library
from tests.server.desk_library import audited

FORMULAS = ["=1+1", "+380501", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", '=HYPERLINK("x")']


@pytest.fixture
def director(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.DIRECTOR)


def refused(desk: Desk, path: str, **form: str) -> str:
    form["csrf_token"] = secret_of(desk.client)
    answer = desk.client.post(path, data=form)
    assert answer.status_code == 422, answer.text
    return answer.text


HALL = {"name": "Велика зала", "capacity": "120", "position": "1", "floor": "2"}


def test_a_hall_is_made_and_stations_hear_of_it(library: Library, director: Desk) -> None:
    page = director.post("/halls", **HALL, department_code="5", phone_zone="1")
    assert "Збережено" in page
    with library.database.reading() as session:
        hall = session.scalars(select(Hall).where(Hall.name == "Велика зала")).one()
        assert (hall.capacity, hall.department_code, hall.phone_zone) == (120, "5", True)
        assert session.scalars(select(Change)).all()
    assert audited(library, "hall_changed")[0].details["before"] is None


@pytest.mark.clause("R4.1.10")
def test_halls_where_one_may_talk_on_the_phone_are_listed(director: Desk) -> None:
    director.post("/halls", **HALL, phone_zone="1")
    page = director.get("/halls?q=Велика")
    assert "Можна розмовляти телефоном" in page
    assert "так" in page.split("Велика зала")[1]


def test_a_name_exists_once(director: Desk) -> None:
    director.post("/halls", **HALL)
    assert "Таке вже є." in refused(director, "/halls", **HALL)


def test_faults_stand_beside_their_fields(director: Desk) -> None:
    page = refused(director, "/halls", name="", capacity="сто", position="1")
    assert "Заповніть це поле." in page.split('name="name"')[1].split("</div>")[0]
    assert "Потрібне ціле число." in page.split('name="capacity"')[1].split("</div>")[0]


@pytest.mark.clause("R3")
def test_a_department_is_changed_with_before_and_after_and_back(
    library: Library, director: Desk
) -> None:
    form = {"name": "Абонемент", "kind": "lending", "phone": "12-34", "position": "2"}
    director.post("/departments/row/1", **form)
    record = audited(library, "department_changed")[0]
    assert record.details["after"]["phone"] == "12-34"
    assert record.details["before"]["phone"] == "+380 44 200 10 01"
    page = director.get("/departments/row/1")
    assert "12-34" in page
    director.post("/departments/undo", record=str(record.id))
    with library.database.reading() as session:
        assert session.get_one(Department, "1").phone == "+380 44 200 10 01"


def test_a_code_that_exists_makes_no_second_department(director: Desk) -> None:
    form = {"code": "1", "name": "Інший", "kind": "lending", "position": "2"}
    assert "Таке вже є." in refused(director, "/departments", **form)


def test_what_is_retired_is_hidden_kept_and_comes_back(library: Library, director: Desk) -> None:
    director.post("/departments/row/5/retire")
    assert "Відділ мистецтв" not in director.get("/departments")
    assert "Відділ мистецтв" in director.get("/departments?all=1")
    director.post("/departments/row/5/retire", back="1")
    assert "Відділ мистецтв" in director.get("/departments")
    assert len(audited(library, "department_changed")) == 2


@pytest.mark.clause("R1.3", "R5.1.8", "C3.1.7", "C3.2")
def test_the_catalogue_tells_free_from_paid_and_who_approved_the_price(
    library: Library, director: Desk
) -> None:
    director.post("/services", name="Читальна зала", price="0", position="0")
    director.post(
        "/services", name="Копія", price="3,50", unit="сторінка", approved_on="2025-01-15",
        order_number="4-о", position="1",
    )  # fmt: skip
    with library.database.reading() as session:
        prices = dict(session.execute(select(PaidService.name, PaidService.price)).all())
    assert prices == {"Читальна зала": 0, "Копія": 350}
    page = director.get("/services")
    assert "15\u00a0січня 2025" in page
    assert "4-о" in page
    assert "3,50" in page
    assert page.index("Читальна зала") < page.index("Копія")


@pytest.mark.clause("R4.4")
def test_a_violation_of_the_library_s_own_can_ban(director: Desk, library: Library) -> None:
    director.post("/violations", code="scooter", name="їзда на самокаті", position="1")
    page = director.get(f"/patrons/{library.reader}/case")
    assert "їзда на самокаті" in page
    page = director.post(
        f"/patrons/{library.reader}/ban", reason="scooter", order="5-к", last_day="2026-01-01"
    )
    assert "обмежено" in page
    assert "їзда на самокаті" in director.get("/bans")


@pytest.mark.clause("R4.4")
def test_a_violation_of_the_rules_takes_other_words_or_goes(
    director: Desk, library: Library
) -> None:
    director.post("/violations", code="noise", name="гучна музика", position="1")
    assert "гучна музика" in director.get("/bans")
    director.post("/violations/row/noise/retire")
    choice = director.get(f"/patrons/{library.reader}/case").split('name="reason"')[1]
    assert "гучна музика" not in choice.split("</select>")[0]
    assert "порушення тиші" not in choice.split("</select>")[0]


@pytest.mark.clause("R4.1.10", "R5.1.9")
def test_a_permit_is_written_down_and_withdrawn(library: Library, centre: Desk) -> None:
    form = {
        "kind": "press", "holder": "Суспільне Чернігів", "subject": "Зйомка сюжету",
        "first": "2025-11-21", "last": "2025-11-22", "paper": "№ 7 від 20.11.2025",
    }  # fmt: skip
    centre.post("/permits", **form)
    with library.database.reading() as session:
        permit = session.scalars(select(Permit)).one()
    page = centre.get("/permits?q=суспiльне")
    assert "Суспільне Чернігів" in page
    centre.post(f"/permits/row/{permit.id}/retire")
    assert "Суспільне" not in centre.get("/permits")
    assert "відкликано" in centre.get("/permits?all=1")


def test_a_permit_does_not_end_before_it_begins(centre: Desk) -> None:
    form = {
        "kind": "press", "holder": "ЗМІ", "subject": "Зйомка", "first": "2025-11-22",
        "last": "2025-11-21",
    }  # fmt: skip
    assert "Останній день раніше за перший." in refused(centre, "/permits", **form)


# --- Lists -------------------------------------------------------------------------------------


def names(page: str) -> list[str]:
    rows = page.split("<tbody>")[1].split("</tbody>", maxsplit=1)[0].split('<th scope="row">')[1:]
    return [row.split(">")[1].split("<")[0].strip() for row in rows]


def test_a_list_sorts_by_its_address_and_says_so(director: Desk) -> None:
    up = director.get("/departments?sort=name")
    down = director.get("/departments?sort=name&dir=down")
    assert names(up) == ["1", "5", "СЦ", "2"]
    assert names(down) == list(reversed(names(up)))
    assert 'aria-sort="ascending"' in up
    assert 'aria-sort="descending"' in down


def test_a_filter_stays_in_the_address_of_headings_and_files(director: Desk) -> None:
    page = director.get("/departments?q=зала")
    assert names(page) == ["2", "5"]
    assert "q=%D0%B7%D0%B0%D0%BB%D0%B0&amp;sort=name" in page
    assert "q=%D0%B7%D0%B0%D0%BB%D0%B0&amp;format=csv" in page
    assert 'value="зала"' in page


def test_a_filter_that_finds_nothing_says_how_to_go_on(director: Desk) -> None:
    assert "Нічого не знайдено" in director.get("/departments?q=немає+такого")


def test_an_empty_table_says_what_to_do_first(director: Desk) -> None:
    assert "Додайте послуги" in director.get("/services")


def test_a_list_leaves_as_csv_and_xlsx_with_its_filter(director: Desk) -> None:
    answer = director.client.get("/departments?q=мистецтв&format=csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    lines = list(csv.reader(StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert lines[0][:2] == ["Код", "Назва"]
    assert [line[1] for line in lines[1:]] == ["Відділ мистецтв"]
    book = director.client.get("/departments?format=xlsx").data
    with ZipFile(BytesIO(book)) as parts:
        assert "Відділ мистецтв" in parts.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.threat(13)
def test_no_cell_of_a_file_is_a_formula(director: Desk) -> None:
    for text in FORMULAS:
        director.post("/services", name=f"x{text}", order_number=text, price="0", position="1")
    answer = director.client.get("/services?format=csv").data.decode("utf-8-sig")
    cells = [cell for line in csv.reader(StringIO(answer), delimiter=";") for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r", "＝"))]
    assert [cell for cell in cells if cell in {"'=1+1", "'@SUM(A1)", "'-2+3"}]
    book = director.client.get("/services?format=xlsx").data
    with ZipFile(BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        names_ = parts.namelist()
    assert "<f>" not in sheet
    assert "xl/worksheets/_rels/sheet1.xml.rels" not in names_


@pytest.mark.threat(13)
def test_a_number_stays_a_number() -> None:
    with exports.as_csv(["n"], [["-12"], ["-12,5"], [-3], ["-1+cmd"]]) as file:
        text = file.read().decode("utf-8-sig")
    assert text.split() == ["n", "-12", "-12,5", "-3", "'-1+cmd"]
