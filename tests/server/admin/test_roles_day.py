"""Each role through its day, in a browser: what it does, and that nothing else opens."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gate.facts import VisitState
from server.models import Role, Visit
from server.services import settings
from tests.server.console.conftest import enter
from tests.server.console.library import Library
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
    expect(page.locator("code", has_text="setting_changed").first).to_be_visible()


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


def test_a_list_is_taken_along_as_a_file(page: Page, address: str, tmp_path: Path) -> None:
    enter(page, address, Role.DIRECTOR)
    page.goto(f"{address}/departments?q=зала")
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    file = tmp_path / "list.xlsx"
    download.value.save_as(file)
    assert file.read_bytes().startswith(b"PK")
