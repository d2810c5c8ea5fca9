"""How soon a lane follows its fire input, and how soon an alarm is told, in the real programs.

The lane's process runs alone: no station, server, network or database. Its pins are files, as in
its tests; what is measured is from the change of an input to the change of an output. The alarm is
measured from somebody forcing the lane to its station's word of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from bench.figure import Figure
from hardware.contracts import Direction
from hardware.lane_client import LaneClient, Settings
from hardware.lane_simulator import Settings as SimulatorSettings
from hardware.lane_simulator import SimulatedLane
from kiosk.passages import LaneKeeper
from tests.hardware.lanes.pins import say
from tests.hardware.lanes.test_lane_daemon import OUT, Process

_FIRE = 19
_TIMES = 20
_RELEASES_WITHIN_MS, _ALARMS_WITHIN_MS = 200, 1000
_PATIENCE_S = 10.0


def figures(*, full: bool = False) -> Iterator[Figure]:
    """The worst of some tries; more of them with `full`."""
    times = _TIMES * (5 if full else 1)
    released = [_release_ms() for _ in range(max(3, times // 10))]
    yield Figure("lane release at fire", max(released), "ms", at_most=_RELEASES_WITHIN_MS)
    alarmed = list(_alarms_ms(times))
    yield Figure("lane alarm median", median(alarmed), "ms")
    yield Figure("lane alarm longest", max(alarmed), "ms", at_most=_ALARMS_WITHIN_MS)


def _release_ms() -> float:
    with TemporaryDirectory() as folder, closing(Process(Path(folder))) as process:
        process.start()
        client = LaneClient(Settings(driver="daemon", socket=process.socket), _now)
        with closing(client):
            client.shut()
            started_s = perf_counter()
            say(process.folder, _FIRE, "low")
            _wait(lambda: process.levels()[OUT] == "low")
            return (perf_counter() - started_s) * 1000


def _alarms_ms(times: int) -> Iterator[float]:
    told: list[object] = []
    lane = SimulatedLane(SimulatorSettings(driver="simulator"), _now)
    keeper = LaneKeeper(lane, _now, told.append)
    keeper.start()
    for _ in range(times):
        told.clear()
        started_s = perf_counter()
        lane.push(Direction.IN)
        _wait(lambda: bool(told))
        yield (perf_counter() - started_s) * 1000
    keeper.stop()
    lane.close()


def _wait(happened: Callable[[], bool]) -> None:
    ends_s = perf_counter() + _PATIENCE_S
    while not happened():
        if perf_counter() > ends_s:
            raise TimeoutError("the lane did not follow")
        sleep(0.001)


def _now() -> datetime:
    return datetime.now(UTC)
