"""Power cuts at any write of station and server; `make soak` looks at many more of each."""

from __future__ import annotations

import pytest

from tests.powercuts import server_paths, station_paths
from tests.powercuts.explorer import explore

_STATION = station_paths.__name__
_SERVER = server_paths.__name__
_IMAGES = 60
_FEWER = {"founding": 15, "seal": 30}
"""Paths whose images each take a second or more to look at: all migrations run in them."""


@pytest.mark.fault(21)
@pytest.mark.parametrize("name", [name for name in station_paths.PATHS if name != "migration"])
def test_a_power_cut_at_the_station_loses_and_damages_nothing(name: str) -> None:
    found = explore(_STATION, station_paths.PATHS[name], images=_IMAGES)
    assert found.images >= _IMAGES
    assert not found.bad, found.told


@pytest.mark.fault(21)
@pytest.mark.parametrize("name", [name for name in server_paths.PATHS if name != "migration"])
def test_a_power_cut_at_the_server_loses_and_damages_nothing(name: str) -> None:
    images = _FEWER.get(name, _IMAGES)
    found = explore(_SERVER, server_paths.PATHS[name], images=images)
    assert found.images >= images
    assert not found.bad, found.told


@pytest.mark.fault(23)
@pytest.mark.parametrize("module", [station_paths, server_paths], ids=["station", "server"])
def test_a_power_cut_during_a_migration_leaves_the_old_or_the_new(module: object) -> None:
    name, paths = (
        (_STATION, station_paths.PATHS)
        if module is station_paths
        else (_SERVER, server_paths.PATHS)
    )
    found = explore(name, paths["migration"], images=_IMAGES)
    assert found.images >= _IMAGES
    assert not found.bad, found.told


@pytest.mark.fault(21)
@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_the_search_finds_what_a_weaker_promise_loses(synchronous: str) -> None:
    """Otherwise finding nothing would say nothing."""
    visit = explore(_STATION, station_paths.PATHS["visit"], images=_IMAGES, synchronous=synchronous)
    assert visit.bad > _IMAGES // 10


@pytest.mark.fault(21)
@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_the_search_finds_it_at_the_server_too(synchronous: str) -> None:
    check = explore(_SERVER, server_paths.PATHS["check"], images=_IMAGES, synchronous=synchronous)
    assert check.bad > _IMAGES // 10
