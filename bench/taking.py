"""Takes a snapshot as a station does, in a process of its own; prints what it cost as JSON."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from kiosk.store import Database, copy
from kiosk.sync.client import ServerClient
from kiosk.sync.link import Link
from kiosk.sync.snapshot import Snapshot


def main(url: str, token: str, file: str) -> None:
    """Seconds until the copy serves, by how much memory grew (MB), and the size of the file."""
    with closing(Database(Path(file))) as database, closing(ServerClient(url, token)) as client:
        snapshot = Snapshot(database, client, Link(lambda: datetime.now(UTC)), lambda: False)
        before_kb = _memory_kb("VmRSS")
        started_s = perf_counter()
        snapshot.take()
        taken_s = perf_counter() - started_s
        most_kb = _memory_kb("VmHWM")
        with database.read() as tx:
            count = tx.execute("SELECT count(*) FROM ticket").fetchone()[0]
            if copy.building(tx) is None:
                raise RuntimeError("the copy does not serve")
    told = {
        "taken_s": taken_s,
        "grown_mb": max(0, most_kb - before_kb) / 1024,
        "tickets": count,
        "file_mb": Path(file).stat().st_size / 2**20,
    }
    print(json.dumps(told))


def _memory_kb(name: str) -> int:
    """Memory now, or at most so far; what a parent once had does not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    main(*sys.argv[1:])
