"""The centre in a real browser: its consultant through a day, its head through a month's end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gate.events import Topic, WorkplaceQuery
from gate.facts import CredentialKind
from server.models import (
    Department,
    DepartmentKind,
    Equipment,
    EResource,
    EventKind,
    EventOfDay,
    EventSignup,
    Hall,
    PaidService,
    Role,
    ServiceCode,
    Visit,
    Workplace,
)
from server.services import consultations, self_seating
from tests.server import desk_library
from tests.server.console.desk import Clock, enter
from tests.server.console.library import NOON, Library
from tests.support.axe import violations
from tests.support.wedge import scan

MONTH = f"first={NOON.replace(day=1).date()}&last={NOON.replace(day=30).date()}"


@pytest.fixture
def centre(library: Library) -> Library:
    """The small library with a centre in it, and a training that is about to begin."""
    with library.database.writing() as session:
        session.add(Department(code="IC", name="Центр", kind=DepartmentKind.INFORMATION))
        session.flush()
        session.add_all(
            [
                EResource(name="Дія", topic=Topic.STATE, address="https://diia.gov.ua/"),
                Workplace(name="ПК 1"),
                PaidService(name="Друк А4", price=400, department_code="IC"),
                Equipment(inventory_number="10101", name="Сканер"),
                Equipment(inventory_number="10102", name="Проєктор"),
                Hall(name="Клас", capacity=12),
                EventOfDay(
                    id="steps", title="Перші кроки", hall="Клас", kind=EventKind.TRAINING,
                    doors_at=NOON - timedelta(minutes=10), starts_at=NOON,
                    ends_at=NOON + timedelta(hours=2), places=12,
                ),
            ]
        )  # fmt: skip
    return library


@pytest.fixture
def consultant(centre: Library, page: Page, address: str) -> Iterator[Page]:
    enter(page, address, Role.INFORMATION_CENTRE)
    page.wait_for_url("**/inside")
    yield page
    assert violations(page) == []


def seen(page: Page, text: str) -> None:
    """These words come to stand on the page."""
    expect(page.locator(".notice, .chip").filter(has_text=text).first).to_be_visible()


@pytest.mark.clause("C1.5", "C3.1", "C3.1.2", "C3.1.3")
def test_a_service_is_written_by_two_clicks_and_by_two_keys(
    consultant: Page, centre: Library, address: str
) -> None:
    consultant.goto(f"{address}/centre")
    scan(consultant, centre.slip)
    seen(consultant, f"листок {centre.slip}")
    consultant.get_by_label("Консультація").click()
    consultant.click("form:has(.picks) button:has-text('Записати')")
    seen(consultant, "Записано")
    consultant.keyboard.press("Alt+Shift+2")
    consultant.keyboard.press("Enter")
    lines = consultant.locator("section[aria-labelledby=give] .entries li")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("Пошук інформації")
    lines.first.locator("button:has-text('Скасувати')").click()
    expect(lines).to_have_count(1)
    assert violations(consultant) == []


@pytest.mark.clause("C2.2b", "C3.1.1")
def test_what_was_asked_is_noted_and_a_link_is_looked_at(
    consultant: Page, centre: Library, address: str
) -> None:
    consultant.goto(f"{address}/centre")
    consultant.fill("#asked-text", "субсидія")
    consultant.check("text=цього в нас немає")
    consultant.click("section[aria-labelledby=asked] button:has-text('Записати')")
    expect(consultant.locator("section[aria-labelledby=asked]")).to_contain_text("бракує")
    consultant.click("button:has-text('Працює')")
    expect(consultant.locator("main")).to_contain_text("Усі посилання перевірено")
    consultant.goto(f"{address}/centre/log?of=demand")
    expect(consultant.locator("table")).to_contain_text("субсидія")
    assert violations(consultant) == []


@pytest.mark.clause("C3.1.1", "C1.5")
def test_computers_go_from_hand_to_hand_with_the_queue_of_the_kiosk(
    consultant: Page, centre: Library, address: str
) -> None:
    consultant.goto(f"{address}/workplaces")
    scan(consultant, centre.slip)
    consultant.click("button:has-text('60 хв')")
    places = consultant.locator("section[aria-labelledby=places]")
    expect(places).to_contain_text("ще 60 хв")
    query = WorkplaceQuery(credential=CredentialKind.SLIP_CODE, value=centre.clean_slip)
    self_seating.ask(centre.database, query, station="K1", at=NOON)
    consultant.reload()
    queue = consultant.locator("section[aria-labelledby=queue]")
    expect(queue).to_contain_text(centre.clean_slip)
    places.locator("button:has-text('Продовжити до')").click()
    seen(consultant, "інші чекають")
    places.locator("button:has-text('Завершити')").click()
    queue.locator("button:has-text('За ПК 1')").click()
    expect(queue).to_contain_text("Ніхто не чекає")
    expect(places).to_contain_text(centre.clean_slip)
    assert violations(consultant) == []


@pytest.mark.clause("C3.1.4")
def test_a_training_is_attended_by_slip_and_counted(
    consultant: Page, centre: Library, address: str
) -> None:
    consultant.goto(f"{address}/events/steps")
    with centre.database.reading() as session:
        ticket = session.get_one(Visit, centre.clean_visit).ticket
        assert ticket is not None
    scan(consultant, ticket.number)
    seen(consultant, "Записано")
    assert came(centre) == [], "a ticket signs up"
    scan(consultant, centre.clean_slip)
    ticked = consultant.locator("tbody .chip-grant")
    expect(ticked).to_have_count(1)
    scan(consultant, centre.slip)
    expect(ticked).to_have_count(2)
    assert set(came(centre)) == {centre.clean_reader, centre.reader}
    assert violations(consultant) == []
    consultant.goto(f"{address}/reports/centre?{MONTH}")
    line = consultant.locator("tr:has-text('Навчено осіб')").first
    expect(line.locator("td").nth(1)).to_have_text("2")


def came(library: Library) -> list[int | None]:
    with library.database.reading() as session:
        return list(
            session.scalars(select(EventSignup.patron_id).where(EventSignup.came_at.is_not(None)))
        )


@pytest.mark.clause("C3.1.7", "C3.2")
def test_a_sale_ends_with_its_slip_before_the_printer(consultant: Page, address: str) -> None:
    consultant.goto(f"{address}/centre/sales")
    consultant.fill("#quantity", "3")
    consultant.fill("#receipt", "К-17")
    consultant.click("button:has-text('Записати й друкувати')")
    expect(consultant.locator("img.paper")).to_have_js_property("naturalWidth", 576)
    assert violations(consultant) == []
    consultant.click("text=Далі")
    expect(consultant.locator(".board")).to_contain_text("12,00")
    assert violations(consultant) == []


@pytest.mark.clause("C5.1", "C8.1", "C8.2", "C8.3", "C6.1")
def test_the_head_closes_the_month(centre: Library, page: Page, address: str) -> None:
    by = desk_library.by(centre, Role.INFORMATION_CENTRE)
    for minutes in (10, 25):
        consultations.give(
            centre.database, consultations.Given(service=ServiceCode.SEARCH, minutes=minutes), by
        )
    enter(page, address, Role.DIRECTOR)
    page.goto(f"{address}/centre/plan")
    page.click("summary:has-text('Наданих послуг')")
    page.fill("#consultations-11", "4")
    page.click("details[open] button:has-text('Зберегти')")
    seen(page, "Збережено")
    assert violations(page) == []

    page.goto(f"{address}/reports/centre?{MONTH}")
    line = page.locator("tr:has-text('Наданих послуг')").first
    assert line.locator("td").all_inner_texts() == ["4", "2", "50"]
    expect(page.locator("section:has(h2:text-is('Послуги'))")).to_contain_text("35")
    assert violations(page) == []
    page.goto(f"{address}/centre/log?{MONTH}")
    expect(page.locator("tbody tr")).to_have_count(2)

    for format_ in ("pdf", "xlsx"):
        file = page.request.get(f"{address}/reports/centre?{MONTH}&format={format_}").body()
        if format_ == "pdf":
            assert file.startswith(b"%PDF")
        else:
            sheets = [name for name in ZipFile(BytesIO(file)).namelist() if "/worksheets/" in name]
            assert len(sheets) == 5, "indicators, services, topics, demand, branches"

    page.goto(f"{address}/centre/stock-taking")
    page.click("text=Почати інвентаризацію")
    expect(page.locator("#number")).to_be_visible()
    sheet = page.locator("section[aria-labelledby=sheet]")
    for number, said in (
        ("10101", "Є: Сканер"), ("10101", "Уже скановано: Сканер"),
        ("77777", "Немає в обліку: 77777"),
    ):  # fmt: skip
        scan(page, number)
        seen(page, said)
    page.fill("#number", "88888")
    page.keyboard.press("Enter")
    expect(sheet).to_contain_text("88888")
    expect(sheet).to_contain_text("Знайдено 1")
    page.click("button:has-text('Завершити')")
    expect(page.locator("#past")).to_be_visible()
    for text in ("Проєктор", "77777"):
        expect(sheet).to_contain_text(text)
    assert violations(page) == []


@pytest.mark.clause("C7.1")
def test_a_label_is_scanned_into_the_field_that_asks_for_its_number(
    consultant: Page, centre: Library, address: str
) -> None:
    consultant.goto(f"{address}/equipment/new")
    consultant.focus("#inventory_number")
    consultant.keyboard.type("10", delay=60)
    scan(consultant, "101460099")
    expect(consultant.locator("#inventory_number")).to_have_value("101460099")
    assert consultant.url.endswith("/equipment/new"), "the form waits for its other fields"
    consultant.focus("#name")
    scan(consultant, "101460099")
    consultant.wait_for_url("**/search?**")

    consultant.goto(f"{address}/equipment")
    consultant.focus("#filter")
    scan(consultant, "10102")
    consultant.wait_for_url("**/equipment?**")
    expect(consultant.locator("tbody tr")).to_have_count(1)
    expect(consultant.locator("tbody")).to_contain_text("Проєктор")
    scan(consultant, centre.slip)
    consultant.wait_for_url(f"**/visits/{centre.visit}")


@pytest.mark.clause("C3.1.1", "C1.5")
def test_a_computer_is_booked_at_the_desk_and_started_at_its_hour(
    consultant: Page, centre: Library, address: str, clock: Clock
) -> None:
    consultant.goto(f"{address}/workplaces/bookings")
    scan(consultant, centre.slip)
    seen(consultant, "оберіть годину й комп’ютер")
    consultant.select_option("#minutes", "90")
    consultant.click("button[aria-label='ПК 1, 12:30']")
    seen(consultant, "Заброньовано: ПК 1")
    day = consultant.locator("section[aria-labelledby=day-bookings]")
    expect(day).to_contain_text("12:30–14:00")
    assert violations(consultant) == []

    consultant.goto(f"{address}/workplaces")
    scan(consultant, centre.slip)
    mine = consultant.locator("button:has-text('Запустити')")
    expect(consultant.locator("main")).to_contain_text("12:30–14:00")
    expect(mine).to_have_count(0)
    clock.forward(timedelta(minutes=15))
    consultant.reload()
    clock.forward(timedelta(minutes=15))
    consultant.reload()
    mine.click()
    expect(consultant.locator("section[aria-labelledby=places]")).to_contain_text("ще 90 хв")
    assert violations(consultant) == []
    consultant.goto(f"{address}/workplaces/bookings")
    expect(day).to_contain_text("працює")


@pytest.mark.parametrize("width", [1280, 320])
def test_no_page_of_the_centre_is_wider_than_its_window(
    consultant: Page, address: str, width: int
) -> None:
    consultant.set_viewport_size({"width": width, "height": 800})
    for path in ("/centre", "/centre/log", "/centre/sales", "/workplaces", "/centre/plan"):
        consultant.goto(address + path)
        wide = consultant.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, path
