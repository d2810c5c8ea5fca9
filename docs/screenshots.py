"""The pictures of README and docs, taken from the running programs: `python -m docs.screenshots`.

A sample library comes up in a folder that goes again; a reader is let in, reads two documents and
leaves; the pages are looked at by Debian's Chromium as people look at them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from demo.day import Player
from demo.serving import claim, serving
from demo.stage import ENTRANCE, EXIT, Stage, running
from demo.steps import Day
from kiosk.maintenance.technicians import TechnicianFile
from kiosk.maintenance.upkeep import FILE as TECHNICIANS

PICTURES: Final = Path(__file__).parent / "pictures"
LARGEST_BYTES: Final = 400_000
_KIOSK: Final = (1080, 1920)
_CONSOLE: Final = (1440, 900)
_BENCH: Final = (1440, 1060)
_OVERVIEW: Final = (2400, 1200)
_MAINTENANCE: Final = (1280, 800)
_TELEPHONE: Final = (390, 844)
_PHOTO_MS: Final = 60_000
_CODE: Final = "271828"
_COLOURS: Final = 256
_PAPER_MARGIN: Final = 32
"""Dots of white paper at each side of a slip: 80 mm of paper, 72 of print."""
_DEPARTMENT: Final = "dept5"
_SERVICE_CENTRE: Final = "desk1"


class Camera:
    """Looks at pages and keeps what it sees."""

    def __init__(self, browser: Browser, down: ExitStack, folder: Path) -> None:
        self._browser = browser
        self._down = down
        self._folder = folder

    def page(self, address: str, size: tuple[int, int]) -> Page:
        """A page, opened by somebody of their own."""
        context: BrowserContext = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="uk-UA",
            timezone_id="Europe/Kyiv",
            reduced_motion="reduce",
        )
        self._down.callback(context.close)
        page = context.new_page()
        page.goto(address)
        return page

    def take(self, page: Page, name: str) -> None:
        """Keep what a page shows."""
        page.evaluate("document.fonts.ready")
        self.keep(Image.open(BytesIO(page.screenshot(animations="disabled"))), name)

    def keep(self, picture: Image.Image, name: str) -> None:
        """Keep a picture as a small PNG. Raises ValueError where it does not get small."""
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        path = self._folder / f"{name}.png"
        few.save(path, optimize=True)
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise ValueError(f"{path.name} has {size} bytes, {LARGEST_BYTES} are the most")
        print(f"{path.name}\t{few.width} x {few.height}\t{size // 1000} kB")


def main() -> int:
    """Take all pictures anew."""
    PICTURES.mkdir(exist_ok=True)
    with ExitStack() as down:
        folder = Path(down.enter_context(tempfile.TemporaryDirectory(prefix="lystok-pictures-")))
        stage = down.enter_context(running(folder))
        camera = Camera(down.enter_context(_browser()), down, PICTURES)
        player = Player(stage, Day(print), down)
        slip = _visit(camera, player)
        _console(camera, player, slip)
        _other_screens(camera, player)
        _photo(camera, player)
        _maintenance(camera, stage)
        _bench(camera, stage, player)
        _alarm(camera, stage)
        overview = camera.page((PICTURES.parent / "overview.html").as_uri(), _OVERVIEW)
        camera.take(overview, "overview")
    return 0


@contextmanager
def _browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


def _visit(camera: Camera, player: Player) -> str:
    """A reader comes in; answers the number of the slip."""
    kiosk = camera.page(player.stage.stations[ENTRANCE].page, _KIOSK)
    _shows(kiosk, "start")
    camera.take(kiosk, "kiosk-start")
    player.show_ticket(player.ticket("valid"))
    paper, number = player.take_slip(0)
    _shows(kiosk, "greeting")
    expect(kiosk.locator("h1")).to_have_text("Візьміть листок")
    camera.take(kiosk, "kiosk-greeting")
    camera.keep(ImageOps.expand(paper, _PAPER_MARGIN, "white"), "slip")
    player.walk(ENTRANCE, "in", number, "inside")
    return number


def _console(camera: Camera, player: Player, slip: str) -> None:
    """Two documents are issued, one comes back; the exit asks for the other."""
    department = _signed_in(camera, player.stage, _DEPARTMENT)
    department.goto(f"{player.stage.server}/desk")
    first, second = player.records.documents("5", 2)
    for code in (slip, first, second):
        _scan(department, code)
    camera.take(department, "console-desk")

    centre = _signed_in(camera, player.stage, _SERVICE_CENTRE)
    centre.goto(f"{player.stage.server}/inside")
    camera.take(centre, "console-inside")
    centre.goto(f"{player.stage.server}/exit")
    _scan(centre, slip)
    expect(centre.locator(".field-title")).to_be_visible()
    camera.take(centre, "console-exit")


def _other_screens(camera: Camera, player: Player) -> None:
    kiosk = camera.page(player.stage.stations[ENTRANCE].page, _KIOSK)
    player.show_ticket(player.ticket("banned"))
    _shows(kiosk, "refusal")
    camera.take(kiosk, "kiosk-refusal")
    kiosk.locator("#cancel").click()
    kiosk.locator('[data-action="events"]').click()
    _shows(kiosk, "events")
    camera.take(kiosk, "kiosk-events")
    kiosk.locator("#cancel").click()
    _shows(kiosk, "start")


def _photo(camera: Camera, player: Player) -> None:
    """Somebody enrols as far as the photo, and goes no further."""
    kiosk = camera.page(player.stage.stations[ENTRANCE].page, _KIOSK)
    for control in ("enrol", "enrol_next", "pick-adult", "enrol_next", "enrol_next"):
        _press(kiosk, control)
    for answer in ("Гончар", "Зоя", "", "05.11.1990"):
        _answer(kiosk, answer)
    _press(kiosk, "pick-city")
    for answer in ("", "050 111 22 33", ""):
        _answer(kiosk, answer)
    for _ in range(3):
        _press(kiosk, "pick-yes")
    _shows(kiosk, "photo_ask")
    camera.take(kiosk, "kiosk-photo-ask")
    kiosk.locator("#photo_yes").click()
    expect(kiosk.locator("[data-shot]")).to_be_visible(timeout=_PHOTO_MS)
    camera.take(kiosk, "kiosk-photo-shot")
    kiosk.locator("#photo_skip").click()
    kiosk.locator("#cancel").click()


def _answer(kiosk: Page, answer: str) -> None:
    """A question of the enrolment."""
    kiosk.locator("#typed").fill(answer)
    _press(kiosk, "enrol_next")


def _press(kiosk: Page, control: str) -> None:
    """Press a button that leads to another screen, which has a heading of its own."""
    heading = kiosk.locator("h1").inner_text()
    kiosk.locator(f"#{control}").click()
    expect(kiosk.locator("h1")).not_to_have_text(heading)


def _maintenance(camera: Camera, stage: Stage) -> None:
    """The technician's page of the exit, as one sees it first."""
    TechnicianFile(stage.folder / f"data-{EXIT}" / TECHNICIANS).set_code(_CODE)
    page = camera.page(f"{stage.stations[EXIT].page}maintenance", _MAINTENANCE)
    page.keyboard.type(_CODE)
    page.keyboard.press("Enter")
    expect(page.locator(".tabs")).to_be_visible()
    camera.take(page, "maintenance")


