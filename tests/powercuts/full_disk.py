"""`python -m tests.powercuts.full_disk FOLDER`: a station that does as it is told, line by line.

`scan` admits a reader and says `in SLIP` when it was promised, `no ERROR` when it could not be.
"""

from __future__ import annotations

import sqlite3
import sys
from datetime import timedelta
from pathlib import Path

from kiosk.entry import Entrance
from tests.kiosk.house import MovedClock, building, code_of, key_rows, make_house, ticket

_READERS = 400


def main() -> None:
    """Serve until standard input ends."""
    house = make_house(Path(sys.argv[1]), MovedClock())
    readers = [ticket(ticket_id=f"a1b2c3d4e{n:03}", number=f"{n:06}") for n in range(_READERS)]
    house.learn(building(), *readers, *key_rows())
    house.database.reserve.keep()
    entrance = Entrance(house.premises)
    print("ready", flush=True)  # noqa: T201 - what the test waits for
    for number, _ in enumerate(sys.stdin):
        house.moved.forward(timedelta(seconds=30))
        try:
            came = entrance.scan(code_of(readers[number % _READERS]), house.moved.at)
        except (sqlite3.Error, OSError) as fault:
            print("no", fault, flush=True)  # noqa: T201 - the answer
        else:
            slip = "-" if came.visit is None else came.visit.slip_number
            print("in", slip, flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
