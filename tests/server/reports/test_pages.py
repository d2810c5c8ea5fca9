"""The director reads reports, saves them, prints them, and has them sent."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from flask import render_template
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from sqlalchemy import select

from server import report_letters
from server.config import MailSection
from server.models import Mail, ReportRhythm, Role, SavedReport
from server.services import saved_reports
from server.services.reports.catalogue import REPORTS, ReportCode
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library

TODAY = "first=2025-11-21&last=2025-11-21"
MAIL = MailSection(host="127.0.0.1", sender="library@example.org")


@pytest.fixture
def director(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.DIRECTOR)


@pytest.mark.parametrize("code", list(ReportCode))
def test_every_report_opens_as_page_and_as_files(director: Desk, code: ReportCode) -> None:
    page = director.get(f"/reports/{code}?first=2025-11-01&last=2025-11-30")
    assert "Листопад 2025" in page
    for format_ in ("csv", "xlsx"):
        response = director.client.get(f"/reports/{code}?{TODAY}&format={format_}")
        assert response.status_code == 200
        assert response.headers["Content-Disposition"].startswith("attachment")


def test_a_long_list_stops_on_paper_and_says_where_the_rest_is(
    director: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WeasyPrint needs a minute for thousands of rows; files have all of them."""
    months = "/reports/visits_by_day?first=2022-01-01&last=2025-12-31"
    printed: list[str] = []

    def print_page(template: str, paper: object) -> bytes:
        printed.append(render_template(f"papers/{template}", paper=paper))
        return b"%PDF"

    monkeypatch.setattr("server.console.pages.reports.pdf", print_page)
    director.client.get(f"{months}&format=pdf")
    assert printed[0].count("<tr") == 502, "its heading, 500 days, the sum of all"
    assert "перші 500 рядків із 1\u00a0461" in printed[0]
    text = director.client.get(f"{months}&format=csv").data.decode("utf-8-sig")
    assert len(text.splitlines()) == 1462


def test_a_form_s_rows_are_not_added_up_and_stay_numbers_in_files(director: Desk) -> None:
    year = "/reports/form_6nk?first=2025-01-01&last=2025-12-31"
    assert "Разом" not in director.get(year)
    book = load_workbook(io.BytesIO(director.client.get(f"{year}&format=xlsx").data))
    assert {type(row[1]) for row in list(book.worksheets[0].values)[1:]} == {int}


def test_a_report_as_a_file_has_what_the_page_has(director: Desk) -> None:
    text = director.client.get(f"/reports/visits_by_day?{TODAY}&format=csv").data
    table = list(csv.reader(io.StringIO(text.decode("utf-8-sig")), delimiter=";"))
    assert table == [
        ["День", "Відвідувань", "З квитком", "На заходах"], ["2025-11-21", "14", "2", "12"],
    ]  # fmt: skip
    assert "14" in director.get(f"/reports/visits_by_day?{TODAY}")


def test_a_workbook_has_days_that_are_days_and_tells_its_period(director: Desk) -> None:
    response = director.client.get(f"/reports/visits_by_day?{TODAY}&format=xlsx")
    (sheet,) = load_workbook(io.BytesIO(response.data)).worksheets
    assert sheet.title == "Відвідування за днями"
    day, *counts = [cell.value for cell in sheet[2]]
    assert isinstance(day, datetime)
    assert (day.date(), counts) == (date(2025, 11, 21), [14, 2, 12])
    assert "visits_by_day-2025-11-21-2025-11-21.xlsx" in response.headers["Content-Disposition"]


def test_a_report_is_printed(director: Desk) -> None:
    response = director.client.get("/reports/yearly?first=2025-01-01&last=2025-12-31&format=pdf")
    assert response.mimetype == "application/pdf"
    assert response.data.startswith(b"%PDF-")


@pytest.mark.parametrize("asked", ["", "first=x&last=y", "first=2025-11-21&last=2025-11-01"])
def test_what_is_no_period_is_this_month(director: Desk, asked: str) -> None:
    assert 'value="2025-11-01"' in director.get(f"/reports/visits_by_day?{asked}")


@pytest.mark.threat(14)
def test_who_may_see_no_records_sees_no_names_in_reports(desk_of: Callable[[Role], Desk]) -> None:
    consultant = desk_of(Role.INFORMATION_CENTRE)
    assert "Прострочені документи" not in consultant.get("/reports")
    consultant.get("/reports/overdue", status=403)
    consultant.get("/reports/visits_by_day")
    desk_of(Role.GUARD).get("/reports", status=403)
    consultant.get("/reports/everything", status=404)


