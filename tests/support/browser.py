"""A real browser: Debian's Chromium without its windows, driven by Playwright, without any network.

Chromium's headless shell draws the same pages for a third of the work, because the browser around
them is left out. Where it is not installed, the whole browser serves.

Once it runs, an event loop runs in the main thread until the session ends: `asyncio.run` in a
test works in a thread of its own only.
"""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A camera that shows a moving picture; pages are asked for permission all the same.
    "--use-fake-device-for-media-stream",
    # A page that asks for anything outside this machine does not get it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def find_chromium(*names: str) -> str:
    """The browser's path, the first of the names; Raspberry Pi OS has it by two of them."""
    path = next(filter(None, map(shutil.which, (*names, "chromium", "chromium-browser"))), None)
    if path is None:
        pytest.fail("Chromium is not installed: run `make setup`", pytrace=False)
    return path


@pytest.fixture(scope="session")
def player() -> Iterator[Playwright]:
    """What drives browsers; a session has one."""
    with sync_playwright() as player:
        yield player


@pytest.fixture(scope="session")
def browser(player: Playwright) -> Iterator[Browser]:
    """One browser for the session."""
    yield from _launched(player, find_chromium("chromium-headless-shell"))


@pytest.fixture(scope="session")
def whole_browser(player: Playwright) -> Iterator[Browser]:
    """The browser that people have, for what the headless shell leaves out: it asks permissions."""
    yield from _launched(player, find_chromium())


def _launched(player: Playwright, path: str) -> Iterator[Browser]:
    browser = player.chromium.launch(executable_path=path, args=_FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A person of their own: no cookies, Ukrainian, in Kyiv's time."""
    with browser.new_context(locale="uk-UA", timezone_id="Europe/Kyiv") as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """An empty page; an error in its scripts fails the test."""
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context.new_page()
    assert not errors, f"errors in scripts: {errors}"
