"""Single values of the station: counters, identity, what it keeps of the server."""

from __future__ import annotations

from datetime import UTC, datetime
from sqlite3 import Connection


def get(tx: Connection, name: str) -> str | None:
    """A value by its name."""
    row = tx.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row["value"])


def put(tx: Connection, name: str, value: str) -> None:
    """Keep a value."""
    tx.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value))


def number(tx: Connection, name: str) -> int:
    """A counter as it stands, 0 before its first step."""
    return int(get(tx, name) or 0)


def next_number(tx: Connection, name: str) -> int:
    """Count one on."""
    value = number(tx, name) + 1
    put(tx, name, str(value))
    return value


def stamp(at: datetime) -> str:
    """An instant as text that sorts by time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
