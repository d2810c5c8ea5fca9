"""Things that happen at a station and are told to its server."""

from __future__ import annotations

from gate.events import HelpCalled
from kiosk.store import copy
from tests.kiosk.house import House


def happen(house: House, times: int = 1) -> list[str]:
    """Events come into the outbox."""
    journal, ids = house.premises.journal, []
    for _ in range(times):
        with house.database.write() as tx:
            event = HelpCalled(**journal.stamp(tx, house.moved.at))
            journal.write(tx, event)
            ids.append(str(event.id))
    return ids


def begin_anew(house: House) -> None:
    """The copy is believed no more."""
    with house.database.write() as tx:
        copy.distrust(tx)