def _alarm(camera: Camera, stage: Stage) -> None:
    """A fire, raised at the desk: what the door shows, and the list on somebody's telephone."""
    stage.stations[ENTRANCE].wire.mend()
    centre = _signed_in(camera, stage, _SERVICE_CENTRE)
    centre.goto(f"{stage.server}/emergency")
    centre.get_by_role("button", name="Пожежа: усі виходять").click()
    kiosk = camera.page(stage.stations[ENTRANCE].page, _KIOSK)
    _shows(kiosk, "evacuation")
    camera.take(kiosk, "kiosk-evacuation")
    centre.set_viewport_size({"width": _TELEPHONE[0], "height": _TELEPHONE[1]})
    centre.goto(f"{stage.server}/emergency")
    expect(centre.locator("h1")).to_be_visible()
    camera.take(centre, "console-roll")


def _bench(camera: Camera, stage: Stage, player: Player) -> None:
    """Another reader came in, the entrance lost its cable, the reader shows the slip and leaves."""
    with serving(stage, claim(0)) as address:
        bench = camera.page(address, _BENCH)
        player.show_ticket(player.ticket("loans_at_home"))
        expect(bench.locator(".pile button")).to_have_count(2)
        stage.stations[ENTRANCE].wire.cut()
        stage.stations[EXIT].printer.do("set", paper="near_end")
        expect(bench.locator(".is-wrong")).to_have_count(1)
        bench.get_by_role("button", name="Показати на виході").click()
        expect(bench.locator(".wing-out .eye-held")).to_be_visible()
        small = bench.frame_locator(".wing-out iframe")
        expect(small.locator('[data-name="farewell"]')).to_be_visible()
        camera.take(bench, "bench")
        bench.goto("about:blank")


def _signed_in(camera: Camera, stage: Stage, login: str) -> Page:
    page = camera.page(f"{stage.server}/sign-in", _CONSOLE)
    page.fill("#login", login)
    page.fill("#password", stage.password(login))
    page.keyboard.press("Enter")
    expect(page.locator(".masthead")).to_be_visible()
    return page


def _scan(page: Page, code: str) -> None:
    """A scanner that plays a keyboard; the page answers by a new main part."""
    before = page.locator("#main").element_handle()
    page.fill("#scan", code)
    page.press("#scan", "Enter")
    page.wait_for_function("before => !before.isConnected", arg=before)


def _shows(kiosk: Page, screen: str) -> None:
    expect(kiosk.locator(".screen")).to_have_attribute("data-name", screen)


if __name__ == "__main__":
    sys.exit(main())
