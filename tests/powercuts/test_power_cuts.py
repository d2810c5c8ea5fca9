"""Power cuts at any write of station and server; `make soak` looks at many more of each."""

from __future__ import annotations

from typing import Any

import pytest

from tests.powercuts import server_paths, server_recovery, station_paths, station_recovery
from tests.powercuts.explorer import explore

_STATION = station_paths.__name__
_SERVER = server_paths.__name__
_IMAGES = 100


def loses_and_damages_nothing(module: Any, name: str) -> None:
    found = explore(module.__name__, module.PATHS[name], images=_IMAGES)
    assert found.images >= _IMAGES
    assert not found.bad, found.told


@pytest.mark.fault(21)
@pytest.mark.parametrize("name", [name for name in station_paths.PATHS if name != "migration"])
def test_a_power_cut_at_the_station_loses_and_damages_nothing(name: str) -> None:
    loses_and_damages_nothing(station_paths, name)


@pytest.mark.fault(21)
@pytest.mark.parametrize("name", [name for name in server_paths.PATHS if name != "migration"])
def test_a_power_cut_at_the_server_loses_and_damages_nothing(name: str) -> None:
    loses_and_damages_nothing(server_paths, name)


@pytest.mark.fault(21, 25)
@pytest.mark.parametrize("name", station_recovery.PATHS)
def test_a_power_cut_while_a_station_recovers_loses_and_damages_nothing(name: str) -> None:
    loses_and_damages_nothing(station_recovery, name)


@pytest.mark.fault(15, 21)
@pytest.mark.parametrize("name", server_recovery.PATHS)
def test_a_power_cut_while_a_server_recovers_loses_and_damages_nothing(name: str) -> None:
    loses_and_damages_nothing(server_recovery, name)


@pytest.mark.fault(23)
@pytest.mark.parametrize("module", [station_paths, server_paths], ids=["station", "server"])
def test_a_power_cut_during_a_migration_leaves_the_old_or_the_new(module: Any) -> None:
    loses_and_damages_nothing(module, "migration")


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
