"""What it costs to keep a station up to date, and to bring home what it did alone.

Everything goes over real HTTP between the real programs' parts. Bytes on the wire are those that
the server sends to a caller that takes zstd; the columns of a part are also compressed each for
itself, so that names and loan counts can be told apart from what a decision needs.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any, Final

from backports import zstd
from sqlalchemy import select
from werkzeug.serving import make_server

from bench.figure import Figure, percentile
from bench.libraries import Library, write
from bench.programs import free_port, postgresql, serving
from gate.events import STATION_EVENT, PartHead, TicketColumns, uuid7
from kiosk.store import Database, coming, copy, identity, outbox, tickets
from kiosk.store.coming import Coming
from kiosk.sync.client import ServerClient
from kiosk.sync.follower import Follower
from kiosk.sync.link import Link
from kiosk.sync.uploader import Uploader
from server.app import create_app
from server.config import load
from server.database import open_database
from server.models import Ban, Ticket
from server.services import changes

_CORE: Final = {
    "id", "kind", "state", "flags", "valid_from", "term", "registered_for", "rest_at", "rest",
}  # fmt: skip
_NAMES: Final = {"name"}
_LOANS: Final = {"overdue_at", "overdue"}
_DIGEST_BYTES: Final = 32
_LOOK_UPS: Final = 4_000
_BANS: Final = 30
_STATIONS: Final = 3


def figures(*, full: bool = False) -> Iterator[Figure]:
    """A million tickets and a hundred thousand events only when asked for."""
    yield from _look_ups(1_000)
    if full:
        yield from _look_ups(1_000_000)
    yield from _snapshot(1_000_000 if full else 30_000)
    yield from _events(100_000 if full else 5_000)
    for kind in ("sqlite", "postgresql"):
        with ExitStack() as stack:
            yield from _ban(stack, kind)


def now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


# --- Look-ups --------------------------------------------------------------------------------


def _look_ups(count: int) -> Iterator[Figure]:
    with TemporaryDirectory(prefix="lystok-bench-") as folder:
        path = Path(folder) / "station.sqlite"
        with closing(Database(path)) as database, closing(sqlite3.connect(path)) as raw:
            ids = _fill(database, raw, count)
            raw.isolation_level = None
            ratios, ours = [], []
            for _ in range(9):
                some = [ids[secrets.randbelow(count)] for _ in range(_LOOK_UPS)]
                mine = _taken_us(partial(_ask_copy, database, some))
                peer = _taken_us(partial(_ask_raw, raw, some))
                ours.append(mine)
                ratios.append(mine / peer)
    yield Figure(f"copy look up among {count}", median(ours), "us")
    yield Figure(f"copy to raw look up among {count}", median(ratios), "times", at_most=3)


def _fill(database: Database, raw: sqlite3.Connection, count: int) -> list[str]:
    ids = [f"{number * 281_474_976 + 7:012x}" for number in range(count)]
    raw.execute("CREATE TABLE peer (id TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID")
    raw.executemany("INSERT INTO peer VALUES (?, ?)", ((one, "x" * 60) for one in ids))
    raw.commit()
    many = [1] * count
    columns = TicketColumns(
        ids=ids, numbers=["004821"] * count, names=["Оксана К."] * count,
        kinds=["permanent"] * count, states=["active"] * count, flags=many,
        valid_from=[739_000] * count, valid_until=[740_000] * count, registered_for=[2026] * count,
    )  # fmt: skip
    with database.write() as tx:
        now_coming = Coming(epoch="e", cursor=1, as_of=now().isoformat(), seen=0, last=None)
        coming.add(tx, columns, now_coming)
        coming.take_place(tx)
    return ids


def _ask_copy(database: Database, ids: list[str]) -> None:
    for one in ids:
        with database.read() as tx:
            if tickets.find(tx, one) is None:
                raise LookupError(one)


def _ask_raw(raw: sqlite3.Connection, ids: list[str]) -> None:
    """In a transaction each, as every look into the copy is."""
    for one in ids:
        raw.execute("BEGIN")
        if raw.execute("SELECT * FROM peer WHERE id = ?", (one,)).fetchone() is None:
            raise LookupError(one)
        raw.execute("ROLLBACK")


def _taken_us(act: Callable[[], None]) -> float:
    started_s = perf_counter()
    act()
    return (perf_counter() - started_s) / _LOOK_UPS * 1e6


# --- Snapshot --------------------------------------------------------------------------------


def _snapshot(count: int) -> Iterator[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="lystok-bench-")))
        library = write(folder / "library", count)
        port = stack.enter_context(_program(library))
        told = _taken(library, port, folder)
        if told["tickets"] < count:
            raise RuntimeError("not all tickets came")
        yield Figure(f"snapshot of {count} usable", told["taken_s"], "s", at_most=10)
        yield Figure(f"snapshot of {count} memory", told["grown_mb"], "MB", at_most=60)
        yield Figure(f"snapshot of {count} file", told["file_mb"], "MB")
        yield from _bytes(port, library.token, count)


def _taken(library: Library, port: int, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.taking", f"http://127.0.0.1:{port}", library.token]
    command.append(str(folder / "station.sqlite"))
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _bytes(port: int, token: str, count: int) -> Iterator[Figure]:
    wire, columns = 0, Counter[str]()
    last: str | None = ""
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as line:
        while last is not None:
            body = _part(line, token, last)
            wire += len(body)
            part = zstd.decompress(body)
            head_line, _, rest = part[:-_DIGEST_BYTES].partition(b"\n")
            head = PartHead.model_validate_json(head_line)
            at = 0
            for name, length in head.columns:
                columns[name] += len(zstd.compress(rest[at : at + length]))
                at += length
            last = head.last
    for about, names, limit in (
        ("core", _CORE, 24),
        ("names", _NAMES, None),
        ("loans", _LOANS, None),
    ):
        size = sum(columns[name] for name in names) / count
        yield Figure(f"snapshot {about} on the wire", size, "bytes_a_ticket", at_most=limit)
    yield Figure("snapshot all on the wire", wire / count, "bytes_a_ticket", at_most=24)


def _part(line: HTTPConnection, token: str, after: str) -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "zstd"}
    line.request("GET", f"/api/v1/tickets?after={after}", headers=headers)
    answer = line.getresponse()
    body = answer.read()
    # What is very small is not compressed.
    return body if answer.getheader("Content-Encoding") == "zstd" else zstd.compress(body)


# --- Events ----------------------------------------------------------------------------------


def _events(count: int) -> Iterator[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="lystok-bench-")))
        library = write(folder / "library", 1_000)
        port = stack.enter_context(_program(library))
        client = stack.enter_context(
            closing(ServerClient(f"http://127.0.0.1:{port}", library.token))
        )
        database = stack.enter_context(closing(Database(folder / "station.sqlite")))
        identity.begin(database, now())
        single = _singly(client, _story(library, 200, "S"))
        batched = _queued(database, client, _story(library, count, "B"))
        single = median((single, _singly(client, _story(library, 200, "T"))))
        yield Figure("events one a request", 1 / single, "a_second")
        yield Figure(f"events out of a queue of {count}", 1 / batched, "a_second")
        yield Figure("events queued to one a request", single / batched, "times", at_least=10)


def _singly(client: ServerClient, events: list[str]) -> float:
    started_s = perf_counter()
    for event in events:
        client.send([event])
    return (perf_counter() - started_s) / len(events)


def _queued(database: Database, client: ServerClient, events: list[str]) -> float:
    with database.write() as tx:
        for event in events:
            read = STATION_EVENT.validate_json(event)
            outbox.put(tx, read, str(getattr(read, "visit_id", "")) or None)
    uploader = Uploader(database, client, Link(now), now)
    started_s = perf_counter()
    while _waits(database):
        uploader.step()
    return (perf_counter() - started_s) / len(events)


def _waits(database: Database) -> bool:
    with database.read() as tx:
        return bool(outbox.batch(tx, 1))


def _story(library: Library, count: int, mark: str) -> list[str]:
    """What a station tells of visit after visit, a minute each, on days before today."""
    ids = _ticket_ids(library)
    events: list[str] = []
    while len(events) < count:
        number = len(events) // 5
        at = now() - timedelta(days=2 + number // 1_000, minutes=number % 1_000)
        visit = str(uuid7(at, os.urandom(10)))
        slip = f"R1-{mark}{number:06}"
        about = {"visit_id": visit, "slip_number": slip}
        decided = {
            **about, "verdict": "grant", "source": "copy", "facts_as_of": at.isoformat(),
            "ticket_id": ids[number % len(ids)],
        }  # fmt: skip
        out_at = at + timedelta(seconds=40)
        let_in = {**decided, "credential": "ticket_code", "visit_state": "inside"}
        for kind, when, more in (
            ("entry_decided", at, let_in),
            ("slip_job", at, {**about, "state": "printing"}),
            ("slip_job", at, {**about, "state": "printed"}),
            ("exit_decided", out_at, {**decided, "credential": "slip_code"}),
            ("exited", out_at, about),
        ):
            told = {
                "kind": kind, "id": str(uuid7(when, os.urandom(10))), "incarnation": 1,
                "sequence": len(events) + 1, "at": when.isoformat(), **more,
            }  # fmt: skip
            events.append(json.dumps(told))
    return events[:count]


def _ticket_ids(library: Library) -> list[str]:
    database = open_database(load(library.config, {}).database.url)
    with closing(database), database.reading() as session:
        return list(session.scalars(select(Ticket.id).where(Ticket.state == "active")))


@contextmanager
def _program(library: Library) -> Iterator[int]:
    port = free_port()
    command = ["-m", "lystok", "--config", str(library.config), "server", "run"]
    with serving(command, port, LYSTOK_SERVER__PORT=str(port)):
        yield port


# --- A ban -----------------------------------------------------------------------------------


def _ban(stack: ExitStack, kind: str) -> Iterator[Figure]:
    """From the commit of a ban to the slowest of the stations that wait for news."""
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="lystok-bench-")))
    url = stack.enter_context(postgresql()) if kind == "postgresql" else None
    library = write(folder / "library", 200, url)
    config = load(library.config, {})
    centre = stack.enter_context(closing(open_database(config.database.url)))
    # A line for each request tells nobody anything here.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, create_app(config, database=centre), threaded=True)
    stack.callback(server.shutdown)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stations = [
        _station(stack, folder / f"{number}.sqlite", server.server_port, library.token)
        for number in range(_STATIONS)
    ]
    # Those who wait are let go before the server ends.
    stack.callback(centre.commits.close)
    with centre.reading() as session:
        owners = session.execute(select(Ticket.id, Ticket.patron_id).limit(_BANS)).all()
    taken_s = []
    for ticket_id, patron_id in owners:
        with centre.writing() as session:
            session.add(Ban(patron_id=patron_id, since=now(), reason="noise"))
            changes.note_ticket(session, ticket_id)
        started_s = perf_counter()
        while not all(_is_banned(station, ticket_id) for station in stations):
            sleep(0.002)
        taken_s.append(perf_counter() - started_s)
    yield Figure(f"{kind} ban at every station p95", percentile(taken_s, 95), "s")
    yield Figure(f"{kind} ban at every station slowest", max(taken_s), "s", at_most=1)


def _station(stack: ExitStack, file: Path, port: int, token: str) -> Database:
    database = stack.enter_context(closing(Database(file)))
    client = stack.enter_context(closing(ServerClient(f"http://127.0.0.1:{port}", token)))
    ready = threading.Event()
    follower = Follower(database, client, Link(now), lambda _: ready.set(), wait_s=20)
    follower.loop.start()
    stack.callback(follower.loop.stop)
    ready.wait(30)
    return database


def _is_banned(station: Database, ticket_id: str) -> bool:
    with station.read() as tx:
        ticket = tickets.find(tx, ticket_id)
        return copy.state(tx) is not None and ticket is not None and ticket.ban is not None
