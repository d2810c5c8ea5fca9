"""Every way in which a station writes, by its own code."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final
from uuid import UUID

import pytest

from gate.events import AuditHead, EventReceipt, EventReceipts, HelpCalled, Receipt, VisitRecord
from hardware import factory
from kiosk.config import PrintSettings
from kiosk.departure import WayOut
from kiosk.entry import Brought, Entrance
from kiosk.printing import PrintDesk
from kiosk.store import Database, copy, identity, meta, outbox, schema
from kiosk.store.copy import CopyState
from kiosk.sync.link import Link
from kiosk.sync.uploader import Uploader
from tests.kiosk.house import (
    AT,
    EPOCH,
    House,
    MovedClock,
    building,
    code_of,
    event,
    key_rows,
    make_house,
    row,
    ticket,
)
from tests.powercuts.explorer import Lost, WritePath
from tests.powercuts.ledger import Ledger, Note

_FILE: Final = "station-K1.sqlite"
_READERS: Final = tuple(ticket(ticket_id=f"a1b2c3d4e5{n:02}", number=f"{n:06}") for n in range(12))


def opened(folder: Path, ledger: Ledger | None = None) -> House:
    """The station; with a ledger every commit of it is noted."""
    house = make_house(folder, MovedClock())
    if ledger is not None:
        noting(house, ledger)
    return house


def noting(house: House, ledger: Ledger) -> None:
    """Note every commit of this station."""
    database = house.database
    write = database.write
    ledger.note(**_numbers(database))

    @contextmanager
    def noted() -> Iterator[Connection]:
        with write() as tx:
            yield tx
        ledger.note(**_numbers(database))

    vars(database)["write"] = noted


def _numbers(database: Database) -> dict[str, int]:
    """The numbers that were given away so far."""
    with database.read() as tx:
        names = ("incarnation", "sequence", "running_number")
        return {name: meta.number(tx, name) for name in names}


def ended(house: House, ledger: Ledger) -> None:
    """The station stops."""
    ledger.close()
    house.database.close()


def prepare(folder: Path) -> None:
    """A station that knows its readers."""
    house = opened(folder)
    house.learn(building(), event(), *_READERS, *key_rows())
    house.database.close()


def prepare_busy(folder: Path) -> None:
    """Thirty readers came in, and nobody has heard of it yet."""
    prepare(folder)
    house = opened(folder)
    come_and_go(house, 30)
    house.database.close()


def check_numbers(folder: Path, told: Sequence[Note], _under_way: Note | None) -> None:
    """The next start gives no number that was ever given (fault 16)."""
    with closing(Database(folder / _FILE)) as database:
        incarnation = identity.begin(database, AT)
        with database.write() as tx:
            number = (incarnation, identity.next_sequence(tx))
            running = identity.next_running_number(tx)
    if not told:
        return
    given = told[-1].told
    if number <= (given["incarnation"], given["sequence"]):
        raise Lost(f"the number of an event is given again: {number}")
    if running <= given["running_number"]:
        raise Lost(f"the running number of a slip is given again: {running}")


def halves_of_visits() -> tuple[str, ...]:
    """Questions that find something where a part of a visit is missing."""
    return _HALVES


def _check_whole(folder: Path, told: Sequence[Note], under_way: Note | None) -> None:
    """Besides: no visit without its slip and its event, nor the other way round (fault 21)."""
    with closing(sqlite3.connect(folder / _FILE)) as connection:
        for half in _HALVES:
            if connection.execute(half).fetchone() is not None:
                raise Lost("a part of a visit")
    check_numbers(folder, told, under_way)


_HALVES: Final = (
    "SELECT 1 FROM visit WHERE visit_id NOT IN (SELECT visit_id FROM job)",
    "SELECT 1 FROM job WHERE visit_id NOT IN (SELECT visit_id FROM visit)",
    (
        "SELECT 1 FROM visit WHERE visit_id NOT IN"
        " (SELECT visit_id FROM outbox WHERE kind = 'entry_decided' AND visit_id IS NOT NULL)"
    ),
    "SELECT 1 FROM outbox WHERE visit_id NOT IN (SELECT visit_id FROM visit)",
)


# --- What each path does -----------------------------------------------------------------------


def _visits(folder: Path, ledger: Ledger, rounds: int) -> None:
    house = opened(folder, ledger)
    come_and_go(house, rounds)
    ended(house, ledger)


def come_and_go(house: House, rounds: int) -> None:
    """In with belongings, out by slip; a stranger's code now and then."""
    entrance, way_out = Entrance(house.premises), WayOut(house.premises)
    for number in range(rounds):
        house.moved.forward(timedelta(seconds=40))
        at = house.moved.at
        came = entrance.scan(code_of(_READERS[number % len(_READERS)]), at, Brought(laptop=True))
        if came.visit is not None and number % 3 == 0:
            way_out.scan(_slip(house, came.visit), at + timedelta(seconds=20))
        if number % 5 == 0:
            entrance.scan(b"LT1:NOBODY", at)
        entrance.visit_event("poetry", 1, at)


def let_in(house: House, number: int) -> UUID | None:
    """The visit of one more reader."""
    house.moved.forward(timedelta(seconds=40))
    code = code_of(_READERS[number % len(_READERS)])
    came = Entrance(house.premises).scan(code, house.moved.at)
    return None if came.visit is None else came.visit.visit_id


