"""A snapshot on its way: its tickets come part by part and wait beside those that serve.

Each part is one short transaction, so that nobody at the station waits for a library of a million;
what has come survives a cut of network or power, and the next part is asked for behind it. When
all of it is here, it takes the place of what served until then, together with its cursor.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Final

from gate.events import TicketColumns
from kiosk.store import meta, tickets
from kiosk.store.copy import CopyState

_NAME: Final = "coming"
_HOW_MADE: Final = "SELECT sql FROM sqlite_schema WHERE name = 'coming_ticket'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """What is known of the snapshot on its way; cursor and time are those of its first part."""

    epoch: str
    cursor: int
    as_of: str
    seen: int
    """As in CopyState, when the first part was asked for."""
    last: str | None = ""
    """Id of the last ticket that came; None where all are here."""
    tickets: int = 0
    """How many came so far."""

    @property
    def state(self) -> CopyState:
        """The state of the copy once this snapshot serves."""
        return CopyState(
            epoch=self.epoch,
            cursor=self.cursor,
            as_of=datetime.fromisoformat(self.as_of),
            seen=self.seen,
        )


def find(tx: Connection) -> Coming | None:
    """The snapshot on its way, if there is one."""
    text = meta.get(tx, _NAME)
    return None if not text else Coming(**json.loads(text))


def add(tx: Connection, columns: TicketColumns, now: Coming) -> None:
    """Keep one more part. `now` tells how far the snapshot has come with it."""
    tx.executemany(
        "INSERT OR REPLACE INTO coming_ticket VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        tickets.of_columns(columns),
    )
    shown = ((kind, value, columns.ids[place]) for place, kind, value in columns.credentials)
    tx.executemany("INSERT INTO coming_credential VALUES (?, ?, ?)", shown)
    meta.put(tx, _NAME, json.dumps(asdict(now)))


def drop(tx: Connection) -> None:
    """Forget the snapshot on its way."""
    tx.execute("DELETE FROM coming_ticket")
    tx.execute("DELETE FROM coming_credential")
    meta.put(tx, _NAME, "")


def take_place(tx: Connection) -> None:
    """Let the tickets that came serve instead of those before."""
    (made,) = tx.execute(_HOW_MADE).fetchone()
    tx.execute("DROP TABLE ticket")
    tx.execute("ALTER TABLE coming_ticket RENAME TO ticket")
    tx.execute(made)
    tx.execute("DELETE FROM credential")
    tx.execute("INSERT OR IGNORE INTO credential SELECT * FROM coming_credential ORDER BY 1, 2, 3")
    drop(tx)
