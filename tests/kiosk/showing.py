"""A page that shows what a test tells it to, in the sizes of screens that stations have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from zoneinfo import ZoneInfo

from playwright.sync_api import Page

from kiosk import screens
from kiosk.config import Role, ScreenSettings
from kiosk.messages import Message, Pressed
from kiosk.pages import PageSettings, create_app
from kiosk.rendering import Renderer
from kiosk.screens import Screen
from kiosk.speech import Voice
from kiosk.stage import Ease, Stage
from kiosk.web import PageServer

SIZES = {"portrait": (1080, 1920), "ten-inch": (1024, 600), "seven-inch": (800, 480)}
FINER_SIZES = {"ten-inch-fine": (1280, 800), "ten-inch-upright": (800, 1280)}
"""10" screens of more dots."""
PX_PER_MM = {
    "portrait": 3.6,
    "ten-inch": 4.6,
    "seven-inch": 5.2,
    "ten-inch-fine": 5.8,
    "ten-inch-upright": 5.8,
}
"""Dots a millimetre of a 24", a 10" and a 7" screen, and of two finer ones of 10"."""
EASES = {
    "usual": frozenset[Ease](),
    "large": frozenset({Ease.LARGE}),
    "contrast": frozenset({Ease.CONTRAST}),
    "all": frozenset(Ease),
}
"""High contrast alone moves nothing; `all` has it with the largest letters and the voice."""
START = screens.Start(role=Role.ENTRANCE, has_events=True)


@dataclass
class Kiosk:
    """A page that shows what it is told to."""

    stage: Stage
    url: str
    pressed: list[Message] = field(default_factory=list)

    def show(
        self,
        page: Page,
        screen: Screen,
        language: str = "uk",
        eased: frozenset[Ease] = frozenset(),
    ) -> None:
        """Show a screen and wait until the page has it."""
        self.stage.show(screen)
        if self.stage.shown.language != language:
            self.stage.speak(language)
        for ease in sorted(self.stage.shown.eased ^ eased):
            self.stage.ease(ease)
        self.settle(page)

    def settle(self, page: Page) -> None:
        version = self.stage.shown.version
        page.wait_for_selector(f'#screen[data-version="{version}"]')

    def presses(self) -> list[tuple[str, str]]:
        return [(one.action, one.value) for one in self.pressed if isinstance(one, Pressed)]


def serve(
    settings: ScreenSettings, warning_s: float = 20, *, voice: Voice | None = None
) -> Iterator[Kiosk]:
    stage = Stage(START, settings, "uk", monotonic)
    pressed: list[Message] = []
    facts = PageSettings(
        token="t", instance="run", station="K1", role="entrance", warning_s=warning_s
    )
    renderer = Renderer(lambda: ZoneInfo("Europe/Kyiv"), has_voice=True)
    app = create_app(stage, renderer, facts, pressed.append, dict, voice=voice)
    server = PageServer(app, stage, "127.0.0.1", 0)
    server.start()
    yield Kiosk(stage, server.url, pressed)
    server.stop()


def open_page(page: Page, kiosk: Kiosk) -> Page:
    """The page of a station, once it has its letters."""
    page.goto(kiosk.url, wait_until="commit")
    page.wait_for_selector(".screen[data-fit]")
    page.evaluate("document.fonts.ready.then(() => true)")
    return page


def expect_soon(holds: Callable[[], bool]) -> None:
    """Wait until it does."""
    ends = monotonic() + 5
    while not holds():
        assert monotonic() < ends, "it never happened"
