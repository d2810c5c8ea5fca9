"""What the tests of the station share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from kiosk.config import ScreenSettings
from tests.kiosk.centre import Centre, running_centre
from tests.kiosk.house import House, MovedClock, building, event, key_rows, make_house, ticket
from tests.kiosk.showing import FINER_SIZES, SIZES, START, Kiosk, open_page, serve


@pytest.fixture
def moved() -> MovedClock:
    return MovedClock()


@pytest.fixture
def centre() -> Iterator[Centre]:
    with running_centre() as running:
        yield running


@pytest.fixture
def build(tmp_path: Path, moved: MovedClock) -> Iterator[Callable[..., House]]:
    """Builds stations; they are closed at the end."""
    built: list[House] = []

    def make(**settings: object) -> House:
        house = make_house(tmp_path, moved, **settings)  # type: ignore[arg-type]
        built.append(house)
        house.learn(building(), ticket(), event(), *key_rows(house.premises.station))
        return house

    yield make
    for house in built:
        house.database.close()


@pytest.fixture
def house(build: Callable[..., House]) -> House:
    """A station whose server is away and whose copy is a moment old."""
    return build()


@pytest.fixture
def online(build: Callable[..., House], centre: Centre) -> House:
    """A station whose server answers."""
    return build(url=centre.url)


@pytest.fixture(scope="module")
def calm() -> Iterator[Kiosk]:
    """A station whose screens stay."""
    yield from serve(ScreenSettings(result_s=3600, choice_s=3600))


@pytest.fixture(scope="module", params=SIZES)
def sized(
    browser: Browser, calm: Kiosk, request: pytest.FixtureRequest
) -> Iterator[tuple[Page, str]]:
    """The page on a screen of each size; nothing moves while it is measured."""
    yield from _sized(browser, calm, request.param, *SIZES[request.param])


@pytest.fixture(scope="module", params=FINER_SIZES)
def finer(
    browser: Browser, calm: Kiosk, request: pytest.FixtureRequest
) -> Iterator[tuple[Page, str]]:
    """The same on screens of more dots."""
    yield from _sized(browser, calm, request.param, *FINER_SIZES[request.param])


def _sized(
    browser: Browser, calm: Kiosk, name: str, width: int, height: int
) -> Iterator[tuple[Page, str]]:
    with browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce"
    ) as context:
        yield open_page(context.new_page(), calm), name


@pytest.fixture
def kiosk(calm: Kiosk) -> Kiosk:
    calm.pressed.clear()
    calm.stage.hint(None)
    calm.stage.show(START)
    return calm


@pytest.fixture
def shown(page: Page, kiosk: Kiosk) -> Page:
    """The page as the patron's browser has it, seven inches wide."""
    page.set_viewport_size({"width": 800, "height": 480})
    return open_page(page, kiosk)


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Path | None:
    """Where pictures of screens are kept, if anybody wants them."""
    folder: str | None = request.config.getoption("--pictures")
    if folder is None:
        return None
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    return path
