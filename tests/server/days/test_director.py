"""The director through the day, at a browser: reports as pages and files, letters, periods."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from gate.calendar import OpenHours
from server.models import Role
from server.services import settings
from server.services.reports.catalogue import REPORTS, ReportCode
from tests.server.console.desk import enter
from tests.server.console.library import Library
from tests.server.console.test_browser import RULES
from tests.server.days.walking import go

NAMES = ("Коваленко", "Ґалаґан", "Шевчук")


@pytest.mark.clause("R5.2.7", "R5.2.10", "R5.2.11")
def test_the_director_reads_takes_away_and_has_sent_every_report(
    page: Page, address: str, library: Library
) -> None:
    enter(page, address, Role.DIRECTOR)
    go(page, "Звіти")
    links = page.locator("#all-reports + ul a")
    expect(links).to_have_count(len(ReportCode))
    assert page.evaluate("scrollY") == 0, "the page begins at its heading, however long the rail is"
    for code in ReportCode:
        page.goto(f"{address}/reports/{code}?first=2025-11-01&last=2025-11-30")
        expect(page.locator("table, .empty").first).to_be_visible()
        if code in (ReportCode.DAY_BOOK, ReportCode.VISITS_BY_CATEGORY):
            expect(page.locator("main figure").first).to_be_visible()
            assert Axe().run(page, options=RULES).violations_count == 0, code
        files = {
            kind: page.request.get(f"{page.url}&format={kind}").body()
            for kind in ("csv", "xlsx", "pdf")
        }
        _are_whole(files)
        told = files["csv"].decode("utf-8-sig") + page.locator("main").inner_text()
        assert REPORTS[code].is_personal == any(name in told for name in NAMES), code
    page.goto(f"{address}/reports")
    page.select_option("#sent-report", "yearly")
    page.select_option("#sent-rhythm", "yearly")
    page.fill("#sent-to", "rada@example.org")
    page.get_by_role("button", name="Надсилати", exact=True).click()
    expect(page.locator("#sent + ul")).to_contain_text("rada@example.org")
    page.get_by_role("button", name="Не надсилати").click()
    expect(page.locator(".notice-grant")).to_contain_text("Більше не надсилатимемо")


def _are_whole(files: dict[str, bytes]) -> None:
    rows = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig")), delimiter=";"))
    assert len(rows) >= 1
    with ZipFile(io.BytesIO(files["xlsx"])) as book:
        assert "xl/worksheets/sheet1.xml" in book.namelist()
    assert files["pdf"].startswith(b"%PDF")
    assert files["pdf"].rstrip().endswith(b"%%EOF")


@pytest.mark.clause("R5.1.5", "R5.2.7")
def test_the_director_looks_after_letters_and_periods(page: Page, address: str) -> None:
    enter(page, address, Role.DIRECTOR)
    go(page, "Сповіщення")
    page.locator("tr", has_text="Строк повернення минув").get_by_role(
        "link", name="Українська"
    ).click()
    page.fill("#subject", "Чекаємо на книги")
    page.get_by_role("button", name="Показати лист").click()
    expect(page.locator(".letter h3")).to_have_text("Чекаємо на книги")
    page.get_by_role("button", name="Зберегти").click()
    expect(page.locator(".notice-grant")).to_contain_text("Збережено")
    go(page, "Налаштування")
    page.get_by_role("link", name="Сповіщення читачам").click()
    page.fill("#overdue_notice_every_days", "3")
    page.get_by_role("button", name="Зберегти").click()
    expect(page.locator(".notice-grant")).to_contain_text("Збережено")
    page.goto(f"{address}/retention")
    page.fill("[name=keep_visits_months]", "1")
    page.get_by_role("button", name="Спробувати ці строки").click()
    expect(page.locator("main")).to_contain_text("Це лише проба")


def test_the_director_changes_a_limit_takes_it_back_and_reads_it_in_the_log(
    page: Page, address: str, library: Library
) -> None:
    enter(page, address, Role.DIRECTOR)
    go(page, "Налаштування")
    page.get_by_role("link", name="Видача документів").last.click()
    page.fill("#reading_room_limit", "7")
    page.keyboard.press("Enter")
    expect(page.locator(".notice-grant")).to_contain_text("Збережено")
    assert _limit(library) == 7
    page.get_by_role("button", name="Повернути, як було").first.click()
    expect(page.locator(".notice-grant")).to_contain_text("Повернуто")
    assert _limit(library) == 10
    go(page, "Журнал")
    changed = page.locator("tr", has_text="змінили налаштування").first
    expect(changed).to_contain_text("7 → 10")


def _limit(library: Library) -> int:
    with library.database.reading() as session:
        return settings.read(session).reading_room_limit


def test_the_director_announces_a_short_day_and_takes_it_back(
    page: Page, address: str, library: Library
) -> None:
    enter(page, address, Role.DIRECTOR)
    go(page, "Календар")
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


def test_a_list_is_taken_along_as_a_file(page: Page, address: str, tmp_path: Path) -> None:
    enter(page, address, Role.DIRECTOR)
    page.goto(f"{address}/departments?q=зала")
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    file = tmp_path / "list.xlsx"
    download.value.save_as(file)
    assert file.read_bytes().startswith(b"PK")
