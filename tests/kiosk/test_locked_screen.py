"""The station's browser as people meet it: full screen, its own flags and policy, real keys.

Keys come from an X server (XTEST), through the window's frame, which may take them before the page.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page

from demo.programs import free_ports, wait_until
from kiosk import browser as browsing
from kiosk.browser import BrowserKeeper
from kiosk.keys import make_slip_key
from kiosk.program import Station, running
from tests.kiosk.test_browser import is_heard, under_policy
from tests.kiosk.test_program import CLOCK, configured
from tests.support.xserver import running_xserver

_WIDTH, _HEIGHT = 1024, 600
_WHOLE = f"X=0 Y=0 WIDTH={_WIDTH - 1} HEIGHT={_HEIGHT - 1}"
"""Without a window manager Chromium leaves a dot at either edge."""
_LONG_S = 60.0


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen with a browser on it that nobody holds back but its own settings."""

    display: str
    station: Station
    keeper: BrowserKeeper
    page: Page
    first_note: str
    """How sound was after the first code, and whether anybody had touched the page before."""

    def do(self, *words: str) -> str:
        """What `xdotool` says."""
        done = subprocess.run(
            ["xdotool", *words],
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        return done.stdout.strip()

    def windows(self) -> list[str]:
        """Place and size of every window that is seen and has a size worth the name."""
        found = self.do("search", "--onlyvisible", "--name", ".").split()
        places = (self.do("getwindowgeometry", "--shell", one) for one in found)
        return sorted({" ".join(place.split("\n")[1:5]) for place in places})

    def is_untouched(self) -> bool:
        """One window, as large as the screen, with the station's page, in its first life."""
        return (
            self.windows() == [_WHOLE]
            and self.keeper.starts == 1
            and len(self.page.context.pages) == 1
            and self.page.url == self.station.url
        )


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """An X server without a screen."""
    if shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
        pytest.fail("Xvfb and xdotool are missing: run `make setup`", pytrace=False)
    with running_xserver(_WIDTH, _HEIGHT) as name:
        yield name


@pytest.fixture(scope="module")
def screen(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser, display: str
) -> Iterator[Screen]:
    """The browser as `lystok kiosk session` starts it, seen through a port of its own."""
    folder = tmp_path_factory.mktemp("screen")
    config = configured(folder)
    make_slip_key(config.slip_key_file)
    (port,) = free_ports(1)
    size = (f"--window-size={_WIDTH},{_HEIGHT}", "--window-position=0,0")
    more = ("--no-sandbox", "--disable-gpu", *size, f"--remote-debugging-port={port}")
    with running(config, CLOCK) as station:
        program = under_policy(folder, station.url, display)
        start = [str(program), *browsing.command(station.url, folder / "profile", more)[1:]]
        token = folder / "data" / "local-token"
        keeper = BrowserKeeper(
            start, folder / "profile", lambda: browsing.ask_station(station.url, token)
        )
        thread = threading.Thread(target=keeper.run)
        thread.start()
        try:
            assert wait_until(lambda: is_heard(station), _LONG_S)
            seen = browser.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}")
            (page,) = seen.contexts[0].pages
            screen = Screen(display, station, keeper, page, first_note(station, page))
            assert wait_until(screen.is_untouched, _LONG_S), screen.windows()
            yield screen
            seen.close()
        finally:
            keeper.stop()
            thread.join()


def first_note(station: Station, page: Page) -> str:
    """Let a code be read; Playwright's own questions would count as touches."""
    session = page.context.new_cdp_session(page)
    question = (
        "(window.heard?.currentTime > 0.05 ? heard.state : 'silent')"
        " + (navigator.userActivation.hasBeenActive ? ', touched' : ', untouched')"
    )
    told = [""]

    def ask(expression: str) -> str:
        asked = {"expression": expression, "userGesture": False}
        value: str = session.send("Runtime.evaluate", asked)["result"].get("value", "")
        return value

    def sounds() -> bool:
        told[0] = ask(question)
        return told[0].startswith("running")

    ask(
        "window.AudioContext = class extends AudioContext"
        " { constructor() { super(); window.heard = this; } }; ''"
    )
    station.stage.note_read(datetime.now(UTC))
    wait_until(sounds, 10)
    return told[0]


