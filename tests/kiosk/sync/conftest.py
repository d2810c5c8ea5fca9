"""A station's line to its server, and what goes over it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gate.events import RowTable
from kiosk.sync.client import ServerClient
from kiosk.sync.follower import Follower
from kiosk.sync.link import Link
from kiosk.sync.uploader import Uploader
from tests.kiosk.centre import Centre
from tests.kiosk.house import House, MovedClock


@pytest.fixture
def client(centre: Centre) -> Iterator[ServerClient]:
    client = ServerClient(centre.url, "token")
    yield client
    client.close()


@pytest.fixture
def link(moved: MovedClock) -> Link:
    return Link(moved.now)


@pytest.fixture
def uploader(house: House, client: ServerClient, link: Link, moved: MovedClock) -> Uploader:
    return Uploader(house.database, client, link, moved.now)


@pytest.fixture
def changed() -> list[frozenset[RowTable]]:
    return []


@pytest.fixture
def follower(
    house: House, client: ServerClient, link: Link, changed: list[frozenset[RowTable]]
) -> Follower:
    return Follower(house.database, client, link, changed.append, wait_s=0.1)
