"""A server and stations in one process; the line between them and both machines fail on command.

Stores, services and use cases are the real ones. Only HTTP is left out: what crosses the line goes
through the same records as text.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TypeVar

from sqlalchemy import event as database_event
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.codes import SigningKey
from gate.events import (
    AuditHead,
    Changes,
    EventReceipts,
    FactsAnswer,
    FactsQuery,
    Part,
    Row,
    unpack,
)
from kiosk.departure import WayOut
from kiosk.entry import Entrance
from kiosk.journal import Journal
from kiosk.keys import Keys
from kiosk.knowledge import Knowledge, NothingKnown
from kiosk.premises import Premises
from kiosk.store import Database, copy, identity, outbox
from kiosk.sync.breaker import Asker, Breaker
from kiosk.sync.client import ServerAway, ServerClient, SnapshotHead
from kiosk.sync.follower import Follower
from kiosk.sync.link import Link
from kiosk.sync.uploader import Uploader
from server.database import Database as Centre
from server.database import open_database
from server.models import StationEvent
from server.services import facts, feed, settings, station_events, ticket_parts
from tests.kiosk.house import MovedClock

T = TypeVar("T")


class Fault(StrEnum):
    """What happens to one request."""

    NONE = "none"
    LOST = "lost"
    """It never arrives."""
    ANSWER_LOST = "answer_lost"
    """It is worked on, and the answer never comes."""
    SERVER_DIES = "server_dies"
    """The server ends before its commit."""


class PowerCut(BaseException):
    """The station goes dark, at once."""


class ServerDied(Exception):
    """The server ended in the middle of a transaction."""


class CutDatabase(Database):
    """A station's database in whose commits the power may go."""

    cut_in: int | None = None
    """The power goes with that write from now, the next one being 0."""
    cut_after: bool = False
    """After its commit, before anybody was told; otherwise before it."""

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """The same as ever, unless the power goes."""
        cuts = self.cut_in == 0
        if self.cut_in is not None:
            self.cut_in -= 1
        with super().write() as tx:
            yield tx
            if cuts and not self.cut_after:
                raise PowerCut
        if cuts:
            raise PowerCut

    def _connection(self) -> sqlite3.Connection:
        connection = super()._connection()
        # What a cut leaves on the disk is tried elsewhere, below SQLite.
        connection.execute("PRAGMA synchronous = OFF")
        return connection


class DyingCentre(Centre):
    """A server's database in whose commits the server may die."""

    dies = False

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """The same as ever, unless the server dies."""
        with super().writing() as session:
            yield session
            if self.dies:
                raise ServerDied


def open_centre(path: Path) -> DyingCentre:
    """A server's database that waits for no disk."""
    engine = open_database(f"sqlite:///{path}").engine
    database_event.listen(engine, "connect", _without_waiting)
    return DyingCentre(engine)


