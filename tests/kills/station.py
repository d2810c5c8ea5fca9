"""A station under load in a process of its own: `python -m tests.kills.station FOLDER`.

Readers come and go, slips are printed, events are taken by a server, each in a thread of its own,
as in the program. What was promised to a reader is written to standard output, after the commit.
"""

from __future__ import annotations

import logging
import sys
import threading
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import structlog

from hardware import factory
from kiosk.config import PrintSettings
from kiosk.departure import WayOut
from kiosk.entry import Brought, Entrance
from kiosk.printing import PrintDesk
from kiosk.sync.link import Link
from kiosk.sync.loop import Loop
from kiosk.sync.uploader import Uploader
from tests.kiosk.house import House, MovedClock, building, code_of, key_rows, make_house, ticket
from tests.powercuts.station_paths import Centre

_READERS = 200


def main() -> None:
    """Work until killed."""
    # Standard output is for promises alone.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    folder = Path(sys.argv[1])
    house = make_house(folder, MovedClock())
    readers = [ticket(ticket_id=f"a1b2c3d4e{n:03}", number=f"{n:06}") for n in range(_READERS)]
    house.learn(building(), *readers, *key_rows())
    for loop in (_printing(house, folder), _sending(house)):
        threading.Thread(target=_without_rest, args=(loop,), daemon=True).start()
    print("ready", flush=True)  # noqa: T201 - what the test waits for
    entrance, way_out = Entrance(house.premises), WayOut(house.premises)
    for number in count():
        house.moved.forward(timedelta(seconds=20))
        at = house.moved.at
        came = entrance.scan(code_of(readers[number % _READERS]), at, Brought(laptop=True))
        if came.visit is None:
            continue
        _promise("in", came.visit.slip_number)
        if number % 2:
            code = house.premises.slip_code(came.visit, event=False)
            _leave(way_out, code, at)
            _promise("out", came.visit.slip_number)


def _leave(way_out: WayOut, code: str, at: datetime) -> None:
    way_out.scan(code.encode(), at + timedelta(seconds=10))


def _promise(what: str, slip_number: str) -> None:
    print(what, slip_number, flush=True)  # noqa: T201 - the promise itself


def _printing(house: House, folder: Path) -> Loop:
    printer = factory.make_printer(
        {"driver": "file", "path": str(folder / "paper")}, house.moved.now
    )  # fmt: skip
    premises = house.premises
    desk = PrintDesk(
        house.database, printer, premises.journal, premises.clock, lambda _: None, PrintSettings()
    )
    desk.recover()
    return desk.loop


def _sending(house: House) -> Loop:
    client: Any = Centre()
    return Uploader(house.database, client, Link(house.moved.now), house.moved.now).loop


def _without_rest(loop: Loop) -> None:
    while True:
        loop._attempt()


if __name__ == "__main__":
    main()
