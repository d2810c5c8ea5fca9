"""How a station becomes itself, and again: pairing, a rescue, a snapshot, its time; its lane."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final
from unittest.mock import patch

from gate.events import PairAnswer, PairQuery, TicketColumns
from gate.facts import ClockTrust
from kiosk import pairing
from kiosk.config import KioskConfig
from kiosk.passages import Passages
from kiosk.store import Database, coming, copy, meta, outbox, timing
from kiosk.store.coming import Coming
from kiosk.store.rescue import open_sound
from tests.kiosk.house import AT, EPOCH, MovedClock, make_house
from tests.powercuts import station_paths as usual
from tests.powercuts.explorer import Lost, WritePath
from tests.powercuts.ledger import Ledger, Note

_FILE: Final = "station-K1.sqlite"
_PAGE: Final = 4096
_OWN: Final = ("visit", "job", "outbox")
_EVENTS: Final = "events"
"""How many there were before the damage."""


# --- A rescue ------------------------------------------------------------------------------------


def _prepare_damaged(folder: Path) -> None:
    """A busy station, one page of whose copy is not what was written."""
    usual.prepare_busy(folder)
    path = folder / _FILE
    with closing(sqlite3.connect(path)) as looking:
        (folder / _EVENTS).write_text(str(_count(looking, "outbox")))
        root = looking.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ticket'")
        page = int(root.fetchone()[0])
    with path.open("r+b") as file:
        file.seek((page - 1) * _PAGE)
        file.write(bytes(range(256)) * (_PAGE // 256))


def _rescue(folder: Path, ledger: Ledger, _rounds: int) -> None:
    database, rescued = open_sound(folder / _FILE)
    assert rescued is not None
    ledger.note(rows={table: rescued.rows[table] for table in _OWN})
    ledger.close()
    database.close()


def _check_rescue(folder: Path, _told: Sequence[Note], _under_way: Note | None) -> None:
    """The next start has all that was the station's own, whether it begins again or goes on."""
    database, _ = open_sound(folder / _FILE)
    with closing(database), database.read() as tx:
        missing = [table for table in _OWN if not _count(tx, table)]
        kept = _count(tx, "outbox")
    if missing or str(kept) != (folder / _EVENTS).read_text():
        raise Lost(f"what only the station knew: {missing}, {kept} events")


