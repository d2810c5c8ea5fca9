"""Each role through its day, in a browser: what it does, and that nothing else opens."""

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gate.calendar import OpenHours
from gate.facts import VisitState
from server.models import Document, Loan, Role, Staff, Station, Visit
from server.services import settings
from tests.server.console.desk import enter
from tests.server.console.library import NOON, Library
from tests.server.console.test_browser import FREE
from tests.support.wedge import scan


@pytest.mark.clause("R3.1.4")
@pytest.mark.threat(14)
def test_a_guard_sees_the_exit_alone_and_works_it_with_the_scanner(
    page: Page, address: str, library: Library
) -> None:
    enter(page, address, Role.GUARD)
    page.wait_for_url("**/exit")
    places = page.locator(".rail a").all_inner_texts()
    assert not {"Хто в бібліотеці", "Запис читачів", "Налаштування"} & set(places)
    scan(page, library.clean_slip)
    expect(page.locator(".field-title")).to_have_text("Можна виходити")
    page.keyboard.press("Enter")
    expect(page.locator(".notice-grant")).to_contain_text("здано")
    with library.database.reading() as session:
        assert session.get_one(Visit, library.clean_visit).state is VisitState.CLOSED
    page.goto(f"{address}/patrons/{library.reader}")
    expect(page.locator(".error-number")).to_have_text("403")


def test_the_director_changes_a_limit_takes_it_back_and_reads_it_in_the_log(
    page: Page, address: str, library: Library
) -> None:
    enter(page, address, Role.DIRECTOR)
    page.get_by_role("link", name="Налаштування").click()
    page.get_by_role("link", name="Видача документів").last.click()
    page.fill("#reading_room_limit", "7")
    page.keyboard.press("Enter")
    expect(page.locator(".notice-grant")).to_contain_text("Збережено")
    assert _limit(library) == 7
    page.get_by_role("button", name="Повернути, як було").first.click()
    expect(page.locator(".notice-grant")).to_contain_text("Повернуто")
    assert _limit(library) == 10
    page.get_by_role("link", name="Журнал").click()
    changed = page.locator("tr", has_text="змінили налаштування").first
    expect(changed).to_contain_text("7 → 10")


def _limit(library: Library) -> int:
    with library.database.reading() as session:
        return settings.read(session).reading_room_limit


