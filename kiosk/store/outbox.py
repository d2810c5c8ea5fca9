"""Events on their way to the server, oldest first.

An event stays for some days after it was acknowledged: a server restored from a backup asks for
it again (fault 15). One that the server can't process is set aside and shown; nothing is deleted
unacknowledged (fault 12).

A visit of this station follows its own events until the copy has surely seen them: each batch of
acknowledgements gets a number, and the copy remembers the last number given before it was asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Any, Final

from gate.events import EventBase, EventReceipt, Receipt
from kiosk.store import meta

ACKNOWLEDGED: Final = "acknowledged"
_HELD: Final = "untimed_held"


@dataclass(frozen=True, slots=True)
class Queued:
    """An event as it is sent."""

    event_id: str
    body: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits for the server, since when, and how much it could not process."""

    queued: int
    oldest_at: datetime | None
    set_aside: int


def put(tx: Connection, event: EventBase, visit_id: str | None = None) -> None:
    """Queue an event; its visit is this station's own until the server has heard of it."""
    kind: Any = getattr(event, "kind", "")
    tx.execute(
        "INSERT INTO outbox (event_id, visit_id, kind, at, body) VALUES (?, ?, ?, ?, ?)",
        (str(event.id), visit_id, kind, meta.stamp(event.at), event.model_dump_json()),
    )
    if visit_id is not None:
        tx.execute("UPDATE visit SET acknowledged = NULL WHERE visit_id = ?", (visit_id,))


def batch(tx: Connection, limit: int) -> tuple[Queued, ...]:
    """The oldest events that wait, and may go."""
    held = " AND body ->> 'clock' <> 'untrusted'" if meta.number(tx, _HELD) else ""
    rows = tx.execute(
        f"SELECT event_id, body FROM outbox WHERE state = 'queued'{held} ORDER BY place LIMIT ?",  # noqa: S608
        (limit,),
    )
    return tuple(Queued(row["event_id"], row["body"]) for row in rows)


def hold_untimed(tx: Connection, *, on: bool) -> None:
    """Keep back what an untrusted clock timed, so that it can be put right before it goes."""
    if bool(meta.number(tx, _HELD)) is not on:
        meta.put(tx, _HELD, str(int(on)))


def acknowledge(tx: Connection, receipts: Iterable[EventReceipt], at: datetime) -> None:
    """Note what the server answered for each event."""
    receipts = list(receipts)
    for receipt in receipts:
        aside = receipt.receipt is Receipt.UNPROCESSABLE
        tx.execute(
            "UPDATE outbox SET state = ?, acknowledged_at = ?, problem = ?"
            " WHERE event_id = ? AND state = 'queued'",
            ("aside" if aside else "delivered", meta.stamp(at), receipt.problem, receipt.id),
        )
    _settle_visits(tx, receipts)


def _settle_visits(tx: Connection, receipts: Iterable[EventReceipt]) -> None:
    """Give this batch its number, and to its visits that nothing waits for any more."""
    number = meta.next_number(tx, ACKNOWLEDGED)
    tx.executemany(
        "UPDATE visit SET acknowledged = ? WHERE acknowledged IS NULL"
        " AND visit_id = (SELECT visit_id FROM outbox WHERE event_id = ?) AND NOT EXISTS"
        " (SELECT 1 FROM outbox WHERE outbox.visit_id = visit.visit_id AND state = 'queued')",
        [(number, receipt.id) for receipt in receipts],
    )


def settle(tx: Connection) -> None:
    """The server knows what no event of a visit tells: its word holds once it was asked again."""
    tx.execute(
        "UPDATE visit SET acknowledged = ? WHERE acknowledged IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM outbox WHERE outbox.visit_id = visit.visit_id AND state = 'queued')",
        (meta.next_number(tx, ACKNOWLEDGED),),
    )


def backlog(tx: Connection) -> Backlog:
    """Length and age of the queue; of what waits to be put right nobody knows how old it is."""
    row = tx.execute(
        "SELECT count(*) AS queued, min(at) AS oldest FROM outbox WHERE state = 'queued'"
    ).fetchone()
    if meta.number(tx, _HELD):
        row = {"queued": row["queued"], "oldest": _oldest_timed(tx)}
    aside = tx.execute("SELECT count(*) AS n FROM outbox WHERE state = 'aside'").fetchone()
    oldest = None if row["oldest"] is None else datetime.fromisoformat(row["oldest"])
    return Backlog(queued=row["queued"], oldest_at=oldest, set_aside=aside["n"])


def _oldest_timed(tx: Connection) -> str | None:
    timed = "SELECT min(at) FROM outbox WHERE state = 'queued' AND body ->> 'clock' <> 'untrusted'"
    found: str | None = tx.execute(timed).fetchone()[0]
    return found


def send_again(tx: Connection) -> int:
    """Queue everything again that was delivered; answers how much. The server may have lost it.

    Its visits are this station's own again until then: the server tells nothing of them.
    """
    again = tx.execute(
        "UPDATE outbox SET state = 'queued', acknowledged_at = NULL WHERE state = 'delivered'"
    ).rowcount
    tx.execute(
        "UPDATE visit SET acknowledged = NULL"
        " WHERE visit_id IN (SELECT visit_id FROM outbox WHERE state = 'queued')"
    )
    return again


def forget(tx: Connection, before: datetime) -> int:
    """Delete what was delivered long ago; answers how much."""
    return tx.execute(
        "DELETE FROM outbox WHERE state = 'delivered' AND acknowledged_at < ?",
        (meta.stamp(before),),
    ).rowcount
