"""The last good time over restarts, and events put right once the time is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from sqlite3 import Connection, Row

from gate.events import VisitRecord
from gate.facts import ClockTrust
from kiosk.store import copy, meta, visits

_GOOD, _BOOT = "good_time", "trusted_boot"


def floor(tx: Connection) -> datetime | None:
    """An instant that has surely passed: trusted time of before, or the server's in the copy."""
    kept, known = meta.get(tx, _GOOD), copy.state(tx)
    passed = [datetime.fromisoformat(kept)] if kept is not None else []
    return max([*passed, *([known.as_of] if known is not None else [])], default=None)


def keep(tx: Connection, at: datetime, boot_id: str) -> None:
    """Note a good time, and that the clock of this boot is good."""
    meta.put(tx, _GOOD, meta.stamp(at))
    meta.put(tx, _BOOT, boot_id)


def is_good_boot(tx: Connection, boot_id: str) -> bool:
    """Whether the clock was confirmed before in this boot: the machine has run on since."""
    return bool(boot_id) and meta.get(tx, _BOOT) == boot_id


def put_right(tx: Connection, boot_id: str, zero: datetime) -> int:
    """Give what happened in this boot by an untrusted clock its right time; answers how much.

    `zero` is the instant at which this boot's monotonic clock was 0. Events of another boot stay
    as they are, marked untrusted: nobody knows how long the machine was off in between.
    """
    found = list(_untrusted(tx, boot_id))
    for row in found:
        _put_event_right(tx, row, zero)
    return len(found)


def _untrusted(tx: Connection, boot_id: str) -> Iterator[Row]:
    yield from tx.execute(
        "SELECT event_id, visit_id, kind, at, body FROM outbox WHERE state = 'queued'"
        " AND body ->> 'clock' = ? AND body ->> 'boot_id' = ?",
        (ClockTrust.UNTRUSTED.value, boot_id),
    )


def _put_event_right(tx: Connection, row: Row, zero: datetime) -> None:
    body = json.loads(row["body"])
    at = zero + timedelta(milliseconds=body["monotonic_ms"])
    body |= {"at": at.isoformat(), "clock": ClockTrust.TRUSTED.value}
    tx.execute(
        "UPDATE outbox SET at = ?, body = ? WHERE event_id = ?",
        (meta.stamp(at), json.dumps(body, ensure_ascii=False), row["event_id"]),
    )
    mine = None if row["visit_id"] is None else visits.own(tx, row["visit_id"])
    if mine is not None and meta.stamp(mine.record.opened_at) == row["at"]:
        _put_visit_right(tx, mine.record, at)


def _put_visit_right(tx: Connection, visit: VisitRecord, at: datetime) -> None:
    """The visit began with this event: it is of the day on which that really was."""
    visits.put(tx, visit.model_copy(update={"opened_at": at}))
