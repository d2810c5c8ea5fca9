"""The station's SQLite file: connections, transactions, durability.

`synchronous=FULL` in WAL: a commit that returned is on the disk (fault 21).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.store.schema import migrate

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # A writer of this process waits for the lock in Python; this is for a backup beside it.
    "PRAGMA busy_timeout = 5000",
)


class Database:
    """One file, one connection a thread, one writer at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._mine = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._writing = threading.RLock()
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
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

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
        finally:
            connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close every connection; the threads that used them must have ended."""
        with self._writing:
            for connection in self._all:
                connection.close()
            self._all.clear()

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
