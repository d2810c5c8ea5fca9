"""Kills station and server again and again, and counts what is missing after each."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Final

from demo.programs import answers, free_ports
from kiosk.keys import make_slip_key
from kiosk.store import Database
from server.database import open_database
from server.migrations import upgrade
from tests.kiosk.test_program import configured
from tests.powercuts.station_paths import halves_of_visits
from tests.server.centre.town import NOON, entry, settle, told

_PAUSES_S: Final = (0.05, 0.6)
_STARTING_S: Final = (0.1, 2.0)
_STARTS_WITHIN_S: Final = 60.0


@dataclass(slots=True)
class Outcome:
    """What came of so many kills."""

    rounds: int = 0
    promised: int = 0
    lost: int = 0
    damaged: int = 0
    slowest_start_s: float = 0.0
    told: list[str] = field(default_factory=list)


# --- The station --------------------------------------------------------------------------------


def kill_station(folder: Path, rounds: int, seed: int = 1) -> Outcome:
    """Kill a station that admits, prints and sends; look at its database after each kill."""
    outcome, chance = Outcome(), Random(seed)
    promised: dict[str, str] = {}
    for _ in range(rounds):
        promised |= _one_life(folder, chance, outcome)
        outcome.rounds += 1
        outcome.promised = len(promised)
        _look_at_station(folder, promised, outcome)
    return outcome


def _one_life(folder: Path, chance: Random, outcome: Outcome) -> dict[str, str]:
    started = monotonic()
    command = [sys.executable, "-m", "tests.kills.station", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        if _in_its_start(chance):
            sleep(chance.uniform(*_STARTING_S))
        else:
            assert process.stdout.readline() == "ready\n"
            outcome.slowest_start_s = max(outcome.slowest_start_s, monotonic() - started)
            lines.append(process.stdout.readline())
            sleep(chance.uniform(*_PAUSES_S))
        process.kill()
        lines += process.stdout.readlines()
    # A line that the kill cut in two was heard by nobody.
    whole = (line.split() for line in lines if line.endswith("\n") and line != "ready\n")
    return {slip: what for what, slip in whole}


def _in_its_start(chance: Random) -> bool:
    """A fifth of all kills come before the program is ready."""
    return chance.random() < 0.2


def _look_at_station(folder: Path, promised: dict[str, str], outcome: Outcome) -> None:
    path = folder / "station-K1.sqlite"
    Database(path).close()
    with closing(sqlite3.connect(path)) as found:
        if found.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            outcome.damaged += 1
        for half in halves_of_visits():
            outcome.damaged += found.execute(half).fetchone() is not None
        states = dict(found.execute("SELECT slip_number, body ->> 'state' FROM visit"))
    for slip, what in promised.items():
        is_kept = states.get(slip) == "closed" if what == "out" else slip in states
        if not is_kept:
            outcome.lost += 1
            outcome.told.append(f"{slip}: {what}, found {states.get(slip)}")


def kill_program(folder: Path, rounds: int, seed: int = 1) -> float:
    """Kill `lystok kiosk run` itself; the slowest start until its page answers, in seconds."""
    (port,) = free_ports(1)
    config, chance, slowest_s = configured(folder, port), Random(seed), 0.0
    make_slip_key(config.slip_key_file)
    command = [sys.executable, "-m", "lystok", "kiosk", "run", "--config"]
    command.append(str(folder / "kiosk.toml"))
    for _ in range(rounds):
        started = monotonic()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            while not answers(f"http://127.0.0.1:{port}/"):
                assert process.poll() is None, "the station ended by itself"
                assert monotonic() - started < _STARTS_WITHIN_S, "the station is not ready"
                sleep(0.02)
            slowest_s = max(slowest_s, monotonic() - started)
            sleep(chance.uniform(*_PAUSES_S))
        finally:
            _kill(process)
    return slowest_s


# --- The server ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Client:
    """A station's line to the server: what was acknowledged counts."""

    url: str
    token: str
    stored: set[str] = field(default_factory=set)

    def deliver(self) -> None:
        """A batch of an entry and its end; what is not answered may be there or not."""
        came = entry("K1", at=NOON)
        gone = told("K1", "exited", at=NOON, visit_id=came["visit_id"])
        answer = json.loads(self._post({"events": [came, gone]}))
        self.stored |= {
            receipt["id"] for receipt in answer["receipts"] if receipt["receipt"] == "stored"
        }

    def _post(self, body: object) -> bytes:
        request = urllib.request.Request(  # noqa: S310 - the loopback
            f"{self.url}/api/v1/events",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content


def kill_server(folder: Path, rounds: int, seed: int = 1) -> Outcome:
    """Kill the server while several stations deliver; look for what it acknowledged."""
    (port,) = free_ports(1)
    token = _found_town(folder, port)
    outcome, chance = Outcome(), Random(seed)
    client = _Client(f"http://127.0.0.1:{port}", token)
    for _ in range(rounds):
        process = _spawned(folder)
        if _in_its_start(chance):
            sleep(chance.uniform(*_STARTING_S))
        else:
            _wait_until_ready(process, port, outcome)
            _load(client, chance.uniform(*_PAUSES_S), lambda: _kill(process))  # noqa: B023
        _kill(process)
        outcome.rounds += 1
        outcome.promised = len(client.stored)
        _look_at_server(folder, client.stored, outcome)
    return outcome


def _found_town(folder: Path, port: int) -> str:
    database = open_database(f"sqlite:///{folder / 'lystok.sqlite'}")
    upgrade(database)
    town = settle(database, folder / "keys")
    database.close()
    (folder / "session.secret").write_text("00" * 32)
    (folder / "server.toml").write_text(
        f'[server]\nport = {port}\n[database]\nurl = "sqlite:///lystok.sqlite"\n'
    )
    return town.tokens["K1"]


def _spawned(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "lystok", "--config", folder / "server.toml", "server", "run"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The program and its worker, at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, outcome: Outcome) -> None:
    started = monotonic()
    while not _is_ready(port):
        assert process.poll() is None, "the server ended by itself"
        assert monotonic() - started < _STARTS_WITHIN_S, "the server is not ready"
        sleep(0.02)
    outcome.slowest_start_s = max(outcome.slowest_start_s, monotonic() - started)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _load(client: _Client, for_s: float, kill: Callable[[], None]) -> None:
    """Several lines at once, the kill some time after the first answer."""
    answered, over = threading.Event(), threading.Event()

    def work() -> None:
        with suppress(OSError, ValueError, HTTPException):
            while not over.is_set():
                client.deliver()
                answered.set()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    assert answered.wait(_STARTS_WITHIN_S), "nothing was ever acknowledged"
    sleep(for_s)
    kill()
    over.set()
    for worker in workers:
        worker.join()


def _look_at_server(folder: Path, stored: set[str], outcome: Outcome) -> None:
    with closing(sqlite3.connect(folder / "lystok.sqlite")) as found:
        if found.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            outcome.damaged += 1
        there = {_plain(row[0]) for row in found.execute("SELECT id FROM station_event")}
    missing = {one.replace("-", "") for one in stored} - there
    outcome.lost += len(missing)
    outcome.told += sorted(missing)[:3]


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value).replace("-", "")
