"""A way in and a way out with lanes, on the town's real server, over real HTTP."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from werkzeug.serving import make_server

from demo.wire import Wire
from gate.events import RowTable, SlipJobState
from gate.facts import LoanPlace
from gate.passage import LaneAction
from hardware.contracts import Direction
from hardware.lane_simulator import Settings as LaneSettings
from hardware.lane_simulator import SimulatedLane
from kiosk import slips
from kiosk.config import Role
from kiosk.entry import NOTHING, Brought
from kiosk.knowledge import Knowledge
from kiosk.messages import CopyChanged
from kiosk.store import copy, jobs, outbox
from kiosk.store.jobs import Job
from kiosk.sync.breaker import Asker
from kiosk.sync.client import ServerClient
from kiosk.sync.follower import Follower
from kiosk.sync.link import Link
from kiosk.sync.uploader import Uploader
from server.app import create_app
from server.config import ServerConfig
from server.database import open_database
from server.migrations import upgrade
from server.models import Station, StationEvent, Visit
from server.services import lending
from tests.kiosk.counter import Counter, make_counter
from tests.kiosk.house import MovedClock, make_house
from tests.kiosk.test_lane import wait_for
from tests.server.centre.town import NOON, Town, settle


@dataclass
class Door:
    """A station with a lane, and its line to the server."""

    counter: Counter
    lane: SimulatedLane
    uploader: Uploader
    follower: Follower

    def deliver(self) -> None:
        """Send everything that waits, if the server is in reach."""
        for _ in range(20):
            with self.counter.house.database.read() as tx:
                if not outbox.batch(tx, 1):
                    return
            self.uploader.step()

    def follow(self) -> None:
        """Hear what the server tells."""
        before = -1
        while before != self._cursor():
            before = self._cursor()
            self.follower.step()
        self.counter.conductor.handle(CopyChanged(frozenset(RowTable)))
        self.counter.lane_reports()

    def _cursor(self) -> int:
        with self.counter.house.database.read() as tx:
            known = copy.state(tx)
        return 0 if known is None else known.cursor

    def show(self, code: bytes) -> None:
        """Hold a code to the scanner, as long after the last one as it takes."""
        self.counter.house.moved.forward(timedelta(seconds=10))
        self.counter.show(code)

    def walk(self, way: Direction) -> None:
        """Go through and have it told."""
        said = self.counter.lane_said
        self.lane.walk(way)
        # That the lane was taken into service may still wait to be heard, and is no passage.
        assert wait_for(lambda: any(isinstance(one, LaneAction) for one in said))
        self.counter.lane_reports()
        self.deliver()

    def last_slip(self) -> bytes:
        """The code of the slip that is to be printed last."""
        with self.counter.house.database.read() as tx:
            job = jobs.pending(tx)[-1]
        return slips.read(job.content).content.code.encode()

    def print_slip(self) -> Job:
        """The slip that is to be printed last comes out."""
        with self.counter.house.database.write() as tx:
            job = jobs.pending(tx)[-1]
            jobs.move(tx, job.job_id, SlipJobState.PRINTED)
        return job

    @property
    def bars(self) -> str:
        return str(self.lane.state()["bars"])


@dataclass(frozen=True)
class Reader:
    """Somebody who came in."""

    ticket: str
    ticket_code: bytes
    visit_id: UUID
    slip: bytes
    slip_number: str


@dataclass
class Ways:
    """The town with one way in and one way out."""

    town: Town
    moved: MovedClock
    entrance: Door
    exit: Door
    cable: Wire

    def come_in(self, brought: Brought = NOTHING, ticket: str | None = None) -> Reader:
        """A reader walks in, slip in hand; the server knows it, the way out has heard of it."""
        ticket = ticket or self.town.ticket()
        code = self.town.code(ticket).encode()
        if brought is not NOTHING:
            self._declare(brought)
        self.entrance.show(code)
        self.entrance.walk(Direction.IN)
        job = self.entrance.print_slip()
        self.follow()
        printed = slips.read(job.content).content.code.encode()
        return Reader(ticket, code, job.visit_id, printed, job.slip_number)

    def _declare(self, brought: Brought) -> None:
        counter = self.entrance.counter
        counter.press("bring")
        for what, there in (("laptop", brought.laptop), ("folder", brought.folder)):
            if there:
                counter.press("belongings", what)
        for _ in range(brought.documents):
            counter.press("belongings", "documents+")
        counter.press("ready")

    def lend(
        self, reader: Reader, count: int, place: LoanPlace = LoanPlace.READING_ROOM
    ) -> list[str]:
        """Issue so many documents in department 5; answers their barcodes."""
        barcodes = [self.town.document() for _ in range(count)]
        for barcode in barcodes:
            lending.issue(
                self.town.database, reader.visit_id, barcode, place, desk=self.town.desk,
                at=self.moved.at,
            )  # fmt: skip
        self.follow()
        return barcodes

    def follow(self) -> None:
        """Both stations hear what the server tells."""
        self.entrance.follow()
        self.exit.follow()

    def visit(self, reader: Reader) -> Visit:
        """The visit as the server has it."""
        with self.town.database.reading() as session:
            return session.get_one(Visit, reader.visit_id)

    def told(self, kind: str) -> list[StationEvent]:
        """Events of a kind that the server was told, in their order."""
        query = select(StationEvent).where(StationEvent.kind == kind)
        with self.town.database.reading() as session:
            return list(session.scalars(query.order_by(StationEvent.at)))


@dataclass(frozen=True)
class Founded:
    """A town's database to be copied, and its people."""

    file: Path
    town: Town


