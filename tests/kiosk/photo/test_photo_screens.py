"""The photo in a real browser: looked, told, shot, kept; with the drawn person as the reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from hardware.camera_person import Pose
from hardware.camera_simulator import SimulatedCamera, Trouble
from hardware.factory import make_camera
from kiosk import screens
from kiosk.config import PhotoSettings, Role, ScreenSettings
from kiosk.messages import Message, Pressed
from kiosk.pages import PageSettings, create_app
from kiosk.photo.booth import PhotoBooth
from kiosk.photo.screens import PhotoLive
from kiosk.photo.taking import PhotoTaking
from kiosk.rendering import Renderer
from kiosk.stage import Ease, Stage
from kiosk.web import PageServer
from tests.hardware.conftest import MOMENT
from tests.kiosk.showing import PX_PER_MM, SIZES, expect_soon
from tests.kiosk.test_looks import CAPITAL, LOOK
from tests.support.axe import SEVEN_TO_ONE, violations

LONG_MS = 30_000
"""A model is loaded and a countdown is counted meanwhile."""
START = screens.Start(role=Role.ENTRANCE)


@dataclass
class Station:
    """A station that does nothing but take photos, and a person before its camera."""

    settings: PhotoSettings = field(default_factory=PhotoSettings)
    results: list[bytes | None] = field(default_factory=list)
    pose: Pose = Pose.GOOD

    def __post_init__(self) -> None:
        camera = make_camera({"driver": "simulator", "view": "person"}, lambda: MOMENT)
        assert isinstance(camera, SimulatedCamera)
        self.camera = camera
        self.booth = PhotoBooth(camera, monotonic, self.settings)
        still = ScreenSettings(result_s=3600, choice_s=3600)
        self.stage = Stage(START, still, "uk", monotonic)
        self.taking = PhotoTaking(self.booth, self.stage)
        self.booth.changed = self.taking.changed
        facts = PageSettings(token="t", instance="run", station="K1", role="entrance", warning_s=20)
        renderer = Renderer(lambda: ZoneInfo("Europe/Kyiv"))
        app = create_app(self.stage, renderer, facts, self._post, dict, booth=self.booth)
        self.server = PageServer(app, self.stage, "127.0.0.1", 0)
        self.server.start()

    def begin(self, *, child: bool = False) -> None:
        self.camera.do("stand", {"pose": self.pose.value})
        self.taking.begin(child=child, done=self._done, back=lambda: self.stage.show(START))

    def stop(self) -> None:
        self.taking.end()
        self.booth.stop()
        self.server.stop()
        self.camera.close()

    def _done(self, jpeg: bytes | None) -> None:
        self.results.append(jpeg)
        self.stage.show(START)

    def _post(self, message: Message) -> None:
        if isinstance(message, Pressed):
            self.taking.press(message.action)


@pytest.fixture
def station(request: pytest.FixtureRequest) -> Iterator[Station]:
    station = Station(getattr(request, "param", PhotoSettings()))
    yield station
    station.stop()


@pytest.fixture
def shown(page: Page, station: Station) -> Page:
    page.set_viewport_size({"width": 1024, "height": 600})
    page.goto(station.server.url, wait_until="commit")
    page.wait_for_selector(".screen[data-fit]")
    return page


BY_HAND = PhotoSettings(automatic=False)
_PAINTED = """(canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value, index) => index % 4 !== 3 && value > 60);
}"""


@pytest.mark.clause("R2.2")
def test_by_keys_alone_a_photo_is_allowed_taken_and_kept(shown: Page, station: Station) -> None:
    station.begin()
    shown.wait_for_selector("#photo_yes")
    shown.locator("#photo_yes").focus()
    shown.keyboard.press("Enter")
    shown.wait_for_selector("[data-viewer][data-state=counting]", timeout=LONG_MS)
    shown.wait_for_selector("[data-shot]", timeout=LONG_MS)
    expect_soon(lambda: bool(shown.locator("[data-shot]").evaluate(_PAINTED)))
    while shown.evaluate("document.activeElement.id") != "photo_accept":
        shown.keyboard.press("ArrowRight")
    shown.keyboard.press("Enter")
    shown.wait_for_selector('.screen[data-name="start"]')
    (jpeg,) = station.results
    assert jpeg is not None
    assert jpeg.startswith(b"\xff\xd8")


@pytest.mark.parametrize("station", [BY_HAND], indirect=True)
def test_what_is_wrong_is_said_while_it_is_wrong(shown: Page, station: Station) -> None:
    station.pose = Pose.FAR
    station.begin()
    shown.locator("#photo_yes").click()
    hints = shown.locator("[data-hints] li:visible")
    expect(hints).to_have_text("Підійдіть ближче", timeout=LONG_MS)
    for pose, said in ((Pose.TWO, "У кадрі лише одна людина"), (Pose.GOOD, "Чудово!")):
        station.camera.do("stand", {"pose": pose.value})
        expect(hints).to_have_text(said, timeout=LONG_MS)
    expect(shown.locator("[data-viewer]")).to_have_attribute("data-state", "right")


@pytest.mark.parametrize("station", [BY_HAND], indirect=True)
def test_one_sees_oneself_as_in_a_mirror(shown: Page, station: Station) -> None:
    station.begin()
    shown.locator("#photo_yes").click()
    shown.wait_for_selector("[data-viewer]:not([data-state=starting])", timeout=LONG_MS)
    mirror = shown.locator("[data-viewer] canvas")
    expect_soon(lambda: bool(mirror.evaluate(_PAINTED)))
    assert mirror.evaluate("(canvas) => getComputedStyle(canvas).scale") == "-1 1"


@pytest.mark.parametrize("station", [BY_HAND], indirect=True)
def test_hints_are_read_aloud_to_who_listens(shown: Page, station: Station) -> None:
    station.pose = Pose.FAR
    station.begin()
    station.stage.ease(Ease.ALOUD)
    with shown.expect_request(
        lambda asked: "Підійдіть ближче" in (asked.post_data or ""), timeout=LONG_MS
    ) as asked:
        shown.locator("#photo_yes").click()
    assert asked.value.url.endswith("/speech")


@pytest.mark.fault(6)
def test_a_camera_that_goes_black_is_said_and_one_goes_on_without(
    shown: Page, station: Station
) -> None:
    station.pose = Pose.NOBODY
    station.begin()
    shown.locator("#photo_yes").click()
    shown.wait_for_selector("[data-viewer]:not([data-state=starting])", timeout=LONG_MS)
    station.camera.trouble(Trouble.BLACK)
    expect(shown.locator("h1")).to_have_text("Камера нічого не бачить", timeout=LONG_MS)
    shown.locator("#photo_skip").click()
    shown.wait_for_selector('.screen[data-name="start"]')
    assert station.results == [None]


@pytest.mark.threat(22)
def test_after_the_end_nothing_of_the_person_is_left_in_the_page(
    shown: Page, station: Station
) -> None:
    station.begin()
    shown.locator("#photo_yes").click()
    shown.wait_for_selector("[data-shot]", timeout=LONG_MS)
    station.taking.end()
    station.stage.show(START)
    shown.wait_for_selector('.screen[data-name="start"]')
    assert shown.locator("canvas, img").count() == 0
    addresses = shown.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    token = shown.locator('meta[name="token"]').get_attribute("content")
    assert not any(f"={token}" in address for address in addresses)
    answer = shown.request.get(f"{station.server.url}photo/shot", headers={"X-Lystok-Token": "t"})
    assert answer.status == 404


@pytest.mark.parametrize("language", ["uk", "en"])
@pytest.mark.parametrize("eased", [frozenset(), frozenset({Ease.LARGE})], ids=["usual", "large"])
@pytest.mark.parametrize("size", SIZES)
def test_every_hint_fits(
    shown: Page, station: Station, size: str, eased: frozenset[Ease], language: str
) -> None:
    width, height = SIZES[size]
    shown.set_viewport_size({"width": width, "height": height})
    station.stage.speak(language)
    for ease in eased:
        station.stage.ease(ease)
    station.stage.show(PhotoLive())
    version = station.stage.shown.version
    shown.wait_for_selector(f'#screen[data-version="{version}"]')
    clipped = shown.evaluate(_TOO_LONG)
    assert clipped == []
    assert shown.evaluate(LOOK, {"millimetre": PX_PER_MM[size], "capitals": CAPITAL}) == []


_TOO_LONG = """() => {
  const all = [...document.querySelectorAll('[data-hints] li')];
  const words = document.querySelector('.words');
  const found = [];
  for (const one of all) {
    all.forEach((other) => { other.hidden = other !== one; });
    if (one.scrollWidth > one.clientWidth + 1 || words.scrollWidth > words.clientWidth + 1
        || words.scrollHeight > words.clientHeight + 1) found.push(one.dataset.hint);
  }
  return found;
}"""


@pytest.mark.parametrize("language, contrast", [("uk", False), ("en", True)])
def test_axe_finds_nothing_while_somebody_looks(
    shown: Page, station: Station, language: str, *, contrast: bool
) -> None:
    station.begin()
    station.stage.speak(language)
    if contrast:
        station.stage.ease(Ease.CONTRAST)
    shown.locator("#photo_yes").click()
    shown.wait_for_selector("[data-viewer]:not([data-state=starting])", timeout=LONG_MS)
    assert violations(shown, SEVEN_TO_ONE) == []