# What a keyboard can ask of Chromium or of a desktop, as X names the keys.
KEYS = (
    "F11", "alt+F4", "ctrl+F4", "ctrl+w", "ctrl+shift+w", "ctrl+q", "ctrl+shift+q", "ctrl+t",
    "ctrl+n", "ctrl+shift+n", "ctrl+shift+t", "ctrl+l", "alt+d", "F6", "ctrl+k", "ctrl+f", "F3",
    "ctrl+p", "ctrl+shift+p", "ctrl+s", "ctrl+o", "ctrl+u", "F12", "ctrl+shift+i", "ctrl+shift+j",
    "ctrl+shift+c", "ctrl+h", "ctrl+j", "ctrl+d", "ctrl+shift+b", "ctrl+shift+o",
    "ctrl+shift+Delete", "shift+Escape", "alt+f", "alt+e", "F10", "Menu", "F1", "F7", "alt+Left",
    "alt+Right", "alt+Home", "ctrl+Tab", "ctrl+1", "alt+space", "Super_L", "ctrl+Escape",
    "alt+Tab", "Print", "ctrl+alt+Delete", "ctrl+alt+BackSpace", "ctrl+alt+t", "XF86HomePage",
    "XF86Back", "XF86Search", "XF86Calculator", "XF86Refresh",
)  # fmt: skip


@pytest.mark.threat(10)
def test_it_fills_the_screen_and_no_key_leads_out(screen: Screen) -> None:
    screen.do("windowfocus", screen.do("search", "--onlyvisible", "--name", ".").split()[0])
    heard: Callable[[], bool] = lambda: screen.page.evaluate("window.keys.length > 0")  # noqa: E731
    screen.page.evaluate(
        "window.keys = []; addEventListener('keydown', (event) => window.keys.push(event.key),"
        " { capture: true })"
    )
    screen.do("key", "a")
    assert wait_until(heard, 10), "keys do not reach the browser at all"
    for keys in KEYS:
        screen.do("key", "--clearmodifiers", keys)
        assert screen.is_untouched(), keys
    assert screen.page.evaluate("[innerWidth, innerHeight]") == [_WIDTH - 1, _HEIGHT - 1]
    assert is_heard(screen.station)


# What a mouse asks of the browser beyond a click, and was not refused.
_WATCH = """() => {
  window.asked = [];
  window.passed = [];
  for (const name of ["contextmenu", "auxclick", "dragstart", "wheel"]) {
    addEventListener(name, (event) => {
      if (name === "wheel" && !event.ctrlKey) return;
      window.asked.push(name);
      if (!event.defaultPrevented) window.passed.push(name);
    });
  }
}"""


@pytest.mark.threat(10)
@pytest.mark.parametrize("button", ["2", "3", "8", "9"])
def test_no_button_of_a_mouse_leads_out(screen: Screen, button: str) -> None:
    screen.page.evaluate(_WATCH)
    for x, y in ((512, 300), (2, 2), (1020, 4), (960, 560)):
        screen.do("mousemove", str(x), str(y), "click", button)
        assert screen.is_untouched(), (x, y)
    assert wait_until(lambda: bool(screen.page.evaluate("window.asked.length")), 10)
    assert screen.page.evaluate("window.passed") == []
    assert wait_until(lambda: is_heard(screen.station), 10)


@pytest.mark.threat(10)
def test_nothing_is_dragged_out_of_the_page_and_zoomed(screen: Screen) -> None:
    screen.page.evaluate(_WATCH)
    screen.page.evaluate("document.querySelector('.screen').draggable = true")
    before = screen.page.evaluate("[devicePixelRatio, visualViewport.scale]")
    screen.do(
        "mousemove", "520", "180", "mousedown", "1", "mousemove", "560", "260",
        "mousemove", "700", "590", "mouseup", "1",
    )  # fmt: skip
    screen.do("keydown", "ctrl", "click", "4", "click", "4", "click", "5", "keyup", "ctrl")
    screen.do("key", "ctrl+plus", "key", "ctrl+minus", "key", "ctrl+0")
    asked = "['dragstart', 'wheel'].every((name) => window.asked.includes(name))"
    assert wait_until(lambda: bool(screen.page.evaluate(asked)), 10)
    assert screen.page.evaluate("window.passed") == []
    assert screen.is_untouched()
    assert screen.page.evaluate("[devicePixelRatio, visualViewport.scale]") == before


def test_a_note_sounds_although_nobody_touched_anything(screen: Screen) -> None:
    assert screen.first_note == "running, untouched"
