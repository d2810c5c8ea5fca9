"""The director hands a branch over and closes it, in a real browser (C9)."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

from server.models import Branch, Department, Role
from server.services import branch_export
from tests.server.console.desk import enter
from tests.server.console.library import Library
from tests.server.information import test_branch_closing
from tests.server.information.test_branch_closing import alarm, settle
from tests.server.information.test_walk import seen
from tests.support.axe import violations

branch = test_branch_closing.branch


@pytest.mark.clause("C9")
def test_the_director_takes_everything_along_hands_over_and_closes(
    library: Library, branch: str, page: Page, address: str
) -> None:
    with library.database.writing() as session:
        session.add(Branch(code="3", name="Нова філія"))
    enter(page, address, Role.DIRECTOR)
    page.goto(f"{address}/branches/row/2")
    page.click("text=Передати або закрити філію")
    left = page.locator("section[aria-labelledby=left]")
    expect(left).to_contain_text("Людей усередині: 1")
    expect(page.locator("button:has-text('Закрити філію')")).to_have_count(0)
    assert violations(page) == []

    with page.expect_download() as got:
        page.click("text=Завантажити ZIP")
    tables = _opened(Path(got.value.path()))
    assert [(row["code"], row["name"]) for row in tables["branch.csv"]] == [("2", "Філія")]
    assert [row["name"] for row in tables["department.csv"]] == ["Абонемент філії"]
    assert {row["file"] for row in tables[branch_export.CONTENTS]} >= {"visit.csv", "station.csv"}

    page.select_option("#to", "3")
    page.click("button:has-text('Передати')")
    seen(page, "Передано відділів: 1")
    with library.database.reading() as session:
        assert session.get_one(Department, "21").branch_code == "3"

    settle(library)
    alarm(library)
    page.reload()
    page.fill("#order", "12-од від 28.11.2026")
    page.fill("#confirm", "2")
    close = page.locator("button:has-text('Закрити філію')")
    close.click()
    expect(page.locator("[name=despite_alarm]:invalid")).to_have_count(1)
    assert violations(page) == []
    page.check("[name=despite_alarm]")
    close.click()
    seen(page, "Філію закрито")
    expect(left).to_contain_text("Філія не працює")
    page.goto(f"{address}/branches")
    expect(page.locator("tbody")).not_to_contain_text("Філія")


def _opened(file: Path) -> dict[str, list[dict[str, str]]]:
    """The tables of the archive by their file names, as a spreadsheet would read them."""
    with ZipFile(BytesIO(file.read_bytes())) as archive:
        assert archive.testzip() is None
        names = [name for name in archive.namelist() if name.endswith(".csv")]
        return {name: _rows(archive.read(name)) for name in names}


def _rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.decode("utf-8-sig")), delimiter=";"))