def saved(library: Library) -> list[SavedReport]:
    with library.database.reading() as session:
        return list(saved_reports.all_of(session))


def letters(library: Library) -> list[Mail]:
    with library.database.reading() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def test_a_report_is_sent_by_itself_each_period_once(library: Library, director: Desk) -> None:
    form = {"report": "visits_by_day", "rhythm": "monthly"}
    page = director.post("/reports/sent", **form, recipients="не адреса")
    assert "Це не адреса пошти" in page
    director.post("/reports/sent", **form, recipients="head@example.org, council@example.org")
    assert report_letters.put_due(library.database, MAIL, NOON) == 0
    december = NOON + timedelta(days=12)
    assert report_letters.put_due(library.database, MAIL, december) == 2
    assert report_letters.put_due(library.database, MAIL, december) == 0
    first, second = letters(library)
    assert [first.recipient, second.recipient] == ["head@example.org", "council@example.org"]
    message = message_from_bytes(first.message, policy=policy.default)
    assert message["Subject"] == "Відвідування за днями, Листопад 2025"
    (attached,) = message.iter_attachments()
    book = load_workbook(io.BytesIO(attached.get_content()))
    assert book.worksheets[0].max_row == 31
    director.post("/reports/sent/end", number=str(saved(library)[0].id))
    assert report_letters.put_due(library.database, MAIL, december + timedelta(days=31)) == 0


def test_a_report_in_parts_is_sent_with_all_of_them(library: Library, director: Desk) -> None:
    director.post(
        "/reports/sent", report="centre", rhythm="monthly", recipients="head@example.org"
    )  # fmt: skip
    report_letters.put_due(library.database, MAIL, NOON + timedelta(days=12))
    (letter,) = letters(library)
    (attached,) = message_from_bytes(letter.message, policy=policy.default).iter_attachments()
    book = load_workbook(io.BytesIO(attached.get_content()))
    assert len(book.sheetnames) == 1 + len(REPORTS[ReportCode.CENTRE].parts)


def test_a_list_with_names_never_leaves_by_itself(director: Desk) -> None:
    page = director.get("/reports")
    assert 'value="overdue"' not in page
    assert any(report.is_personal for report in REPORTS.values())
    form = {"report": "overdue", "rhythm": "weekly", "recipients": "a@example.org"}
    secret = (
        director.client.get("/reports").text.split('name="csrf_token" value="')[1].split('"')[0]
    )
    response = director.client.post("/reports/sent", data={**form, "csrf_token": secret})
    assert response.status_code == 403


@pytest.mark.parametrize(
    "rhythm, today, expected",
    [
        (ReportRhythm.WEEKLY, date(2025, 11, 24), ("2025-11-17", "2025-11-23")),
        (ReportRhythm.WEEKLY, date(2025, 11, 23), ("2025-11-10", "2025-11-16")),
        (ReportRhythm.MONTHLY, date(2026, 1, 1), ("2025-12-01", "2025-12-31")),
        (ReportRhythm.MONTHLY, date(2025, 3, 31), ("2025-02-01", "2025-02-28")),
        (ReportRhythm.QUARTERLY, date(2026, 1, 1), ("2025-10-01", "2025-12-31")),
        (ReportRhythm.QUARTERLY, date(2026, 5, 31), ("2026-01-01", "2026-03-31")),
        (ReportRhythm.YEARLY, date(2026, 1, 1), ("2025-01-01", "2025-12-31")),
    ],
)
def test_the_period_is_the_last_whole_one(
    rhythm: ReportRhythm, today: date, expected: tuple[str, str]
) -> None:
    period = saved_reports.last_whole(rhythm, today)
    assert (period.first.isoformat(), period.last.isoformat()) == expected


def test_the_director_finds_a_month_by_browser(console: Page, address: str) -> None:
    console.goto(f"{address}/reports")
    console.get_by_role("link", name="Відвідування за днями").click()
    console.get_by_role("link", name="2025 рік", exact=True).click()
    expect(console.get_by_role("heading", name="Відвідування за днями 2025 рік")).to_be_visible()
    chart = console.get_by_role("img", name="Відвідування за днями")
    expect(chart.locator("rect")).to_have_count(365)
    with console.expect_download() as saved_file:
        console.get_by_role("link", name="XLSX").click()
    assert Path(saved_file.value.path()).stat().st_size > 0
