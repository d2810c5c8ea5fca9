"""The citizens' information centre through the day: services, computers, events, stock, report."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gate.events import Topic
from server.models import (
    Consultation,
    Equipment,
    EResource,
    EventSignup,
    Hall,
    Role,
    StockTaking,
    Workplace,
    WorkplaceUse,
)
from tests.server.console.desk import enter
from tests.server.console.library import Library
from tests.server.days.walking import go
from tests.support.wedge import scan


@pytest.fixture
def centre_page(page: Page, address: str, library: Library) -> Page:
    """The desk of the information centre, with a computer, a scanner and a link to check."""
    with library.database.writing() as session:
        session.add_all(
            [
                Workplace(name="ПК 1"),
                Equipment(inventory_number="101", name="Сканер"),
                Equipment(inventory_number="102", name="Проєктор"),
                EResource(name="Дія", topic=Topic.STATE, address="https://diia.example.org"),
                Hall(name="Мала зала", capacity=40),
            ]
        )
    enter(page, address, Role.INFORMATION_CENTRE)
    return page


@pytest.mark.clause("C1.5", "C2.2b", "C3.1")
def test_services_are_given_by_slip_and_demand_is_written_down(
    centre_page: Page, address: str, library: Library
) -> None:
    go(centre_page, "Інформаційний центр")
    scan(centre_page, library.clean_slip)
    expect(centre_page.locator("main")).to_contain_text(f"листок {library.clean_slip}")
    centre_page.locator("input[name=service]").first.check()
    centre_page.get_by_label("Хвилин").fill("15")
    centre_page.get_by_role("button", name="Записати").first.click()
    expect(centre_page.locator(".entries").first).to_contain_text("15 хв")
    centre_page.get_by_label("Кількома словами, без імен").fill("Субсидія на опалення")
    centre_page.get_by_label("цього в нас немає").check()
    centre_page.get_by_role("button", name="Записати").last.click()
    expect(centre_page.locator("main")).to_contain_text("бракує")
    centre_page.get_by_role("button", name="Працює").click()
    expect(centre_page.locator("main")).to_contain_text("Усі посилання перевірено")
    centre_page.get_by_role("button", name="Скасувати").first.click()
    expect(centre_page.locator("#give ~ h2")).to_contain_text("0")
    with library.database.reading() as session:
        assert session.scalars(select(Consultation.struck_at)).one() is not None


@pytest.mark.clause("C1.5", "R4.1.7")
def test_computers_are_taken_by_slip_for_a_time(
    centre_page: Page, address: str, library: Library
) -> None:
    go(centre_page, "Комп’ютери")
    scan(centre_page, library.clean_slip)
    centre_page.get_by_role("button", name="60 хв").click()
    place = centre_page.locator("section[aria-labelledby=places] li").first
    expect(place).to_contain_text("ще 60 хв")
    centre_page.get_by_role("button", name="Продовжити до").click()
    expect(place).to_contain_text("ще 90 хв")
    centre_page.get_by_role("button", name="Завершити").click()
    expect(place).to_contain_text("вільно")
    with library.database.reading() as session:
        assert session.scalars(select(WorkplaceUse.ended_at)).one() is not None


@pytest.mark.clause("R4.1.11", "C3.1.5")
def test_an_event_is_planned_and_its_list_is_kept(
    centre_page: Page, address: str, library: Library
) -> None:
    go(centre_page, "Заходи")
    centre_page.get_by_role("link", name="Додати захід").click()
    centre_page.fill("#title", "Як оформити субсидію")
    centre_page.fill("#starts_at", "2025-11-21T15:00")
    centre_page.fill("#ends_at", "2025-11-21T16:00")
    centre_page.get_by_role("button", name="Зберегти").click()
    expect(centre_page.locator("h1")).to_have_text("Як оформити субсидію")
    scan(centre_page, "20251001")
    expect(centre_page.locator(".notice-grant")).to_contain_text("Записано")
    centre_page.fill("#name", "Ігор Гість")
    centre_page.get_by_role("button", name="Записати").first.click()
    expect(centre_page.locator(".table tbody tr")).to_have_count(2)
    centre_page.get_by_role("button", name="Викреслити: Ігор Гість").click()
    centre_page.get_by_role("button", name="Повернути: Ігор Гість").click()
    expect(centre_page.get_by_role("button", name="Викреслити: Ігор Гість")).to_be_visible()
    centre_page.fill("#online", "14")
    centre_page.get_by_role("button", name="Записати").last.click()
    expect(centre_page.locator(".board")).to_contain_text("14")
    with library.database.reading() as session:
        assert len(session.scalars(select(EventSignup)).all()) == 2


@pytest.mark.clause("C5.1", "C8.2", "C8.3")
def test_the_plan_the_stock_and_the_report(
    centre_page: Page, address: str, library: Library
) -> None:
    go(centre_page, "План центру")
    centre_page.locator("main details summary").first.click()
    centre_page.locator("main details[open] input[name=m11]").fill("40")
    centre_page.locator("main details[open]").get_by_role("button", name="Зберегти").click()
    expect(centre_page.locator("main .notice-grant")).to_contain_text("Збережено")
    expect(centre_page.locator("tbody tr").first).to_contain_text("40")
    centre_page.get_by_role("link", name="Інвентаризація").click()
    centre_page.get_by_role("button", name="Почати інвентаризацію").click()
    centre_page.get_by_label("Інвентарний номер").fill("101")
    centre_page.keyboard.press("Enter")
    expect(centre_page.locator("main")).to_contain_text("Проєктор")
    centre_page.get_by_role("button", name="Завершити").click()
    expect(centre_page.get_by_role("button", name="Почати інвентаризацію")).to_be_visible()
    with library.database.reading() as session:
        assert session.scalars(select(StockTaking.ended_at)).one() is not None
    centre_page.goto(f"{address}/reports/centre?first=2025-11-01&last=2025-11-30")
    expect(centre_page.locator("table").first).to_contain_text("40")


@pytest.mark.threat(14)
def test_what_is_personal_or_rules_the_house_stays_shut(
    centre_page: Page, address: str, library: Library
) -> None:
    patron = f"/patrons/{library.reader}"
    for path in (patron, "/exit", "/desk", "/settings", "/audit", "/staff", "/shift", "/bans"):
        centre_page.goto(address + path)
        expect(centre_page.locator(".error-number")).to_have_text("403")