def _without_waiting(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


class Server:
    """The centre's database and what was backed up of it.

    The engine stays the same for all histories: it remembers what statements it compiled.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.database = open_centre(path)
        self.backups: list[Path] = []

    def begin(self, state: Path) -> None:
        """Begin anew with a copy of a database."""
        self.database.close()
        remove_database(self._path)
        shutil.copy(state, self._path)
        self.backups.clear()

    def back_up(self, to: Path) -> None:
        """Keep the present state."""
        copy_database(self._path, to)
        self.backups.append(to)

    def restore(self, backup: Path, at: datetime) -> None:
        """Go on with an older state, as another life of the database."""
        backups = list(self.backups)
        self.begin(backup)
        self.backups += backups
        with self.database.writing() as session:
            epoch = {"epoch": f"life {os.urandom(8).hex()}"}
            settings.put(session, epoch, actor="system", at=at)

    def event_ids(self) -> list[str]:
        """Ids of all events it has."""
        with self.database.reading() as session:
            return [str(one) for one in session.scalars(select(StationEvent.id))]

    def close(self) -> None:
        """End."""
        self.database.close()


class Line(ServerClient):
    """The station API without HTTP: each request meets the fault that is due."""

    def __init__(self, station: str, server: Server, moved: MovedClock) -> None:
        self._station = station
        self._server = server
        self._moved = moved
        self.faults: list[Fault] = []
        self.sent: list[list[str]] = []

    def send(self, events: Sequence[str], head: AuditHead | None = None) -> EventReceipts:
        """Deliver events."""
        del head
        batch = list(events)
        self.sent.append(batch)
        return self._through(lambda: self.deliver(batch), EventReceipts)

    def deliver(self, batch: Sequence[str]) -> EventReceipts:
        """Have a batch arrive, now or once more."""
        raw = [json.loads(one) for one in batch]
        return station_events.ingest(
            self._server.database, self._station, raw, at=self._moved.now()
        )

    def facts(self, query: FactsQuery, timeout_s: float) -> FactsAnswer:
        """Fresh facts."""
        del timeout_s
        at = self._moved.now()
        return self._through(lambda: facts.answer(self._server.database, query, at=at), FactsAnswer)

    def changes(self, after: int, epoch: str, wait_s: float) -> Changes:
        """Rows behind a cursor."""
        del wait_s
        at = self._moved.now()
        return self._through(
            lambda: feed.read(self._server.database, after, epoch=epoch, at=at), Changes
        )

    def tickets(self, after: str) -> Part:
        """A part of a snapshot."""
        database, at = self._server.database, self._moved.now()
        return unpack(self._meet(lambda: ticket_parts.read(database, after, at=at)))

    @contextmanager
    def snapshot(self, *, with_tickets: bool) -> Iterator[tuple[SnapshotHead, Iterator[Row]]]:
        """A snapshot as lines."""
        database, at = self._server.database, self._moved.now()
        lines = self._meet(
            lambda: b"".join(feed.snapshot(database, at=at, with_tickets=with_tickets))
        )
        with TemporaryFile() as spool:
            spool.write(lines)
            spool.seek(0)
            head = SnapshotHead.model_validate_json(spool.readline())
            yield head, (Row.model_validate_json(line) for line in spool)

    def _through(self, ask: Callable[[], Any], model: type[T]) -> T:
        answer = self._meet(ask)
        return model.model_validate_json(answer.model_dump_json())  # type: ignore[attr-defined,no-any-return]

    def _meet(self, ask: Callable[[], T]) -> T:
        fault = self.faults.pop(0) if self.faults else Fault.NONE
        if fault is Fault.LOST:
            raise ServerAway("lost")
        self._server.database.dies = fault is Fault.SERVER_DIES
        try:
            answer = ask()
        except ServerDied:
            raise ServerAway("the server died") from None
        finally:
            self._server.database.dies = False
        if fault in (Fault.ANSWER_LOST, Fault.SERVER_DIES):
            raise ServerAway("the answer was lost")
        return answer


class AtOnce(Asker):
    """Asks without threads: nothing here is slow."""

    def ask(self, call: Callable[[float], T]) -> T:
        """Call."""
        return call(0.4)


@dataclass
class Station:
    """One machine with its disk; it may go dark, come out of a backup, or have a twin."""

    code: str
    path: Path
    line: Line
    moved: MovedClock
    slip_key: SigningKey
    backups: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.boot()

    def boot(self) -> None:
        """Begin, as the program does."""
        self.database = CutDatabase(self.path)
        identity.begin(self.database, self.moved.now())
        link = Link(self.moved.now)
        asker = AtOnce(Breaker(self.moved.monotonic), 0.4)
        self.premises = Premises(
            station=self.code,
            database=self.database,
            knowledge=Knowledge(self.database, self.line, asker, self.moved.clock, self.code),
            keys=Keys(self.database),
            slip_key=self.slip_key,
            journal=Journal(self.moved.clock),
            clock=self.moved.clock,
        )
        self.uploader = Uploader(self.database, self.line, link, self.moved.now)
        self.follower = Follower(
            self.database, self.line, link, lambda _: self.premises.keys.changed(), wait_s=0
        )

    def act(self, act: Callable[[], object], cut: tuple[int, bool] | None) -> None:
        """Do something; where the power goes meanwhile, boot."""
        if cut is not None:
            self.database.cut_in, self.database.cut_after = cut
        try:
            act()
        except PowerCut:
            self.database.close()
            self.boot()
        except NothingKnown:
            pass
        self.database.cut_in = None

    def let_in(self, code: str) -> None:
        """Somebody shows a ticket at the way in."""
        Entrance(self.premises).scan(code.encode(), self.moved.now())

    def let_out(self, code: bytes) -> None:
        """Somebody shows a slip or a ticket at the way out."""
        WayOut(self.premises).scan(code, self.moved.now())

    def back_up(self) -> None:
        """Copy the card."""
        kept = self.path.with_suffix(f".backup-{len(self.backups)}")
        copy_database(self.path, kept)
        self.backups.append(kept)

    def restore(self, backup: Path) -> None:
        """Go on with an older card; what lies beside the database is of today."""
        self.database.close()
        remove_database(self.path)
        shutil.copy(backup, self.path)
        self.boot()

    def twin(self, path: Path, server: Server) -> Station:
        """The same card in another machine, both running."""
        copy_database(self.path, path)
        shutil.copy(self.path.with_suffix(".mark"), path.with_suffix(".mark"))
        line = Line(self.code, server, self.moved)
        return Station(self.code, path, line, self.moved, self.slip_key)

    def events(self) -> dict[str, str]:
        """Events that this station still has, by id, with their state."""
        with self.database.read() as tx:
            rows = tx.execute("SELECT event_id, state FROM outbox")
            return {row["event_id"]: row["state"] for row in rows}

    def stand(self) -> tuple[object, ...]:
        """How far its copy and its queue have come."""
        with self.database.read() as tx:
            known = copy.state(tx)
            where = None if known is None else (known.epoch, known.cursor, known.seen)
            return where, outbox.backlog(tx).queued

    def queued(self) -> int:
        """How many events wait."""
        with self.database.read() as tx:
            return outbox.backlog(tx).queued

    def close(self) -> None:
        """End."""
        self.database.close()


def copy_database(path: Path, to: Path) -> None:
    """A consistent copy of an open SQLite file."""
    remove_database(to)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def remove_database(path: Path) -> None:
    """Delete a SQLite file with what lies beside it."""
    for end in ("", "-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
