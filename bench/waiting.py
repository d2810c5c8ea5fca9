"""Stations that wait for news, as all of them do all day; a process of its own.

Reads a `Waiting` as JSON from standard input and asks for changes over a connection a station,
until it is ended. What is told is dropped: twenty copies kept on one core would be measured instead
of the server that tells them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from time import monotonic

_WAIT_S = 25
_NOW_AND_THEN_S = 0.6
"""As a station that finds no place to wait (`kiosk.sync.follower`)."""


@dataclass(frozen=True)
class Waiting:
    """At which server, and with whose tokens."""

    port: int
    tokens: Sequence[str]


@contextmanager
def waiting(port: int, tokens: Sequence[str]) -> Iterator[None]:
    """So many stations wait until the block ends. Raises RuntimeError where they gave up before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.waiting"], stdin=subprocess.PIPE, text=True
    )
    process.stdin.write(json.dumps(asdict(Waiting(port, tokens))))  # type: ignore[union-attr]
    process.stdin.close()  # type: ignore[union-attr]
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError("nobody waited for news")
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, token: str) -> None:
    line = HTTPConnection("127.0.0.1", port, timeout=2 * _WAIT_S)
    cursor, epoch, pause = 0, "", threading.Event()
    while True:
        asked_s = monotonic()
        path = f"/api/v1/changes?after={cursor}&epoch={epoch}&wait_s={_WAIT_S}"
        line.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        told = json.loads(line.getresponse().read())
        cursor, epoch = told["cursor"], told["epoch"]
        if not told["rows"] and monotonic() - asked_s < _WAIT_S / 2:
            pause.wait(_NOW_AND_THEN_S)


def main() -> None:
    """Wait; one who is told something else than changes ends all."""
    asked = Waiting(**json.load(sys.stdin))
    stations = [
        threading.Thread(target=_wait, args=(asked.port, token), daemon=True)
        for token in asked.tokens
    ]
    for station in stations:
        station.start()
    while all(station.is_alive() for station in stations):
        stations[0].join(1.0)


if __name__ == "__main__":
    main()
