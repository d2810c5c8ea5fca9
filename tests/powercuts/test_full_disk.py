"""A disk that is full, fails or takes nothing: no false promise, and on again when it is well."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kiosk.photo.taking import PhotoTaking
from kiosk.store.reserve import BYTES, LOW_BYTES, Reserve
from tests.support import disk


class Station:
    """A station in a process of its own, on a disk that fails on command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "data"
        self.folder.mkdir()
        self._fault = folder / "fault"
        self.promised: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.powercuts.full_disk", str(self.folder)],
            env=disk.environment(self.folder, fault=self._fault),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        while self._line() != "ready\n":
            pass

    def becomes(self, state: str) -> None:
        self._fault.write_text(state)

    def gets_well(self) -> None:
        self._fault.unlink()

    def scan(self) -> bool:
        """Somebody shows a ticket; whether a visit was promised."""
        assert self._process.stdin is not None
        self._process.stdin.write("scan\n")
        self._process.stdin.flush()
        answer = ""
        while not answer.startswith(("in ", "no ")):
            answer = self._line()
        if answer.startswith("in "):
            self.promised.append(answer.split()[1])
        return answer.startswith("in ")

    def kept(self) -> list[str]:
        """The visits that are there, after the station ended."""
        self._process.communicate()
        with closing(sqlite3.connect(self.folder / "station-K1.sqlite")) as found:
            assert found.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            return [row[0] for row in found.execute("SELECT slip_number FROM visit")]

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the station ended by itself"
        return line


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    running = Station(tmp_path)
    yield running
    running.end()


@pytest.mark.fault(24)
def test_on_a_full_disk_visits_have_their_reserve(station: Station) -> None:
    assert station.scan()
    station.becomes("full")
    tries = [station.scan() for _ in range(60)]
    assert tries.count(False) <= 1, "only the one that found the disk full"
    assert not (station.folder / "station-K1.reserve").exists()
    assert sorted(station.kept()) == sorted(station.promised)


@pytest.mark.fault(24)
@pytest.mark.parametrize("state", ["failing", "readonly"])
def test_a_disk_that_takes_nothing_promises_nothing(station: Station, state: str) -> None:
    assert station.scan()
    station.becomes(state)
    assert not any(station.scan() for _ in range(5))
    station.gets_well()
    assert station.scan()
    assert sorted(station.kept()) == sorted(station.promised)


@pytest.mark.fault(24)
def test_the_reserve_is_taken_again_when_there_is_room(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "x.reserve")
    reserve.keep()
    assert (tmp_path / "x.reserve").stat().st_size == BYTES
    reserve.give_up()
    assert not reserve.is_kept
    reserve.keep()
    assert reserve.is_kept


@pytest.mark.fault(24)
def test_photos_stop_long_before_visits_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reserve = Reserve(tmp_path / "x.reserve")
    usage = shutil.disk_usage(tmp_path)
    assert reserve.allows_photos()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=LOW_BYTES - 1))
    assert not reserve.allows_photos()
    asked: list[bytes | None] = []
    booth: Any = object()
    stage: Any = None
    taking = PhotoTaking(booth, stage, reserve.allows_photos)
    taking.begin(child=False, done=asked.append, back=lambda: None)
    assert asked == [None]
