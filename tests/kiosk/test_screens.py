"""The screens in a real browser: every one in its sizes and languages, by finger and by keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from kiosk import screens
from kiosk.config import Role, ScreenSettings
from kiosk.messages import Message, Pressed
from kiosk.pages import PageSettings, create_app
from kiosk.rendering import Renderer
from kiosk.screens import Screen
from kiosk.speech import Voice
from kiosk.stage import Ease, Stage
from kiosk.web import PageServer
from tests.kiosk.gallery import EVENTS, GALLERY

SIZES = {"portrait": (1080, 1920), "ten-inch": (1024, 600), "seven-inch": (800, 480)}
# Dots a millimetre of a 24", a 10" and a 7" screen.
PX_PER_MM = {"portrait": 3.6, "ten-inch": 4.6, "seven-inch": 5.2}
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


@pytest.fixture(scope="module")
def calm() -> Iterator[Kiosk]:
    """A station whose screens stay."""
    yield from serve(ScreenSettings(result_s=3600, choice_s=3600))


@pytest.fixture
def kiosk(calm: Kiosk) -> Kiosk:
    calm.pressed.clear()
    calm.stage.show(START)
    return calm


@pytest.fixture(scope="module", params=SIZES)
def sized(
    browser: Browser, calm: Kiosk, request: pytest.FixtureRequest
) -> Iterator[tuple[Page, str]]:
    """The page on a screen of each size."""
    width, height = SIZES[request.param]
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        page = context.new_page()
        page.goto(calm.url, wait_until="commit")
        page.wait_for_selector(".screen[data-fit]")
        page.evaluate("document.fonts.ready.then(() => true)")
        yield page, request.param


@pytest.fixture
def shown(page: Page, kiosk: Kiosk) -> Page:
    """The page as the patron's browser has it, seven inches wide."""
    page.set_viewport_size({"width": 800, "height": 480})
    page.goto(kiosk.url, wait_until="commit")
    page.wait_for_selector(".screen[data-fit]")
    return page


# What does not fit: words wider than their place, words hidden without a way to scroll to them,
# controls that reach out of the screen or over one another.
_MISFITS = """() => {
  const seen = (one) => one.offsetParent !== null && getComputedStyle(one).clipPath === 'none';
  const name = (one) => one.id || one.className.toString();
  const found = [];
  const shown = [...document.querySelectorAll(
    '.press, .tile, .event, .key, input, h1, .lead, .number, .name')]
    .filter((one) => seen(one) && !one.closest('[hidden]'));
  const pressed = shown.filter((one) => one.matches('button') && !one.closest('.scroller'));
  pressed.forEach((one, index) => {
    const a = one.getBoundingClientRect();
    for (const other of pressed.slice(index + 1)) {
      const b = other.getBoundingClientRect();
      const over = Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
      if (over) found.push(`${name(one)} over ${name(other)}`);
    }
  });
  for (const one of shown) {
    const box = one.getBoundingClientRect();
    const wide = one.scrollWidth > one.clientWidth + 1 && one.clientWidth;
    if (wide && !one.matches('input')) found.push(`${name(one)}: wide`);
    if (box.right > innerWidth + 1 || box.left < -1) found.push(`${name(one)}: beyond the side`);
    if (!one.closest('.scroller') && (box.bottom > innerHeight + 1 || box.top < -1)) {
      found.push(`${name(one)}: beyond the edge`);
    }
  }
  for (const one of document.querySelectorAll('.screen:not(.is-form) .scroller')) {
    const tools = one.parentElement.querySelector('.scroll-tools');
    if (seen(one) && one.scrollHeight > one.clientHeight + 1 && tools.hidden) {
      found.push(`${name(one)}: longer than its place`);
    }
    if (seen(one) && one.scrollWidth > one.clientWidth + 1) found.push(`${name(one)}: too wide`);
  }
  return found;
}"""

_TARGETS = """() => [...document.querySelectorAll('.press, .tile:not(.is-count), button.event')]
  .filter((one) => one.offsetParent !== null)
  .map((one) => [one.id, one.getBoundingClientRect()])
  .map(([id, box]) => [id, box.width, box.height])"""

_LETTERS = """() => [...document.querySelectorAll('#screen *')]
  .filter((one) => one.offsetParent !== null && getComputedStyle(one).clipPath === 'none')
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .filter((one) => !one.closest('.unseen, .key'))
  .map((one) => [one.className.toString(), parseFloat(getComputedStyle(one).fontSize)])"""

