"""The browser of a station: begun anew when it dies or hangs, and no way out of its page."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, BrowserType, Error, Page

from demo.programs import wait_until
from kiosk import browser as browsing
from kiosk.browser import Beats, BrowserKeeper
from kiosk.keys import make_slip_key
from kiosk.program import Station, running
from tests.kiosk.house import MovedClock
from tests.kiosk.test_program import CLOCK, configured
from tests.support.browser import find_chromium

POLICY = Path("deploy/kiosk/chromium-policy.json")
_HIDDEN = ("--headless", "--ozone-platform=headless", "--no-sandbox", "--disable-gpu")
_LONG_S = 40.0
"""The machine may be busy; how fast it really is, `python -m bench browser` measures."""


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    config = configured(tmp_path)
    make_slip_key(config.slip_key_file)
    with running(config, CLOCK) as station:
        yield station


@pytest.fixture
def keeper(station: Station, tmp_path: Path) -> Iterator[BrowserKeeper]:
    """A browser at the station's page, kept alive."""
    profile, token = tmp_path / "browser", tmp_path / "data" / "local-token"
    keeper = BrowserKeeper(
        browsing.command(station.url, profile, _HIDDEN),
        profile,
        lambda: browsing.ask_station(station.url, token),
    )
    thread = threading.Thread(target=keeper.run)
    thread.start()
    assert wait_until(lambda: is_heard(station), _LONG_S)
    yield keeper
    keeper.stop()
    thread.join()


def age_s(station: Station) -> float:
    """How long ago the page was heard; endless where it never was."""
    answer = requests.get(
        f"{station.url}beat", headers={"X-Lystok-Token": station.token}, timeout=5
    )
    heard: float | None = answer.json()["age_s"]
    return math.inf if heard is None else heard


def is_heard(station: Station) -> bool:
    return age_s(station) < 0.9


