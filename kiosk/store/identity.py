"""Who this database is: its incarnation, and numbers that are never given twice.

Each start writes the same random mark into the database and into a file beside it. Where they
differ, the database is new or came out of a backup, and a new incarnation begins (fault 16). The
file also holds a number above every running number of a slip that was given, and which machine
wrote it: a card that was cloned begins a new incarnation, and numbers far from the other's.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from kiosk.store import meta
from kiosk.store.database import Database
from kiosk.store.files import write_whole

_EPOCH: Final = datetime(2025, 1, 1, tzinfo=UTC)
_INCARNATION, _SEQUENCE, _MARK, _RUNNING = "incarnation", "sequence", "mark", "running_number"
_AHEAD: Final = 5_000
"""How far the file is ahead of the slips; more than are printed between two looks at it."""
_CLONE_JUMP: Final = 1_000_000
_MACHINE: Final = (
    Path("/sys/firmware/devicetree/base/serial-number"),
    Path("/sys/class/dmi/id/product_uuid"),
)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What the file beside the database says."""

    incarnation: int = 0
    mark: str | None = None
    ceiling: int = 0
    machine: str = ""

    @property
    def text(self) -> str:
        return f"{self.incarnation} {self.mark} {self.ceiling} {self.machine}"


def begin(database: Database, at: datetime, machine: str | None = None) -> int:
    """Begin a run of the station: answers its incarnation, a new one after a restore."""
    here = _machine() if machine is None else machine
    beside = _read(_path(database))
    fresh = secrets.token_hex(16)
    with database.write() as tx:
        incarnation, running = meta.number(tx, _INCARNATION), meta.number(tx, _RUNNING)
        cloned = bool(beside.machine and here) and beside.machine != here
        is_same = beside.mark is not None and meta.get(tx, _MARK) == beside.mark
        if not incarnation or not is_same or cloned:
            running = _jumped(running, beside, known=bool(incarnation), cloned=cloned)
            incarnation = _raised(max(incarnation, beside.incarnation), at)
            meta.put(tx, _INCARNATION, str(incarnation))
            meta.put(tx, _SEQUENCE, "0")
            meta.put(tx, _RUNNING, str(running))
        meta.put(tx, _MARK, fresh)
    now = _Beside(incarnation, fresh, max(beside.ceiling, running + _AHEAD), here)
    write_whole(_path(database), now.text)
    return incarnation


def keep_ahead(database: Database) -> None:
    """Keep the file's number above those given; to be called now and then."""
    beside = _read(_path(database))
    with database.read() as tx:
        running = meta.number(tx, _RUNNING)
    if beside.mark is not None and beside.ceiling < running + _AHEAD // 2:
        write_whole(_path(database), replace(beside, ceiling=running + _AHEAD).text)


def _jumped(running: int, beside: _Beside, *, known: bool, cloned: bool) -> int:
    """A running number above all that were given, also by a later life of this database."""
    if cloned:
        return max(running, beside.ceiling) + _CLONE_JUMP
    # A database without its file: nobody knows how old it is.
    unknown = running + _AHEAD if known and not beside.ceiling else 0
    return max(running, beside.ceiling, unknown)


def _raised(previous: int, at: datetime) -> int:
    """Above every earlier one: minutes since 2025 serve where nothing remembers them."""
    return max(previous + 1, int((at - _EPOCH).total_seconds() // 60))


def _path(database: Database) -> Path:
    return database.path.with_suffix(".mark")


def _read(path: Path) -> _Beside:
    try:
        number, mark, *more = path.read_text("ascii").split()
        ceiling, machine = (*more, "", "")[:2]
        return _Beside(int(number), mark, int(ceiling or 0), machine)
    except (OSError, ValueError):
        return _Beside()


def _machine() -> str:
    """What tells this machine from one that holds a copy of its card; empty where nothing does."""
    for path in _MACHINE:
        try:
            return sha256(path.read_bytes()).hexdigest()[:16]
        except OSError:
            continue
    return ""


def incarnation(tx: Connection) -> int:
    """The present incarnation."""
    return meta.number(tx, _INCARNATION)


def next_sequence(tx: Connection) -> int:
    """The next number of an event within the incarnation."""
    return meta.next_number(tx, _SEQUENCE)


def next_running_number(tx: Connection) -> int:
    """The next number of a slip of this station."""
    return meta.next_number(tx, _RUNNING)