_CAPITAL = 0.72
"""Height of Manrope's capitals in its size."""


EASES = {
    "usual": frozenset[Ease](),
    "large": frozenset({Ease.LARGE}),
    "all": frozenset(Ease),
}
"""High contrast alone moves nothing; `all` has it with the largest letters and the voice."""


@pytest.mark.parametrize(
    "language, eased", [("uk", "usual"), ("uk", "large"), ("uk", "all"), ("en", "usual")]
)
def test_nothing_is_clipped_on_any_screen(
    sized: tuple[Page, str], kiosk: Kiosk, language: str, eased: str
) -> None:
    page, size = sized
    misfits = {}
    for name, screen in GALLERY.items():
        kiosk.show(page, screen, language, EASES[eased])
        if found := page.evaluate(_MISFITS):
            misfits[f"{name} on {size}"] = found
    assert misfits == {}


def test_targets_are_twenty_millimetres_at_least(sized: tuple[Page, str], kiosk: Kiosk) -> None:
    page, size = sized
    least = 20 * PX_PER_MM[size] - 1
    small = []
    for name, screen in GALLERY.items():
        kiosk.show(page, screen)
        for target, width, height in page.evaluate(_TARGETS):
            if width < least or height < least:
                small.append((name, target, width, height))
    assert small == []


def test_capitals_are_seven_millimetres_at_least(sized: tuple[Page, str], kiosk: Kiosk) -> None:
    page, size = sized
    small = set()
    for name, screen in GALLERY.items():
        kiosk.show(page, screen)
        for kind, points in page.evaluate(_LETTERS):
            if points * _CAPITAL / PX_PER_MM[size] < 7.25:
                small.add((name, kind, points))
    assert small == set()


# Contrast of 7:1 is not among the rules that axe looks at by itself.
_AXE = {"rules": {"color-contrast-enhanced": {"enabled": True}}}
_IN_ENGLISH = ("start", "greeting-all", "events", "desk", "fire", "enrol-fault", "enrol-summary")


@pytest.mark.parametrize(
    "language, names, eased",
    [
        ("uk", tuple(GALLERY), "usual"),
        ("en", _IN_ENGLISH, "large"),
        ("uk", _IN_ENGLISH, "all"),
    ],
)
def test_axe_finds_nothing_and_contrast_is_seven_to_one(
    shown: Page, kiosk: Kiosk, language: str, names: tuple[str, ...], eased: str
) -> None:
    shown.set_viewport_size({"width": 1024, "height": 600})
    shown.emulate_media(reduced_motion="reduce")
    found = {}
    for name in names:
        kiosk.show(shown, GALLERY[name], language, EASES[eased])
        violations = Axe().run(shown, options=_AXE).response["violations"]
        if violations:
            found[name] = [(one["id"], one["nodes"][0]["html"][:90]) for one in violations]
    assert found == {}


def test_a_press_tells_the_station_what_and_where(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, screens.Events(events=EVENTS))
    shown.locator("#event-event-1").click()
    with_serial = Pressed("choose", "event-1", kiosk.stage.shown.serial)
    expect_soon(lambda: kiosk.pressed == [with_serial])


def test_an_event_that_does_not_admit_cannot_be_chosen(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, screens.Events(events=EVENTS))
    assert shown.locator("button.event").count() == 3
    expect(shown.locator(".event.is-shut").first).to_contain_text("Місць немає")
    expect(shown.locator(".event.is-shut").last).to_contain_text("Вхід від 16:00")


def expect_soon(holds: Callable[[], bool]) -> None:
    ends = monotonic() + 5
    while not holds():
        assert monotonic() < ends, "it never happened"


def test_a_whole_choice_is_made_by_keys_alone(shown: Page, kiosk: Kiosk) -> None:
    shown.keyboard.press("ArrowDown")
    focused = shown.evaluate("document.activeElement.id")
    assert focused == "events"
    shown.keyboard.press("Enter")
    expect_soon(lambda: kiosk.presses() == [("events", "")])
    kiosk.show(shown, screens.Persons(event=EVENTS[0], persons=1, most=5))
    shown.keyboard.press("ArrowDown")
    shown.keyboard.press("Enter")
    expect_soon(lambda: kiosk.presses()[-1] == ("persons", "persons+"))
    shown.keyboard.press("Escape")
    expect_soon(lambda: kiosk.presses()[-1] == ("cancel", ""))