def process_of(keeper: BrowserKeeper, kind: str) -> int:
    """The browser's own process, or the one that runs the page."""
    assert keeper.process is not None
    if kind == "browser":
        return keeper.process.pid
    found = subprocess.run(
        ["pgrep", "--pgroup", str(keeper.process.pid), "--full", f"type={kind}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(found.stdout.split()[0])


@pytest.mark.fault(26)
@pytest.mark.parametrize("kind", ["browser", "renderer"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_browser_that_dies_or_hangs_is_back_at_the_page(
    station: Station, keeper: BrowserKeeper, kind: str, number: signal.Signals
) -> None:
    before = keeper.process
    os.kill(process_of(keeper, kind), number)
    assert wait_until(lambda: keeper.starts == 2, _LONG_S)
    assert wait_until(lambda: is_heard(station), _LONG_S)
    assert before is not None
    assert before.poll() is not None


@pytest.mark.fault(26)
def test_a_page_that_its_browser_answers_nothing_is_silent(page: Page, station: Station) -> None:
    """The page's process and the network may live on while the browser's own hangs."""
    page.goto(station.url, wait_until="commit")
    assert wait_until(lambda: is_heard(station), _LONG_S)
    page.evaluate("() => { navigator.locks.request('beat', () => new Promise(() => {})); }")
    assert wait_until(lambda: age_s(station) > browsing.SILENT_S, _LONG_S)


@pytest.mark.threat(22)
def test_nothing_of_a_person_outlives_the_browser(
    station: Station, keeper: BrowserKeeper, tmp_path: Path
) -> None:
    left = tmp_path / "browser" / "left-behind"
    left.write_text("of the last person")
    os.kill(process_of(keeper, "browser"), signal.SIGKILL)
    assert wait_until(lambda: keeper.starts == 2 and is_heard(station), _LONG_S)
    assert not left.exists()


def test_a_station_that_is_away_is_no_fault_of_the_browser(tmp_path: Path) -> None:
    assert browsing.ask_station("http://127.0.0.1:9/", tmp_path / "token") is None
    (tmp_path / "token").write_text("t")
    assert browsing.ask_station("http://127.0.0.1:9/", tmp_path / "token") is None


def test_beats_age_by_the_stations_clock(moved: MovedClock) -> None:
    beats = Beats(moved.monotonic)
    assert beats.age_s is None
    beats.beat()
    moved.seconds += 3
    assert beats.age_s == 3


@pytest.mark.threat(11)
def test_only_the_page_itself_beats(station: Station) -> None:
    headers = {"X-Lystok-Token": station.token, "Origin": "http://evil.example"}
    assert requests.post(f"{station.url}beat", headers=headers, timeout=5).status_code == 403
    assert requests.get(f"{station.url}beat", timeout=5).status_code == 403


# --- No way out (threat 10) -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a station's page."""
    config = configured(tmp_path_factory.mktemp("served"))
    make_slip_key(config.slip_key_file)
    with running(config, CLOCK) as station:
        yield station.url


@pytest.fixture
def locked_up(served: str, tmp_path: Path, browser: Browser) -> Iterator[tuple[Page, str]]:
    """The page in a browser under the policy of `deploy`, which only this browser sees.

    A browser for every test: Chromium at times dies when a tab is closed at the moment in
    which its address is refused.
    """
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("a policy for one browser alone needs root and unshare")
    context = _launch(browser.browser_type, tmp_path, under_policy(tmp_path, served))
    page = context.new_page()
    page.goto(served, wait_until="commit")
    page.wait_for_selector(".screen[data-fit]")
    yield page, served
    context.close()


def under_policy(folder: Path, url: str, display: str = "") -> Path:
    """A program that starts Chromium under the policy of `deploy`, which it alone sees."""
    told = json.loads(POLICY.read_text())
    told["URLAllowlist"] = [url.rstrip("/")]
    # It keeps Playwright out too, as it should.
    assert told.pop("DeveloperToolsAvailability") == 2
    policy, program = folder / "policy.json", folder / "chromium-under-policy"
    policy.write_text(json.dumps(told))
    managed = "/etc/chromium/policies/managed"
    inner = (
        f"mount -t tmpfs none /etc/chromium && mkdir -p {managed} &&"
        f' cp {policy} {managed} && exec {find_chromium()} "$@"'
    )
    shown = f"export DISPLAY={display}\n" if display else ""
    program.write_text(f"#!/bin/sh\n{shown}exec unshare --mount sh -c '{inner}' sh \"$@\"\n")
    program.chmod(0o755)
    return program


def _launch(chromium: BrowserType, folder: Path, program: Path) -> BrowserContext:
    return chromium.launch_persistent_context(
        folder / "profile", executable_path=program, args=["--no-sandbox", "--disable-gpu"]
    )


@pytest.mark.threat(10)
@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "chrome://settings",
        "chrome://version",
        "chrome://inspect",
        "view-source:http://127.0.0.1/",
        "http://127.0.0.1:9/",
        "http://example.org/",
        "data:text/html,away",
        "devtools://devtools/bundled/inspector.html",
    ],
)
def test_no_other_address_is_opened(locked_up: tuple[Page, str], address: str) -> None:
    page, url = locked_up
    other = page.context.new_page()
    try:
        other.goto(url, wait_until="commit")
        # Chromium may take the tab away instead of saying that it is blocked.
        with pytest.raises(Error, match=r"ERR_(BLOCKED_BY|ABORTED|INVALID_URL)|has been closed"):
            other.goto(address, timeout=5000)
        assert address not in [each.url for each in page.context.pages]
        assert page.url.startswith(url)
    finally:
        other.close()


# What the shortcut list of Chromium holds, by what it would do.
_SHORTCUTS = {
    "new tab": "Control+t",
    "new window": "Control+n",
    "private window": "Control+Shift+n",
    "close": "Control+w",
    "quit": "Control+Shift+q",
    "address": "Control+l",
    "address too": "Alt+d",
    "address by key": "F6",
    "search": "Control+k",
    "find": "Control+f",
    "find next": "F3",
    "reload": "Control+r",
    "reload by key": "F5",
    "print": "Control+p",
    "save": "Control+s",
    "open": "Control+o",
    "source": "Control+u",
    "tools": "Control+Shift+i",
    "console": "Control+Shift+j",
    "tools by key": "F12",
    "history": "Control+h",
    "downloads": "Control+j",
    "bookmark": "Control+d",
    "clear data": "Control+Shift+Delete",
    "task manager": "Shift+Escape",
    "full screen": "F11",
    "menu": "Alt+f",
    "menu by key": "F10",
    "help": "F1",
    "caret": "F7",
    "back": "Alt+ArrowLeft",
    "forward": "Alt+ArrowRight",
    "home": "Alt+Home",
    "other tab": "Control+Tab",
    "zoom in": "Control+Equal",
    "zoom out": "Control+Minus",
    "close window": "Alt+F4",
    "select all": "Control+a",
}


@pytest.mark.threat(10)
def test_no_shortcut_reaches_the_browser(locked_up: tuple[Page, str]) -> None:
    page, url = locked_up
    page.evaluate(
        "window.passed = []; addEventListener('keydown', (event) => {"
        " if (!event.defaultPrevented) window.passed.push(event.key); });"
    )
    through = {}
    for what, keys in _SHORTCUTS.items():
        page.evaluate("window.passed.length = 0")
        page.keyboard.press(keys)
        last = keys.rpartition("+")[2].lower()
        passed = [key.lower() for key in page.evaluate("window.passed")]
        if last in passed:
            through[what] = keys
    assert through == {}
    assert page.url == url


def test_letters_digits_and_the_keypad_are_the_pages(locked_up: tuple[Page, str]) -> None:
    page, _ = locked_up
    page.evaluate(
        "window.passed = []; addEventListener('keydown', (event) => {"
        " if (!event.defaultPrevented) window.passed.push(event.key); });"
    )
    for key in ("a", "ї", "7", "Tab", "Enter", "Backspace"):
        page.keyboard.press(key) if key != "ї" else page.keyboard.insert_text(key)
    assert {"a", "7", "Tab", "Enter", "Backspace"} <= set(page.evaluate("window.passed"))