def _slip(house: House, visit: VisitRecord) -> bytes:
    return house.premises.slip_code(visit, event=False).encode()


class Centre:
    """A server that takes what it gets; it came out of a backup now and then."""

    def __init__(self) -> None:
        self.epoch = EPOCH

    def send(self, bodies: Sequence[str], head: AuditHead | None = None) -> EventReceipts:
        del head
        ids = [body.partition('"id":"')[2][:36] for body in bodies]
        kinds = [Receipt.UNPROCESSABLE, *(Receipt.STORED for _ in ids)]
        receipts = (
            EventReceipt(id=one, receipt=kind) for one, kind in zip(ids, kinds, strict=False)
        )
        return EventReceipts(epoch=self.epoch, receipts=tuple(receipts))


def _outbox(folder: Path, ledger: Ledger, rounds: int) -> None:
    house, centre = opened(folder, ledger), Centre()
    client: Any = centre
    uploader = Uploader(house.database, client, Link(house.moved.now), house.moved.now)
    for number in range(rounds):
        house.moved.forward(timedelta(days=1))
        uploader._size = 6
        uploader.step()
        if number % 10 == 9:
            centre.epoch = f"restored {number}"
            with house.database.write() as tx:
                copy.advance(tx, [], _state(house, number, centre.epoch))
                outbox.send_again(tx)
        if number % 12 == 11:
            uploader._tidy()
    ended(house, ledger)


def _copy(folder: Path, ledger: Ledger, rounds: int) -> None:
    """Changes, and a whole snapshot now and then."""
    house = opened(folder, ledger)
    for number in range(rounds):
        house.moved.forward(timedelta(seconds=20))
        changed = [reader.model_copy(update={"overdue_loans": number}) for reader in _READERS]
        rows = [row(one) for one in (*changed, building(inside=number), *key_rows())]
        with house.database.write() as tx:
            how = copy.replace if number % 8 == 7 else copy.advance
            how(tx, rows[number % 3 :], _state(house, number))
    ended(house, ledger)


def _state(house: House, cursor: int, epoch: str = EPOCH) -> CopyState:
    return CopyState(epoch=epoch, cursor=cursor, as_of=house.moved.at, seen=0)


def _jobs(folder: Path, ledger: Ledger, rounds: int) -> None:
    """Slips on their way to paper, with a crash in the middle now and then."""
    house = opened(folder, ledger)
    settings = {"driver": "file", "path": str(folder.parent / "paper")}
    printer = factory.make_printer(settings, house.moved.now)
    premises = house.premises
    desk = PrintDesk(
        house.database, printer, premises.journal, premises.clock, lambda _: None, PrintSettings()
    )
    for number in range(rounds):
        house.moved.forward(timedelta(seconds=40))
        job = Entrance(premises).visit_event("poetry", 1, house.moved.at).job
        if job is not None and number % 4 == 3:
            Entrance(premises).reprint(UUID(str(job.visit_id)), house.moved.at)
        desk.step()
        desk.recover()
    printer.close()
    ended(house, ledger)


def _identity(folder: Path, ledger: Ledger, rounds: int) -> None:
    """The station starts and stops again and again."""
    for _ in range(rounds):
        database = Database(folder / _FILE)
        identity.begin(database, AT)
        ledger.note(**_numbers(database))
        with database.write() as tx:
            identity.next_sequence(tx)
            identity.next_running_number(tx)
        ledger.note(**_numbers(database))
        ledger.close()
        database.close()


def _prepare_older(folder: Path) -> None:
    """A database of the version before, with a life behind it; none, should there be no other."""
    if len(schema.STEPS) == 1:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "STEPS", schema.STEPS[:-1])
        house = opened(folder)
    journal = house.premises.journal
    for _ in range(30):
        with house.database.write() as tx:
            journal.write(tx, HelpCalled(**journal.stamp(tx, house.moved.at)))
    house.database.close()


def _migration(folder: Path, ledger: Ledger, _rounds: int) -> None:
    """A new version starts on the database of the one before (fault 23)."""
    ledger.note(incarnation=0, sequence=0, running_number=0)
    database = Database(folder / _FILE)
    ledger.note(**_numbers(database))
    ledger.close()
    database.close()


PATHS: Final = {
    path.name: path
    for path in (
        WritePath(
            name="visit", database=_FILE, prepare=prepare, act=_visits, check=_check_whole,
            rounds=30,
        ),
        WritePath(
            name="outbox", database=_FILE, prepare=prepare_busy, act=_outbox, check=check_numbers,
            rounds=60,
        ),
        WritePath(
            name="copy", database=_FILE, prepare=prepare, act=_copy, check=check_numbers, rounds=80
        ),
        WritePath(
            name="jobs", database=_FILE, prepare=prepare, act=_jobs, check=check_numbers, rounds=20
        ),
        WritePath(
            name="identity", database=_FILE, prepare=prepare, act=_identity, check=check_numbers,
            rounds=30,
        ),
        WritePath(
            name="migration", database=_FILE, prepare=_prepare_older, act=_migration,
            check=check_numbers, rounds=1,
        ),
    )
}  # fmt: skip
