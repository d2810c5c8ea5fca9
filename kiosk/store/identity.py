"""Who this database is: its incarnation, and numbers that are never given twice.

Each start writes the same random mark into the database and into a file beside it. Where they
differ, the database is new or came out of a backup, and a new incarnation begins (fault 16).
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection

from kiosk.store import meta
from kiosk.store.database import Database
from kiosk.store.files import write_whole

_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_INCARNATION, _SEQUENCE, _MARK, _RUNNING = "incarnation", "sequence", "mark", "running_number"


def begin(database: Database, at: datetime) -> int:
    """Begin a run of the station: answers its incarnation, a new one after a restore."""
    beside = database.path.with_suffix(".mark")
    last, mark = _read(beside)
    fresh = secrets.token_hex(16)
    with database.write() as tx:
        incarnation = meta.number(tx, _INCARNATION)
        if not incarnation or meta.get(tx, _MARK) != mark:
            incarnation = _raised(max(incarnation, last), at)
            meta.put(tx, _INCARNATION, str(incarnation))
            meta.put(tx, _SEQUENCE, "0")
        meta.put(tx, _MARK, fresh)
    write_whole(beside, f"{incarnation} {fresh}")
    return incarnation


def _raised(previous: int, at: datetime) -> int:
    """Above every earlier one: minutes since 2025 serve where nothing remembers them."""
    return max(previous + 1, int((at - _EPOCH).total_seconds() // 60))


def _read(path: Path) -> tuple[int, str | None]:
    try:
        number, mark = path.read_text("ascii").split()
        return int(number), mark
    except (OSError, ValueError):
        return 0, None


def incarnation(tx: Connection) -> int:
    """The present incarnation."""
    return meta.number(tx, _INCARNATION)


def next_sequence(tx: Connection) -> int:
    """The next number of an event within the incarnation."""
    return meta.next_number(tx, _SEQUENCE)


def next_running_number(tx: Connection) -> int:
    """The next number of a slip of this station."""
    return meta.next_number(tx, _RUNNING)
