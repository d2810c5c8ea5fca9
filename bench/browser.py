"""How long people see nothing when the browser of a station dies or hangs (fault 26).

A real Chromium without a screen, at the page of a real station; its own process is killed, then
stopped. Measured until the page has beaten again.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic

import requests

from bench.figure import Figure
from demo.programs import wait_until
from kiosk import browser
from kiosk.browser import BrowserKeeper
from kiosk.clock import Clock
from kiosk.keys import make_slip_key
from kiosk.program import Station, running
from tests.kiosk.test_program import configured

_HIDDEN = ("--headless", "--ozone-platform=headless", "--no-sandbox", "--disable-gpu")
_WITHIN_S = 60.0
_FRESH_S = 0.4
_FAULTS = {"crash": signal.SIGKILL, "hang": signal.SIGSTOP}


def figures(*, full: bool = False) -> Iterator[Figure]:
    """Seconds from the fault to the first beat of the next browser."""
    with TemporaryDirectory() as folder, _kept(Path(folder)) as (station, keeper):
        for name, number in _FAULTS.items():
            taken_s = [_gone_s(station, keeper, number) for _ in range(9 if full else 3)]
            yield Figure(f"browser back after {name} median", median(taken_s), "s", at_most=5)
            yield Figure(f"browser back after {name} slowest", max(taken_s), "s")


@contextmanager
def _kept(folder: Path) -> Iterator[tuple[Station, BrowserKeeper]]:
    config = configured(folder)
    make_slip_key(config.slip_key_file)
    with running(config, Clock(now=lambda: datetime.now(UTC))) as station:
        profile, token = folder / "browser", config.data_dir / "local-token"
        keeper = BrowserKeeper(
            browser.command(station.url, profile, _HIDDEN),
            profile,
            lambda: browser.ask_station(station.url, token),
        )
        thread = threading.Thread(target=keeper.run)
        thread.start()
        try:
            _until_heard(station)
            yield station, keeper
        finally:
            keeper.stop()
            thread.join()


def _gone_s(station: Station, keeper: BrowserKeeper, number: signal.Signals) -> float:
    lives, process = keeper.starts, keeper.process
    if process is None:
        raise RuntimeError("there is no browser")
    os.kill(process.pid, number)
    started_s = monotonic()
    if not wait_until(lambda: keeper.starts > lives, _WITHIN_S):
        raise TimeoutError("the browser was not begun anew")
    _until_heard(station)
    return monotonic() - started_s


def _until_heard(station: Station) -> None:
    if not wait_until(lambda: _is_heard(station), _WITHIN_S):
        raise TimeoutError("the page is not heard")


def _is_heard(station: Station) -> bool:
    headers = {"X-Lystok-Token": station.token}
    age_s = requests.get(f"{station.url}beat", headers=headers, timeout=5).json()["age_s"]
    return age_s is not None and age_s < _FRESH_S
