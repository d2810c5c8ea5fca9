"""When the server said that it was saved whole the last time, for the station's technician."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection
from typing import Final

from kiosk.store import meta

_MADE_AT: Final = "server_backup_at"


def note(tx: Connection, made_at: datetime | None) -> None:
    """Keep what the server says now."""
    meta.put(tx, _MADE_AT, "" if made_at is None else meta.stamp(made_at))


def made_at(tx: Connection) -> datetime | None:
    """The last that was heard; None where the server knows of none, or was never heard."""
    text = meta.get(tx, _MADE_AT)
    return datetime.fromisoformat(text) if text else None
