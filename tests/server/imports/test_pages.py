"""An administrator takes a list in by the console."""

import io
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from werkzeug.test import TestResponse

from demo.programs import wait_until
from server.console.centre import EXTENSION
from server.console.import_work import Spool
from server.models import Document, Role
from server.services import search
from tests.server.console.desk import Desk, secret_of
from tests.server.console.library import Library
from tests.server.imports.lists import PATRONS, csv_file, iso2709

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


@pytest.mark.parametrize("alphabet", ["utf-8", "cp1251"])
def test_catalogue_records_are_taken_in_by_the_console(
    library: Library, admin: Desk, alphabet: str
) -> None:
    fields = {"_200": "\x1faҐанок", "_995": "\x1fj700501\x1ff482700501\x1fc1"}
    records = iso2709(alphabet, **fields)
    checked = upload(admin, records, kind="documents", marc="unimarc")
    assert "Усі рядки добрі" in settled(admin, checked)
    taken = admin.client.post(
        f"{checked}/take", follow_redirects=True,
        data={"csrf_token": secret_of(admin.client), "marc": "unimarc"},
    ).request.path  # fmt: skip
    assert "записано" in settled(admin, taken)
    with library.database.reading() as session:
        found = session.scalars(select(Document).where(Document.barcode == "482700501")).one()
    assert found.title == "Ґанок"


def test_a_list_that_nobody_takes_in_is_cleaned_away(tmp_path: Path) -> None:
    spool = Spool(folder=tmp_path, kept_s=0.01)
    spool.wait(spool.keep(io.BytesIO(b"people")), 1)
    assert soon_empty(tmp_path)


def test_what_a_killed_server_left_goes_when_one_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    killed = [Spool(), Spool()]
    old, new = (spool.keep(io.BytesIO(b"people")) for spool in killed)
    unpacked = old.parent / "photos.zip-abc"
    unpacked.mkdir()
    (unpacked / "RD-1002.jpg").write_bytes(b"face")
    for left in (old, unpacked):
        os.utime(left, (time.time() - 90_000,) * 2)
    Spool()
    assert [path.exists() for path in (old, unpacked, new)] == [False, False, True]


def test_a_folder_that_another_server_takes_away_meanwhile_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    tempfile.mkdtemp(prefix="lystok-imports-")
    monkeypatch.setattr(Path, "iterdir", vanished)
    assert Spool().folder.is_dir()


def vanished(self: Path) -> Iterator[Path]:
    raise FileNotFoundError(self)


def test_a_server_that_ends_leaves_no_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spool = Spool()
    spool.keep(io.BytesIO(b"people"))
    del spool
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["patrons", "documents", "loans"])
def test_an_empty_list_to_fill_in_is_one_that_is_read(admin: Desk, kind: str) -> None:
    book = admin.client.get(f"/imports/columns/{kind}.xlsx").data
    sent = send(admin, book, kind=kind)
    page = settled(admin, sent.request.path)
    assert "Жодного рядка не прочитано" in page
    assert "Записати" not in page


def test_what_can_t_be_a_list_is_told_kindly(admin: Desk) -> None:
    page = send(admin, b"a;b\r\n1;2", kind="patrons").text
    assert "немає стовпця «Номер квитка»" in page
    for kind in ("documents", "photos"):
        assert "для фото — архів ZIP" in send(admin, b"\0\0\0", kind=kind).text
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
