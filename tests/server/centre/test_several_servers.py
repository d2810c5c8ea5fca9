"""Two servers on two addresses over one PostgreSQL, behind a load balancer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import select

from gate.events import STATION_EVENT, Row, RowTable
from kiosk.store import Database, copy, identity, outbox, tickets
from kiosk.sync.client import ServerClient
from kiosk.sync.follower import Follower
from kiosk.sync.link import Link
from kiosk.sync.uploader import Uploader
from server.models import Ban, StationEvent, Visit
from server.services import changes, feed
from tests.server.centre.test_run import ask, free_port
from tests.server.centre.town import Town, entry, told
from tests.support.balancer import Balancer

pytestmark = pytest.mark.parametrize("town", ["postgresql"], indirect=True)

_SOON_S = 60.0
_VISITS = 120
ADDRESSES = ("127.0.0.1", "127.0.0.2")


def now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


class Program:
    """A real server on an address of its own, in a process group of its own."""

    def __init__(self, town: Town, folder: Path, host: str) -> None:
        self.address = (host, free_port())
        url = town.database.engine.url.render_as_string(hide_password=False)
        (folder / "session.secret").write_text("one secret for all servers")
        config = folder / f"{host}.toml"
        config.write_text(
            f'[server]\nhost = "{host}"\nport = {self.address[1]}\n[database]\nurl = "{url}"\n'
        )
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lystok", "--config", str(config), "server", "run"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            cwd=Path(__file__).parents[3],
            env={name: value for name, value in os.environ.items() if "LYSTOK" not in name},
        )  # fmt: skip

    def kill(self) -> None:
        """Pull its plug: nothing is finished, nothing is said."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_SOON_S)


class Station:
    """A station's store and its two loops, on the balancer's address."""

    def __init__(self, code: str, town: Town, folder: Path, url: str, down: ExitStack) -> None:
        self.database = down.enter_context(closing(Database(folder / f"{code}.sqlite")))
        identity.begin(self.database, now())
        client = down.enter_context(closing(ServerClient(url, town.tokens[code])))
        link = Link(now)
        self.uploader = Uploader(self.database, client, link, now)
        self.follower = Follower(self.database, client, link, lambda _: None, wait_s=1)
        for loop in (self.uploader.loop, self.follower.loop):
            down.callback(loop.stop)
        self.follower.loop.start()

    def happen(self, events: list[dict[str, object]]) -> None:
        """Events come into the outbox, each in a commit of its own, while others are sent."""
        for raw in events:
            event = STATION_EVENT.validate_json(json.dumps(raw))
            with self.database.write() as tx:
                outbox.put(tx, event)
            self.uploader.loop.wake()

    @property
    def queued(self) -> int:
        """Events that wait."""
        with self.database.read() as tx:
            return outbox.backlog(tx).queued

    def knows_ban(self, ticket: str) -> bool:
        """Whether the copy holds it."""
        with self.database.read() as tx:
            found = tickets.find(tx, ticket)
        return found is not None and found.ban is not None

    def copied(self) -> set[str]:
        """Open visits of the copy."""
        with self.database.read() as tx:
            return {row["visit_id"] for row in tx.execute("SELECT visit_id FROM copied_visit")}

    def has_copy(self) -> bool:
        """Whether there is one."""
        with self.database.read() as tx:
            return copy.state(tx) is not None


def until(holds: Callable[[], bool]) -> None:
    ends, pause = monotonic() + _SOON_S, threading.Event()
    while not holds():
        assert monotonic() < ends, "it never happened"
        pause.wait(0.02)


@pytest.fixture
def programs(town: Town, tmp_path: Path) -> Iterator[list[Program]]:
    running = [Program(town, tmp_path, host) for host in ADDRESSES]
    try:
        for program in running:
            until(lambda program=program: answers(program))  # type: ignore[misc]
        yield running
    finally:
        for program in running:
            program.kill()


def answers(program: Program) -> bool:
    try:
        return ask(program.address[1], "GET", "/readyz", host=program.address[0])[0] == 200
    except OSError:
        return False


def stories(code: str, ticket: str) -> list[dict[str, object]]:
    begin = datetime.now(UTC) - timedelta(hours=3)
    found = []
    for number in range(_VISITS):
        at = begin + timedelta(minutes=number)
        begun = entry(code, at=at, ticket_id=ticket)
        out = told(code, "exited", at=at + timedelta(seconds=30), visit_id=begun["visit_id"])
        found += [begun, out] if number < _VISITS - 1 else [begun]
    return found


@pytest.mark.fault(14, 22)
def test_a_server_killed_under_load_loses_nothing_and_no_station_stands_still(
    town: Town, programs: list[Program], tmp_path: Path
) -> None:
    readers = {code: town.ticket() for code in ("K1", "E1")}
    with ExitStack() as down:
        balancer = down.enter_context(Balancer([program.address for program in programs]))
        stations = {code: Station(code, town, tmp_path, balancer.url, down) for code in readers}
        for station in stations.values():
            station.uploader._size = 7
            station.uploader.loop.start()
            until(station.has_copy)
        told_by = {code: stories(code, ticket) for code, ticket in readers.items()}
        hands = [
            threading.Thread(target=stations[code].happen, args=(told_by[code],))
            for code in readers
        ]
        for hand in hands:
            hand.start()
        until(lambda: events_in(town) > _VISITS // 2)
        programs[0].kill()
        for hand in hands:
            hand.join(_SOON_S)
        until(lambda: all(station.queued == 0 for station in stations.values()))
        assert events_in(town) == sum(map(len, told_by.values()))
        with town.database.reading() as session:
            going_on = {
                str(one)
                for one in session.scalars(select(Visit.id).where(Visit.closed_at.is_(None)))
            }
            assert len(session.scalars(select(Visit.id)).all()) == 2 * _VISITS
        assert len(going_on) == 2
        until(lambda: all(station.copied() == going_on for station in stations.values()))
        assert {address for address, _ in balancer.given} == set(ADDRESSES)


def events_in(town: Town) -> int:
    with town.database.reading() as session:
        return len(session.scalars(select(StationEvent.id)).all())


@pytest.mark.threat(4)
def test_a_ban_set_at_one_server_reaches_stations_that_wait_at_the_other(
    town: Town, programs: list[Program], tmp_path: Path
) -> None:
    ticket = town.ticket()
    with ExitStack() as down:
        stations = [
            Station(code, town, tmp_path, f"http://{host}:{port}", down)
            for code, (host, port) in zip(
                ("K1", "E1"), (program.address for program in programs), strict=True
            )
        ]
        for station in stations:
            until(station.has_copy)
        with town.database.writing() as session:
            patron = town.owner(ticket)
            session.add(Ban(patron_id=patron, since=datetime.now(UTC), reason="noise"))
            changes.note_ticket(session, ticket)
        until(lambda: all(station.knows_ban(ticket) for station in stations))


def test_parts_of_one_snapshot_may_come_from_both(
    town: Town, programs: list[Program], tmp_path: Path
) -> None:
    expected = {town.ticket() for _ in range(5)}
    with ExitStack() as down:
        balancer = down.enter_context(Balancer([program.address for program in programs]))
        station = Station("K1", town, tmp_path, balancer.url, down)
        until(station.has_copy)
        with station.database.read() as tx:
            found = {row["ticket_id"] for row in tx.execute("SELECT ticket_id FROM ticket")}
    lines = b"".join(feed.snapshot(town.database, at=datetime.now(UTC))).splitlines()[1:]
    rows = [Row.model_validate_json(line) for line in lines]
    assert found == expected == {row.key for row in rows if row.table is RowTable.TICKET}
