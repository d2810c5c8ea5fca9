"""Those who take part: somebody before a station's screen, and staff at the console."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

import pyotp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from demo.handles import hold
from demo.programs import wait_until
from demo.stage import Station
from tests.support import wedge

SOON_S: Final = 15.0
SOON_MS: Final = 1000 * SOON_S
_HELD_S: Final = 60.0
_FORGOTTEN_S: Final = 3.5
"""A camera takes a code for one that is still held until it was away for two seconds, and its
slower decoder may look at an old frame for one more."""
_RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
}
_VISIT: Final = re.compile(r"/visits/([0-9a-f-]{36})$")


def anybody_can_use(page: Page) -> None:
    """What axe knows of barriers is not on the page."""
    found = Axe().run(page, options=_RULES)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"


class Door:
    """A station's screen in a browser, and what the person before it does."""

    def __init__(self, station: Station, page: Page) -> None:
        self.station = station
        self.page = page
        self._shown = b""
        self._shown_until_s = 0.0
        page.goto(station.page)
        self.go_home()

    @property
    def screen(self) -> Locator:
        return self.page.locator(".screen")

    @property
    def headline(self) -> Locator:
        return self.page.locator("#headline")

    @property
    def is_locked(self) -> bool:
        return bool(self.station.lane.state()["bars"] == "shut")

    def sees(self, name: str) -> None:
        """The screen of this name comes."""
        expect(self.page.locator(f'.screen[data-name="{name}"]')).to_be_visible(timeout=SOON_MS)

    @contextmanager
    def showing(self, picture: Image.Image, manner: str = "phone") -> Iterator[None]:
        """Hold a picture to the camera while the block lasts.

        The same picture once more counts as held all the time until the camera forgot it.
        """
        shown = sha256(picture.tobytes()).digest()
        if shown == self._shown:
            wait_until(lambda: time.monotonic() > self._shown_until_s, 2 * _FORGOTTEN_S)
        hold(self.station.camera, picture, _HELD_S, manner)
        try:
            yield
        finally:
            self.station.camera.do("lift")
            self._shown, self._shown_until_s = shown, time.monotonic() + _FORGOTTEN_S

    def show(self, picture: Image.Image, answer: str, manner: str = "phone") -> None:
        """Hold a picture to the camera until this screen answers, which anybody can use."""
        with self.showing(picture, manner):
            self.sees(answer)
        anybody_can_use(self.page)

    def tap(self, button: str) -> None:
        """Touch a button by its id."""
        self.page.locator(f"#{button}").tap()

    def go_home(self) -> None:
        """Leave the screen as the next person shall find it."""
        if self.page.locator("#cancel").count():
            self.tap("cancel")
        self.sees("start")

    def walk(self, way: str) -> None:
        """Go through the lane as soon as it gives way."""
        lane = self.station.lane
        assert wait_until(lambda: lane.state()["bars"] == f"free_{way}", SOON_S), "the lane is shut"
        lane.do("walk", direction=way)


class Staff:
    """Somebody who works here, at a browser of their own with a scanner that plays a keyboard."""

    def __init__(self, page: Page, server: str) -> None:
        self.page = page
        self._server = server

    def open(self, path: str) -> None:
        self.page.goto(f"{self._server}{path}")

    def sign_in(self, login: str, password: str, secret: str = "") -> None:
        """Come in by the door of the console, with a code where the second step asks for one."""
        self.open("/")
        self.try_password(login, password)
        if secret:
            self.show_code(secret)
        expect(self.page.locator(".masthead")).to_be_visible(timeout=SOON_MS)

    def show_code(self, secret: str) -> None:
        """The first code around now that was not used yet: none is good twice."""
        field = self.page.locator("#factor")
        expect(field).to_be_visible(timeout=SOON_MS)
        for step in (-30, 0, 30):
            field.fill(pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=step)))
            with self.page.expect_navigation():
                self.page.get_by_role("button", name="Увійти", exact=True).click()
            if self.page.locator(".masthead").count():
                return

    def try_password(self, login: str, password: str) -> None:
        """Send the form of the door."""
        self.page.fill("#login", login)
        self.page.fill("#password", password)
        self.page.get_by_role("button", name="Увійти").click()

    def choose_department(self, code: str) -> str:
        """Work in another department today; answers its name."""
        self.open("/desk")
        self.page.get_by_role("button", name="Змінити відділ").click()
        self.page.locator(f'button[name="department"][value="{code}"]').click()
        heading = self.page.locator(".heading h1")
        expect(self.page.get_by_role("button", name="Змінити відділ")).to_be_visible()
        return heading.inner_text()

    def scan(self, code: str) -> None:
        """Scan a code, wherever the focus is."""
        wedge.scan(self.page, code)

    @property
    def last_act(self) -> Locator:
        return self.page.locator(".act-last")

    def sees_act(self, kind: str, codes: str = "") -> None:
        """The desk says that its last act is this, with these reason codes."""
        act = self.page.locator(f'.act-last[data-act="{kind}"][data-codes="{codes}"]')
        expect(act).to_be_visible(timeout=SOON_MS)

    def row_of(self, slip: str) -> Locator:
        """The line of a slip in the list of those inside."""
        return self.page.locator("tbody tr").filter(has_text=slip)

    def sees_coming(self, slip: str) -> UUID:
        """The open list of those inside comes to show the slip, by itself; answers whose visit."""
        expect(self.row_of(slip)).to_be_visible(timeout=SOON_MS)
        return self._visit_of(slip)

    def finds_inside(self, slip: str) -> UUID:
        """The list of those inside shows the slip whenever it is opened; answers whose visit."""
        assert wait_until(lambda: self._count_inside(slip) == 1, SOON_S), f"{slip} is not inside"
        return self._visit_of(slip)

    def finds_gone(self, slip: str) -> None:
        """The list of those inside shows the slip no more."""
        assert wait_until(lambda: self._count_inside(slip) == 0, SOON_S), f"{slip} is still inside"

    def _count_inside(self, slip: str) -> int:
        self.open("/inside")
        return self.row_of(slip).count()

    def _visit_of(self, slip: str) -> UUID:
        found = _VISIT.search(self.row_of(slip).locator("a").first.get_attribute("href") or "")
        assert found
        return UUID(found.group(1))

    def sees_audited(self, action: str, about: UUID) -> Locator:
        """The audit page shows that this was done with this; answers the line."""
        line = (
            self.page.locator("tbody tr")
            .filter(has=self.page.locator(f'th[title="{action}"]'))
            .filter(has=self.page.locator(f'td[title="{about}"]'))
        )
        expect(line.first).to_be_visible()
        return line.first
