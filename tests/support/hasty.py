"""Databases for tests that try what is written, not whether it survives a power cut."""

from __future__ import annotations

from sqlite3 import Connection

from sqlalchemy import event

from server.database import Database, open_database


def hasty_database(url: str) -> Database:
    """A database as everywhere, but SQLite does not wait for the disk."""
    database = open_database(url)
    if database.is_sqlite:
        event.listen(database.engine, "connect", _without_waiting)
    return database


def _without_waiting(connection: Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")
