"""What the tests of the station share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kiosk.centre import Centre, running_centre
from tests.kiosk.house import House, MovedClock, building, event, key_rows, make_house, ticket


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