def _count(tx: sqlite3.Connection, table: str) -> int:
    return int(tx.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


# --- A snapshot, part by part --------------------------------------------------------------------


def _snapshots(folder: Path, ledger: Ledger, rounds: int) -> None:
    house = usual.opened(folder, ledger)
    for number in range(rounds):
        for part in range(4):
            last = None if part == 3 else f"{part}"
            with house.database.write() as tx:
                if part == 0:
                    coming.drop(tx)
                coming.add(tx, _columns(number, part), _state(number, last))
        with house.database.write() as tx:
            coming.take_place(tx)
            copy.replace_all_but_tickets(tx, [], _state(number, None).state)
    usual.ended(house, ledger)


def _columns(number: int, part: int) -> TicketColumns:
    many = 40
    ids = [f"{number:04x}{part:04x}{one:04x}" for one in range(many)]
    return TicketColumns(
        ids=ids, numbers=["004821"] * many, names=["Оксана К."] * many,
        kinds=["permanent"] * many, states=["active"] * many, flags=[1] * many,
        valid_from=[739_000] * many, valid_until=[740_000] * many, registered_for=[2026] * many,
        credentials=[(0, "card", f"04{number:04X}{part:02X}")],
    )  # fmt: skip


def _state(cursor: int, last: str | None) -> Coming:
    return Coming(epoch=EPOCH, cursor=cursor, as_of=AT.isoformat(), seen=0, last=last)


# --- Time ----------------------------------------------------------------------------------------


def _times(folder: Path, ledger: Ledger, rounds: int) -> None:
    """Boots without a clock, readers meanwhile, and each time it is put right."""
    house = usual.opened(folder, ledger)
    for number in range(rounds):
        boot = f"boot {number}"
        with house.database.write() as tx:
            outbox.hold_untimed(tx, on=True)
        usual.come_and_go(house, 2)
        with house.database.write() as tx:
            _untime(tx, boot)
        with house.database.write() as tx:
            timing.put_right(tx, boot, house.moved.at - timedelta(seconds=2000))
            timing.keep(tx, house.moved.at, boot)
            outbox.hold_untimed(tx, on=False)
    usual.ended(house, ledger)


def _untime(tx: sqlite3.Connection, boot: str) -> None:
    """As if the last events were of a clock that nobody trusts."""
    rows = tx.execute("SELECT event_id, body FROM outbox ORDER BY place DESC LIMIT 6").fetchall()
    for row in rows:
        body = json.loads(row["body"]) | {"clock": ClockTrust.UNTRUSTED.value, "boot_id": boot}
        tx.execute(
            "UPDATE outbox SET body = ? WHERE event_id = ?", (json.dumps(body), row["event_id"])
        )


# --- The lane ------------------------------------------------------------------------------------


def _passages(folder: Path, ledger: Ledger, rounds: int) -> None:
    """Readers who pass, and those who do not."""
    house = make_house(folder, MovedClock(), has_lane=True)
    usual.noting(house, ledger)
    passages = Passages(house.premises)
    for number in range(rounds):
        came = usual.let_in(house, number)
        if came is None:
            continue
        if number % 3 == 0:
            passages.stayed_out(came, house.moved.at)
        if number % 3 < 2:
            passages.came_in(came, house.moved.at + timedelta(seconds=2))
        passages.alarm("tailgating", None, house.moved.at)
    usual.ended(house, ledger)


def _check(folder: Path, told: Sequence[Note], under_way: Note | None) -> None:
    usual.check_numbers(folder, told, under_way)
    with closing(Database(folder / _FILE)) as database, database.read() as tx:
        if not meta.number(tx, "incarnation"):
            raise Lost("who it is")


# --- Pairing -------------------------------------------------------------------------------------


class _Willing:
    """A server that takes every station; the token tells which key it was given for."""

    def __init__(self, *_address: object, **_how: object) -> None:
        pass

    def pair(self, query: PairQuery) -> PairAnswer:
        return PairAnswer(token=query.slip_public_key, slip_key_id="k1", epoch=EPOCH, keys=())

    def close(self) -> None:
        pass


def _pairings(folder: Path, ledger: Ledger, rounds: int) -> None:
    """Stations become known to their server, each in a folder of its own."""
    with patch.object(pairing, "ServerClient", _Willing):
        for number in range(rounds):
            pairing.pair(_station(folder, number), "code")
            ledger.note(paired=number)
    ledger.close()


def _check_pairings(folder: Path, told: Sequence[Note], _under_way: Note | None) -> None:
    """A station that was told to be paired is; one that was cut off can be paired once more."""
    for number in [note.told["paired"] for note in told]:
        config = _station(folder, number)
        if pairing.read_token(config.token_file) != _key(config):
            raise Lost(f"the token of station {number}, or its key")
    # A key that is there in half would never be another one.
    _key(_station(folder, len(told)))


def _key(config: KioskConfig) -> str:
    return pairing.own_key(config).public_raw.hex()


def _station(folder: Path, number: int) -> KioskConfig:
    own = folder / str(number)
    return KioskConfig.model_validate(
        {
            "station": "K1", "role": "exit", "production": False, "data_dir": own,
            "token_file": own / "token", "slip_key_file": own / "slip.key",
            "server": {"url": "http://127.0.0.1:9"},
            "devices": {"scanner": {"driver": "camera", "camera": {"driver": "simulator"}}},
        }
    )  # fmt: skip


PATHS: Final = {
    path.name: path
    for path in (
        WritePath(
            name="rescue", database=_FILE, prepare=_prepare_damaged, act=_rescue,
            check=_check_rescue, rounds=1, is_sound=False,
        ),
        WritePath(
            name="snapshot", database=_FILE, prepare=usual.prepare, act=_snapshots, check=_check,
            rounds=12,
        ),
        WritePath(
            name="time", database=_FILE, prepare=usual.prepare, act=_times, check=_check,
            rounds=20,
        ),
        WritePath(
            name="passage", database=_FILE, prepare=usual.prepare, act=_passages, check=_check,
            rounds=30,
        ),
        WritePath(
            name="pairing", database=_FILE, prepare=usual.prepare, act=_pairings,
            check=_check_pairings, rounds=40,
        ),
    )
}  # fmt: skip
