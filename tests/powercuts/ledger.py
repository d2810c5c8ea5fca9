"""What a program had in its database after every commit that it was told of.

The whole logical content goes into one digest, noted right after the commit returned. Whatever a
power cut leaves must have the digest of the last commit that was acknowledged, or of the one that
was under way: before or after, never between.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

NOTES: Final = ".notes"
NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Note:
    """One acknowledged commit."""

    digest: str
    told: Mapping[str, Any]
    """What was said to the world with it: numbers given away, for example."""


class Ledger:
    """Written by the program under test, in the order of its commits."""

    def __init__(self, database: Path, synchronous: str | None = None) -> None:
        self.synchronous = synchronous
        """What to put in the place of the program's own word; None: nothing."""
        self._database = database
        self._looking: sqlite3.Connection | None = None
        path = database.parent / NOTES
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, **told: Any) -> None:
        """A commit returned."""
        line = json.dumps({"digest": self._digest(), "told": told}) + "\n"
        os.write(self._file, line.encode())

    def close(self) -> None:
        """Look no more, so that the program's own connections close the database."""
        if self._looking is not None:
            self._looking.close()
            self._looking = None

    def _digest(self) -> str:
        if self._looking is None:
            if not self._database.exists():
                return NOTHING
            uri = f"file:{self._database}?mode=ro"
            self._looking = sqlite3.connect(uri, uri=True, check_same_thread=False)
        return digest(self._looking)


def read_note(line: bytes) -> Note:
    """A note as it was written."""
    fields = json.loads(line)
    return Note(fields["digest"], fields["told"])


def digest(connection: sqlite3.Connection) -> str:
    """Everything that a database says, in 32 signs."""
    found = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    if not found:
        return NOTHING
    whole = blake2b(repr(found).encode(), digest_size=16)
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    for (name,) in tables.fetchall():
        for row in connection.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - its own names
            whole.update(repr(row).encode())
    return whole.hexdigest()


def look(path: Path) -> str:
    """The digest of a database that is found; DAMAGED where SQLite says so.

    Raises sqlite3.DatabaseError where it can't be read at all.
    """
    if not path.exists():
        return NOTHING
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        faults = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if faults != "ok":
            raise sqlite3.DatabaseError(faults)
        return digest(connection)
