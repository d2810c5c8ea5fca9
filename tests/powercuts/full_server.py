"""`python -m tests.powercuts.full_server FOLDER`: a server that takes an event for each line.

It says `in ID` when an event was acknowledged, `no ERROR` when it could not be.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from server.database import open_database
from server.migrations import upgrade
from server.services import station_events
from tests.server.centre.town import NOON, entry, settle


def main() -> None:
    """Serve until standard input ends."""
    folder = Path(sys.argv[1])
    database = open_database(f"sqlite:///{folder / 'town.sqlite'}")
    upgrade(database)
    town = settle(database, folder / "keys")
    ticket = town.ticket()
    if database.reserve is not None:
        database.reserve.keep()
    print("ready", flush=True)  # noqa: T201 - what the test waits for
    for number, _ in enumerate(sys.stdin):
        told = entry("K1", at=NOON + timedelta(minutes=number), ticket_id=ticket)
        told["slip_number"] = f"K1-{os.urandom(6).hex()}"
        try:
            station_events.ingest(database, "K1", [told], at=NOON + timedelta(minutes=number))
        except (SQLAlchemyError, OSError) as fault:
            print("no", str(fault).splitlines()[0], flush=True)  # noqa: T201 - the answer
        else:
            print("in", told["id"], flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