def test_every_control_is_reached_by_arrows_and_shows_its_focus(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, GALLERY["belongings"])
    controls = shown.locator("#screen button:not(:disabled):visible").count()
    reached = set()
    for _ in range(controls):
        shown.keyboard.press("ArrowRight")
        reached.add(shown.evaluate("document.activeElement.outerHTML"))
        outline = shown.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert outline == "6px"
    assert len(reached) == controls


def test_the_control_that_was_used_keeps_the_focus(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, screens.Persons(event=EVENTS[0], persons=1, most=5))
    shown.locator("#persons-more").focus()
    kiosk.stage.update(screens.Persons(event=EVENTS[0], persons=2, most=5))
    kiosk.settle(shown)
    assert shown.evaluate("document.activeElement.id") == "persons-more"


def test_a_new_screen_is_told_to_those_who_do_not_see_it(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, GALLERY["desk"])
    assert shown.evaluate("document.activeElement.id") == "main"
    name = shown.locator("main").get_attribute("aria-labelledby")
    expect(shown.locator(f"#{name}")).to_have_text("Потрібна перереєстрація")


def test_each_language_is_named_in_itself(shown: Page, kiosk: Kiosk) -> None:
    expect(shown.get_by_role("button", name="English")).to_have_attribute("lang", "en")
    kiosk.show(shown, START, "en")
    expect(shown.get_by_role("button", name="Українська")).to_have_attribute("lang", "uk")
    expect(shown.locator("h1")).to_have_text("Show your ticket")
    assert shown.evaluate("document.documentElement.lang") == "en"


def test_a_list_longer_than_the_screen_is_scrolled_by_buttons(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, GALLERY["events"])
    shown.emulate_media(reduced_motion="reduce")
    top = "document.querySelector('.events').scrollTop"
    assert shown.evaluate(top) == 0
    shown.locator(".list [data-scroll='1']").click()
    assert shown.evaluate(top) > 100


# --- The reset -------------------------------------------------------------------------------


@pytest.fixture
def hasty() -> Iterator[Kiosk]:
    """A station that warns at once and is in no hurry to reset."""
    yield from serve(ScreenSettings(result_s=20, choice_s=20, warning_s=20))


def test_before_the_reset_more_time_is_in_plain_sight(page: Page, hasty: Kiosk) -> None:
    page.goto(hasty.url, wait_until="commit")
    hasty.show(page, GALLERY["greeting"])
    more = page.get_by_role("button", name="Ще хвилинку")
    expect(more).to_be_visible()
    more.click()
    expect_soon(lambda: hasty.presses() == [("more_time", "")])
    hasty.stage.give_time()
    hasty.settle(page)
    expect(more).to_be_hidden()


@pytest.mark.threat(22)
def test_after_the_reset_nothing_of_the_last_person_is_left_in_the_page(
    shown: Page, kiosk: Kiosk
) -> None:
    kiosk.show(shown, GALLERY["greeting-all"])
    expect(shown.locator("body")).to_contain_text("Олександра")
    kiosk.show(shown, START)
    whole = shown.evaluate("document.documentElement.outerHTML")
    for left in ("Олександра", "K1-0123"):
        assert left not in whole
    shown.go_back()
    assert "Олександра" not in shown.content()


def test_a_station_that_is_gone_is_said_and_found_again(page: Page) -> None:
    first = serve(ScreenSettings())
    kiosk = next(first)
    page.goto(kiosk.url, wait_until="commit")
    page.wait_for_selector(".screen[data-fit]")
    expect(page.locator("#lost")).to_be_hidden()
    next(first, None)
    expect(page.locator("#lost")).to_be_visible(timeout=8000)
    expect(page.locator("#lost")).to_contain_text("Сервісного центру")


@pytest.mark.threat(8)
def test_hostile_words_run_nothing(shown: Page, kiosk: Kiosk) -> None:
    hostile = (
        "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"
    )
    kiosk.show(shown, screens.Greeting(reader=hostile, event=hostile))
    expect(shown.locator(".name")).to_have_text(hostile)
    assert shown.title() != "broken"
    assert shown.locator("#screen img, #screen script").count() == 0
