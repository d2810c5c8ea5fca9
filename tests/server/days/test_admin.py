"""An administrator through the day: accounts, stations, lists, tables, and the log of it all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from server.models import AuditRecord, Hall, Patron, Role, Station
from server.services import audit
from tests.server.console.desk import enter
from tests.server.console.library import NOON, Library
from tests.server.days.walking import go
from tests.server.imports.lists import PATRONS, csv_file


@pytest.mark.threat(15)
def test_an_administrator_lets_a_colleague_in_and_out_at_once(page: Page, address: str) -> None:
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
    with page.context.browser.new_context() as elsewhere:  # type: ignore[union-attr]
        desk = elsewhere.new_page()
        enter(desk, address, Role.ADMIN)
        go(desk, "Налаштування")
        desk.get_by_role("link", name="Працівники").click()
        desk.get_by_role("link", name="Оксана Коваленко").click()
        desk.get_by_role("button", name="Закрити обліковий запис").click()
        expect(desk.locator(".notice-grant")).to_be_visible()
    page.reload()
    page.wait_for_url(re.compile("/sign-in"))


@pytest.mark.threat(18)
def test_a_station_is_added_renamed_put_back_and_shut_out(
    page: Page, address: str, library: Library
) -> None:
    enter(page, address, Role.ADMIN)
    go(page, "Станції")
    page.get_by_label("Код, два знаки").fill("Z9")
    page.get_by_label("Назва").last.fill("Вхід з двору")
    page.get_by_role("button", name="Додати й отримати код").click()
    expect(page.get_by_role("heading", name=re.compile(r"\w{4}-\w{4}"))).to_be_visible()
    page.goto(f"{address}/stations")
    station = page.locator(".entries > li", has=page.locator("#name-Z9"))
    station.locator("summary").click()
    page.fill("#name-Z9", "Вхід з парку")
    page.keyboard.press("Enter")
    expect(station).to_contain_text("Вхід з парку")
    station.locator("summary").click()
    expect(station.locator(".before-after del")).to_have_text("Вхід з двору")
    station.get_by_role("button", name="Повернути, як було").first.click()
    expect(page.locator(".notice-grant")).to_contain_text("Повернуто")
    station.locator("summary").click()
    page.fill("#typed-Z9", "Z9")
    station.get_by_role("button", name="Відкликати").click()
    expect(station).to_contain_text("відкликано")
    with library.database.reading() as session:
        row = session.get_one(Station, "Z9")
        assert (row.name, row.revoked_at) == ("Вхід з двору", NOON)
    go(page, "Журнал")
    expect(page.locator("tr", has_text="змінили станцію").first).to_contain_text("Вхід з парку")


def test_a_list_is_taken_in_and_a_table_is_kept(
    page: Page, address: str, library: Library, tmp_path: Path
) -> None:
    enter(page, address, Role.ADMIN)
    go(page, "Завантаження списків")
    page.set_input_files("#list-file", csv_file(tmp_path, PATRONS))
    page.get_by_role("button", name="Перевірити").click()
    page.get_by_role("button", name=re.compile("^Записати")).click()
    expect(page.get_by_role("heading", name="Скасувати завантаження")).to_be_visible()
    with library.database.reading() as session:
        known = session.scalars(select(Patron).where(Patron.surname == "Дем’янчук")).all()
        assert len(known) == 1
    go(page, "Налаштування")
    page.locator("main").get_by_role("link", name="Зали").click()
    page.get_by_role("link", name="Додати").first.click()
    page.fill("#name", "Велика зала")
    page.fill("#capacity", "120")
    page.keyboard.press("Enter")
    expect(page.locator(".notice-grant")).to_contain_text("Збережено")
    page.fill("#capacity", "90")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Повернути, як було").first.click()
    expect(page.locator("#capacity")).to_have_value("120")
    with library.database.reading() as session:
        assert session.scalars(select(Hall.capacity)).one() == 120


@pytest.mark.threat(16)
def test_the_log_is_checked_and_a_change_in_it_is_found(
    page: Page, address: str, library: Library
) -> None:
    enter(page, address, Role.ADMIN)
    audit.seal(library.database, NOON)
    go(page, "Журнал")
    page.get_by_role("button", name="Перевірити цілість").click()
    expect(page.locator(".notice-grant")).to_contain_text("Журнал цілий")
    with library.database.writing() as session:
        first = session.scalars(select(AuditRecord).order_by(AuditRecord.id)).first()
        assert first is not None
        session.execute(
            update(AuditRecord).where(AuditRecord.id == first.id).values(actor="system")
        )
    page.get_by_role("button", name="Перевірити цілість").click()
    expect(page.locator(".notice-refuse")).to_contain_text("Журнал змінено!")


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