def test_an_administrator_lets_a_new_colleague_in(page: Page, address: str) -> None:
    enter(page, address, Role.ADMIN)
    page.goto(f"{address}/staff/new")
    page.fill("#login", "o.kovalenko")
    page.fill("#name", "Оксана Коваленко")
    page.select_option("#role", "guard")
    page.get_by_role("button", name="Створити").click()
    password = page.locator(".shown-once").last.inner_text()
    page.context.clear_cookies()
    page.goto(f"{address}/sign-in")
    page.fill("#login", "o.kovalenko")
    page.fill("#password", password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")
    for name, typed in [
        ("old", password),
        ("new", "тепла шафа і ключ"),
        ("again", "тепла шафа і ключ"),
    ]:
        page.fill(f"#{name}", typed)
    page.get_by_role("button", name="Змінити пароль").click()
    page.wait_for_url("**/exit")


def test_the_information_centre_plans_an_event_and_keeps_its_list(page: Page, address: str) -> None:
    enter(page, address, Role.INFORMATION_CENTRE)
    page.goto(f"{address}/events/reading")
    scan(page, "20251001")
    expect(page.locator(".notice-grant")).to_contain_text("Записано")
    page.fill("#name", "Ігор Гість")
    page.get_by_role("button", name="Записати").first.click()
    expect(page.locator(".table tbody tr")).to_have_count(2)
    page.goto(f"{address}/settings")
    expect(page.locator(".error-number")).to_have_text("403")


def test_a_technician_looks_after_things_and_sees_no_reader(
    page: Page, address: str, library: Library
) -> None:
    enter(page, address, Role.TECHNICIAN)
    expect(page.locator("main")).to_be_visible()
    for path in (f"/patrons/{library.reader}", "/inside", "/audit", "/staff"):
        page.goto(address + path)
        expect(page.locator(".error-number")).to_have_text("403")
    page.goto(f"{address}/design")
    page.locator("h1").click()
    page.keyboard.press("?")
    page.wait_for_url("**/help")


def test_the_service_centre_finds_admits_restricts_and_closes_its_shift(
    page: Page, address: str, library: Library
) -> None:
    with library.database.writing() as session:
        visit = session.get_one(Visit, library.clean_visit)
        visit.state, visit.closed_at = VisitState.CLOSED, NOON
    enter(page, address, Role.SERVICE_CENTRE)
    page.get_by_role("link", name="Зміна").click()
    page.get_by_role("button", name="Відкрити зміну").click()
    expect(page.locator(".notice-grant")).to_contain_text("Гарного дня")
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("галаган")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ґалаґан").click()
    expect(page.locator("h1")).to_contain_text("Ґалаґан")
    page.get_by_role("button", name="Впустити").click()
    page.wait_for_url("**/slip")
    expect(page.locator("img.paper")).to_be_visible()
    scan(page, library.slip)
    expect(page.locator("h1")).to_contain_text(library.slip[:2])
    page.goto(f"{address}/shift")
    page.fill("#note", "Ключ від сховища — у відділі мистецтв")
    page.get_by_role("button", name="Закрити зміну").click()
    expect(page.locator(".notice-grant")).to_contain_text("Зміну закрито")
    expect(page.locator("main")).to_contain_text("Ключ від сховища")
    for path in ("/settings", "/audit", "/staff", "/imports"):
        page.goto(address + path)
        expect(page.locator(".error-number")).to_have_text("403")


def test_a_librarian_of_a_department_lends_takes_back_and_undoes_by_scanner(
    page: Page, address: str, library: Library
) -> None:
    with library.database.writing() as session:
        librarian = session.scalars(select(Staff).where(Staff.role == Role.DEPARTMENT)).one()
        librarian.department_code = "2"
        held = session.scalars(
            select(Document.barcode).join(Loan).where(Loan.visit_id == library.visit)
        ).first()
    enter(page, address, Role.DEPARTMENT)
    page.get_by_role("link", name="Видача й повернення").click()
    expect(page.locator("h1")).to_have_text("Універсальна читальна зала")
    last = page.locator(".act-last strong")
    scan(page, library.slip)
    scan(page, FREE)
    expect(last).to_have_text("Видано")
    page.get_by_role("button", name="Скасувати").click()
    expect(last).to_have_text("Скасовано")
    scan(page, held or "")
    expect(last).to_contain_text("Повернуто")
    page.get_by_role("link", name="Замовлення").click()
    expect(page.locator("h1")).to_be_visible()
    for path in ("/settings", "/audit", "/staff", "/shift"):
        page.goto(address + path)
        expect(page.locator(".error-number")).to_have_text("403")


def test_the_director_announces_a_short_day_and_takes_it_back(
    page: Page, address: str, library: Library
) -> None:
    enter(page, address, Role.DIRECTOR)
    page.get_by_role("link", name="Календар").click()
    page.fill("#first", "2025-12-24")
    page.select_option("#kind", "hours")
    page.fill("#opens", "10:00")
    page.fill("#closes", "15:00")
    page.fill("#notice", "Скорочений день")
    page.keyboard.press("Enter")
    expect(page.locator(".notice-grant")).to_contain_text("Записано")
    page.get_by_role("button", name="Скасувати").first.click()
    expect(page.locator(".entries")).to_contain_text("скасовано")
    page.get_by_role("button", name="Повернути").first.click()
    expect(page.locator(".entries")).not_to_contain_text("скасовано")
    with library.database.reading() as session:
        assert settings.read(session).hours_on(date(2025, 12, 24)) == OpenHours(600, 900)


def test_a_refresh_takes_neither_what_is_typed_nor_the_focus(
    page: Page, address: str, library: Library
) -> None:
    enter(page, address, Role.ADMIN)
    page.clock.install()
    page.goto(f"{address}/stations")
    page.locator("main summary").last.click()
    page.fill("#name-K1", "Вхід з двору")
    with library.database.writing() as session:
        session.get_one(Station, "K1").last_seen_at = NOON
    with page.expect_response("**/stations"):
        page.clock.fast_forward(5000)
    expect(page.locator("#name-K1")).to_have_value("Вхід з двору")
    expect(page.locator("#name-K1")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".entries")).to_contain_text("Вхід з двору")


def test_a_list_is_taken_along_as_a_file(page: Page, address: str, tmp_path: Path) -> None:
    enter(page, address, Role.DIRECTOR)
    page.goto(f"{address}/departments?q=зала")
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    file = tmp_path / "list.xlsx"
    download.value.save_as(file)
    assert file.read_bytes().startswith(b"PK")
