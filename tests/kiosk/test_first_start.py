"""A station that no server knows asks for its code on the screen, and begins."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from demo.programs import wait_until
from demo.wire import Wire
from gate.pairing import code_of as code_of_key
from kiosk import first_start
from kiosk.config import KioskConfig
from kiosk.first_start import wait_until_paired
from kiosk.maintenance.last_run import End, Ending
from kiosk.pairing import is_paired, own_key, pair
from server.config import load
from server.database import open_database
from server.services.stations import approve, new_pairing_code
from tests.kiosk.test_keyboard import by_fives
from tests.kiosk.test_with_server import configured, library, wire

__all__ = ["library", "wire"]
SOON_S = 20


@dataclass
class Newcomer:
    """It waits in a thread of its own."""

    config: KioskConfig
    end: End = field(default_factory=End)
    urls: list[str] = field(default_factory=list)
    outcome: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._wait)
        self.thread.start()
        assert wait_until(lambda: bool(self.urls), SOON_S)

    @property
    def url(self) -> str:
        return self.urls[0]

    def _wait(self) -> None:
        self.outcome.append(wait_until_paired(self.config, self.end, self.urls.append))


@pytest.fixture
def newcomer(wire: Wire, tmp_path: Path) -> Iterator[Newcomer]:
    newcomer = Newcomer(configured(tmp_path, wire.port))
    yield newcomer
    newcomer.end.come(Ending.STOPPED)
    newcomer.thread.join()


def code_of(library: Path) -> str:
    codes: dict[str, str] = json.loads((library / "stations.json").read_text("utf-8"))
    return codes["K1"]


@pytest.mark.threat(18)
def test_a_wrong_code_is_refused_and_the_right_one_typed_by_finger_begins(
    page: Page, newcomer: Newcomer, library: Path
) -> None:
    page.set_viewport_size({"width": 800, "height": 480})
    page.goto(newcomer.url, wait_until="commit")
    expect(page.locator("h1")).to_contain_text("Код парування")
    by_fives(page, "2222-2222")
    page.locator("#pair").click()
    expect(page.locator("[data-fault='refused']")).to_be_visible()
    assert not is_paired(newcomer.config)
    page.locator("#typed").fill("")
    by_fives(page, code_of(library).lower())
    page.locator("#pair").click()
    assert wait_until(lambda: newcomer.outcome == [True], SOON_S)
    assert is_paired(newcomer.config)
    assert newcomer.config.token_file.read_text().strip()


@pytest.mark.threat(18)
def test_its_own_code_typed_into_the_console_lets_it_in(
    newcomer: Newcomer, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_start, "_ASK_EVERY_S", 0.5)
    code = code_of_key(own_key(newcomer.config).public_raw)
    assert code in requests.get(newcomer.url, timeout=5).text
    assert requests.get(f"{newcomer.url}healthz", timeout=5).ok
    assert not is_paired(newcomer.config), "nobody approved it yet"
    with closing(open_database(load(library / "server.toml").database.url)) as database:
        approve(database, "K1", code, staff_id=None, at=datetime.now(UTC))
    assert wait_until(lambda: newcomer.outcome == [True], SOON_S)
    assert is_paired(newcomer.config)


def test_a_server_that_is_away_is_named(page: Page, newcomer: Newcomer, wire: Wire) -> None:
    page.goto(newcomer.url, wait_until="commit")
    wire.cut()
    try:
        page.locator("#typed").fill("A7KD-2M9Q")
        page.keyboard.press("Enter")
        expect(page.locator("[data-fault='away']")).to_contain_text(newcomer.config.server.url)
        expect(page.locator("#typed")).to_have_value("A7KD-2M9Q")
    finally:
        wire.mend()


def test_paired_by_command_meanwhile_it_begins_too(newcomer: Newcomer, library: Path) -> None:
    database = open_database(load(library / "server.toml").database.url)
    try:
        now = datetime.now(UTC)
        code = new_pairing_code(database, "K1", staff_id=None, at=now, entropy=secrets.token_bytes)
    finally:
        database.close()
    pair(newcomer.config, code)
    assert wait_until(lambda: newcomer.outcome == [True], SOON_S)


@pytest.mark.threat(23)
def test_there_is_no_maintenance_page_yet(newcomer: Newcomer) -> None:
    answer = requests.get(f"{newcomer.url}maintenance/", timeout=5, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_it_can_be_told_to_stop(newcomer: Newcomer) -> None:
    newcomer.end.come(Ending.STOPPED)
    assert wait_until(lambda: newcomer.outcome == [False], SOON_S)
