"""The station's SQLite file: connections, transactions, durability.

`synchronous=FULL` in WAL: a commit that returned is on the disk (fault 21).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from kiosk.store.reserve import Reserve
from kiosk.store.schema import migrate

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # A writer of this process waits for the lock in Python; this is for a backup beside it.
    "PRAGMA busy_timeout = 5000",
)


_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def is_damage(fault: sqlite3.DatabaseError) -> bool:
    """Whether an error says that the file is not what was written."""
    code = getattr(fault, "sqlite_errorcode", 0)
    return code & 0xFF in _DAMAGE


def suspect_mark(path: Path) -> Path:
    """The file that says: look at the whole database before you trust it."""
    return path.with_suffix(".suspect")


def _roll_back(connection: sqlite3.Connection) -> None:
    """A full or failing disk may have ended the transaction by itself."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


class Database:
    """One file, one connection a thread, one writer at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._mine = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._writing = threading.RLock()
        self.damaged = threading.Event()
        """Set when SQLite finds a page that can't be right: the program had better start anew."""
        self.reserve = Reserve(path.with_suffix(".reserve"))
        migrate(self._connection())

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self._path

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it or nothing; on the disk when the block is left."""
        with self._writing:
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException as fault:
                _roll_back(connection)
                self._look_at(fault)
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent look at everything."""
        connection = self._connection()
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        except sqlite3.DatabaseError as fault:
            self._look_at(fault)
            raise
        finally:
            _roll_back(connection)

    def close(self) -> None:
        """Close every connection; the threads that used them must have ended."""
        with self._writing:
            for connection in self._all:
                connection.close()
            self._all.clear()

    def _look_at(self, fault: BaseException) -> None:
        """What an error asks for besides: room for the next try, or a look at the whole file."""
        if getattr(fault, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            self.reserve.give_up()
        if isinstance(fault, sqlite3.DatabaseError) and is_damage(fault):
            self.damaged.set()
            with suppress(OSError):
                suspect_mark(self._path).touch()

    def _connection(self) -> sqlite3.Connection:
        known: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if known is not None:
            return known
        # Closing happens in another thread than use, at the very end.
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        self._mine.connection = connection
        with self._writing:
            self._all.append(connection)
        return connection
