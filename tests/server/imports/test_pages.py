"""An administrator takes a list in by the console."""

import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.test import TestResponse

from demo.programs import wait_until
from server.console.centre import EXTENSION
from server.models import Role
from server.services import search
from tests.server.console.desk import Desk, secret_of
from tests.server.console.library import Library
from tests.server.imports.lists import PATRONS, csv_file

WAIT_S = 20.0


def send(desk: Desk, content: bytes, **form: str) -> TestResponse:
    sent = {"csrf_token": secret_of(desk.client), "list": (io.BytesIO(content), "читачі.csv")}
    response = desk.client.post("/imports", data={**form, **sent}, follow_redirects=True)
    assert response.status_code == 200
    return response


def upload(desk: Desk, content: bytes, **form: str) -> str:
    return send(desk, content, **form).request.path


def soon_empty(folder: Path) -> bool:
    return wait_until(lambda: not list(folder.iterdir()), WAIT_S)


def settled(desk: Desk, path: str) -> str:
    """The page of a run once it is over."""
    ends_at = time.monotonic() + WAIT_S
    while "Зупинити оновлення" in (page := desk.get(path)):
        assert time.monotonic() < ends_at
    return page


@pytest.fixture
def admin(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.ADMIN)


def test_a_list_is_checked_taken_in_and_undone(
    library: Library, app: Flask, admin: Desk, tmp_path: Path
) -> None:
    faulty = ("900003", "Пес", "Рекс", "31.02.2000", "", "", "")
    content = csv_file(tmp_path, [*PATRONS, faulty]).read_bytes()
    checked = upload(admin, content, kind="patrons")
    page = settled(admin, checked)
    assert "Дата народження: це не дата" in page
    assert search.patrons(library.database, "гудзь") == []
    response = admin.client.get(f"{checked}/faults.csv")
    assert response.text.splitlines()[1].startswith("4;")
    response = admin.client.post(
        f"{checked}/take", data={"csrf_token": secret_of(admin.client)}, follow_redirects=True
    )
    taken = response.request.path
    assert taken != checked
    assert "записано" in settled(admin, taken)
    spool = app.extensions[EXTENSION].spool.folder
    assert soon_empty(spool), "a list with people in it stays nowhere"
    assert len(search.patrons(library.database, "гудзь")) == 1
    assert "впишіть номер" in admin.post(f"{taken}/undo", number="0")
    admin.post(f"{taken}/undo", number=taken.rpartition("/")[2])
    assert "скасовано" in settled(admin, taken)
    assert search.patrons(library.database, "гудзь") == []


def test_a_list_is_taken_in_once(library: Library, admin: Desk, tmp_path: Path) -> None:
    checked = upload(admin, csv_file(tmp_path, PATRONS).read_bytes(), kind="patrons")
    settled(admin, checked)
    admin.post(f"{checked}/take")
    assert "вже немає на сервері" in admin.post(f"{checked}/take")


def test_what_can_t_be_a_list_is_told_kindly(admin: Desk) -> None:
    page = send(admin, b"a;b\r\n1;2", kind="patrons").text
    assert "немає стовпця «Номер квитка»" in page
    assert "Потрібен CSV, XLSX або MARC" in send(admin, b"\0\0\0", kind="documents").text
    assert "Оберіть файл" in admin.post("/imports", kind="patrons")


def test_nobody_else_takes_lists_in(desk_of: Callable[[Role], Desk]) -> None:
    for role in set(Role) - {Role.ADMIN}:
        desk_of(role).get("/imports", status=403)


def test_an_administrator_does_it_by_browser(
    console: Page, address: str, library: Library, tmp_path: Path
) -> None:
    console.goto(f"{address}/imports")
    expect(console.get_by_text("Ще нічого не завантажували")).to_be_visible()
    console.set_input_files("#list-file", csv_file(tmp_path, PATRONS))
    console.get_by_role("button", name="Перевірити").click()
    console.get_by_role("button", name=re.compile("^Записати")).click()
    expect(console.get_by_role("heading", name="Скасувати завантаження")).to_be_visible()
    assert len(search.patrons(library.database, "демянчук")) == 1
