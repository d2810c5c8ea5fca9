"""A disk that is full, fails or takes nothing: no false promise, and on again when it is well."""

from __future__ import annotations

import io
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from kiosk.photo.taking import PhotoTaking
from kiosk.store.reserve import BYTES, LOW_BYTES, Reserve
from server import reserve
from server.database import open_database
from server.services import photos
from server.services.by import By
from tests.server.centre.town import NOON
from tests.support import disk


class Program:
    """A station or a server in a process of its own, on a disk that fails on command."""

    def __init__(self, folder: Path, module: str) -> None:
        self.folder = folder / "data"
        self.folder.mkdir()
        self._fault = folder / "fault"
        self.promised: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, str(self.folder)],
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

    def kept(self, file: str, query: str) -> list[str]:
        """What is there after it ended."""
        self._process.communicate()
        with closing(sqlite3.connect(self.folder / file)) as found:
            assert found.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            return [str(row[0]) for row in found.execute(query)]

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "it ended by itself"
        return line


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Program]:
    running = Program(tmp_path, "tests.powercuts.full_disk")
    yield running
    running.end()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Program]:
    running = Program(tmp_path, "tests.powercuts.full_server")
    yield running
    running.end()


def slips(station: Program) -> list[str]:
    return sorted(station.kept("station-K1.sqlite", "SELECT slip_number FROM visit"))


def events(server: Program) -> list[str]:
    found = server.kept("town.sqlite", "SELECT id FROM station_event")
    return sorted(str(UUID(one)) for one in found)


@pytest.mark.fault(24)
def test_on_a_full_disk_visits_have_their_reserve(station: Program) -> None:
    assert station.scan()
    station.becomes("full")
    tries = [station.scan() for _ in range(60)]
    assert tries.count(False) <= 1, "only the one that found the disk full"
    assert not (station.folder / "station-K1.reserve").exists()
    assert slips(station) == sorted(station.promised)


@pytest.mark.fault(24)
@pytest.mark.parametrize("state", ["failing", "readonly"])
def test_a_disk_that_takes_nothing_promises_nothing(station: Program, state: str) -> None:
    assert station.scan()
    station.becomes(state)
    assert not any(station.scan() for _ in range(5))
    station.gets_well()
    assert station.scan()
    assert slips(station) == sorted(station.promised)


@pytest.mark.fault(24)
def test_on_a_server_s_full_disk_events_have_their_reserve(server: Program) -> None:
    assert server.scan()
    server.becomes("full")
    tries = [server.scan() for _ in range(60)]
    assert tries.count(False) <= 1, "only the one that found the disk full"
    assert not (server.folder / "town.reserve").exists()
    assert events(server) == sorted(server.promised)


@pytest.mark.fault(24)
@pytest.mark.parametrize("state", ["failing", "readonly"])
def test_a_server_s_disk_that_takes_nothing_acknowledges_nothing(
    server: Program, state: str
) -> None:
    assert server.scan()
    server.becomes(state)
    assert not any(server.scan() for _ in range(5))
    server.gets_well()
    assert server.scan()
    assert events(server) == sorted(server.promised)


@pytest.mark.fault(24)
def test_a_server_that_is_nearly_full_takes_no_photos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'town.sqlite'}")
    usage = shutil.disk_usage(tmp_path)
    scarce = usage._replace(free=reserve.LOW_BYTES - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: scarce)
    picture = io.BytesIO()
    Image.new("RGB", (600, 800)).save(picture, "JPEG")
    with pytest.raises(photos.NoRoom):
        photos.keep(database, 1, picture.getvalue(), by=By(staff_id=1, at=NOON))
    database.close()


@pytest.mark.fault(24)
def test_the_reserve_is_taken_again_when_there_is_room(tmp_path: Path) -> None:
    kept = Reserve(tmp_path / "x.reserve")
    kept.keep()
    assert (tmp_path / "x.reserve").stat().st_size == BYTES
    kept.give_up()
    assert not kept.is_kept
    kept.keep()
    assert kept.is_kept


@pytest.mark.fault(24)
def test_photos_stop_long_before_visits_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Reserve(tmp_path / "x.reserve")
    usage = shutil.disk_usage(tmp_path)
    assert kept.allows_photos()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=LOW_BYTES - 1))
    assert not kept.allows_photos()
    asked: list[bytes | None] = []
    booth: Any = object()
    stage: Any = None
    taking = PhotoTaking(booth, stage, kept.allows_photos)
    taking.begin(child=False, done=asked.append, back=lambda: None)
    assert asked == [None]