def found(folder: Path) -> Founded:
    """The town whose K1 and E1 have lanes."""
    file = folder / "town.sqlite"
    with closing(open_database(f"sqlite:///{file}")) as database:
        upgrade(database)
        town = settle(database, folder / "keys")
        for code in ("K1", "E1"):
            town.change(Station, code, has_lane=True)
    return Founded(file, town)


@contextmanager
def open_ways(founded: Founded, folder: Path) -> Iterator[Ways]:
    """A copy of the town: its server runs, K1 and E1 have joined."""
    moved = MovedClock(NOON)
    url = f"sqlite:///{shutil.copy(founded.file, folder)}"
    with ExitStack() as stack:
        database = stack.enter_context(closing(open_database(url)))
        town = replace(founded.town, database=database)
        port = stack.enter_context(_serving(town, folder, moved))
        cable = stack.enter_context(Wire(port))
        made = {
            code: stack.enter_context(_door(folder, town, moved, code, cable.port, role))
            for code, role in (("K1", Role.ENTRANCE), ("E1", Role.EXIT))
        }
        yield Ways(town, moved, made["K1"], made["E1"], cable)


@contextmanager
def _serving(town: Town, folder: Path, moved: MovedClock) -> Iterator[int]:
    config = ServerConfig.model_validate(
        {"database": {"url": f"sqlite:///{folder / 'town.sqlite'}"},
         "keys": {"directory": town.keys_directory},
         "sessions": {"secret_file": folder / "session.secret"}}
    )  # fmt: skip
    (folder / "session.secret").write_text("0" * 64)
    app = create_app(config, database=town.database, now=moved.now)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.port
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def _door(
    folder: Path, town: Town, moved: MovedClock, code: str, port: int, role: Role
) -> Iterator[Door]:
    house = make_house(folder, moved, station=code, has_lane=True)
    client = ServerClient(f"http://127.0.0.1:{port}", town.tokens[code])
    asker = Asker(house.breaker, 5.0)
    house.premises = replace(
        house.premises,
        slip_key=town.slip_keys[code],
        knowledge=Knowledge(house.database, client, asker, moved.clock, code),
    )
    lane = SimulatedLane(LaneSettings(driver="simulator"), moved.now, moved.monotonic)
    link = Link(moved.now, house.breaker.succeeded)
    follower = Follower(house.database, client, link, _changed(house.premises.keys.changed), 0)
    follower.step()
    counter = make_counter(house, role, lane)
    door = Door(counter, lane, Uploader(house.database, client, link, moved.now), follower)
    yield door
    lane.close()
    if counter.hands.lane is not None:
        counter.hands.lane.stop()
    client.close()
    house.database.close()


def _changed(keys_changed: Callable[[], None]) -> Callable[[frozenset[RowTable]], None]:
    return lambda _: keys_changed()
