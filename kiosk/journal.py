"""Events as they are born: with an id, a place in the station's order, and the clocks' readings."""

from __future__ import annotations

import secrets
from datetime import datetime
from sqlite3 import Connection
from typing import Any
from uuid import UUID

from gate.events import EventBase, uuid7
from kiosk.clock import Clock
from kiosk.store import identity, outbox

_ENTROPY_BYTES = 10


def new_id(at: datetime) -> UUID:
    """An id for something born now."""
    return uuid7(at, secrets.token_bytes(_ENTROPY_BYTES))


class Journal:
    """Writes events into the outbox, within the transaction of what happened."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def stamp(self, tx: Connection, at: datetime, event_id: UUID | None = None) -> dict[str, Any]:
        """The fields that every event has; counts the station's sequence on."""
        return {
            "id": event_id or new_id(at),
            "incarnation": identity.incarnation(tx),
            "sequence": identity.next_sequence(tx),
            "at": at,
            "boot_id": self._clock.boot_id,
            "monotonic_ms": self._clock.monotonic_ms(),
            "clock": self._clock.trust(),
        }

    def write(self, tx: Connection, event: EventBase, visit_id: UUID | None = None) -> None:
        """Queue an event for the server."""
        outbox.put(tx, event, None if visit_id is None else str(visit_id))
