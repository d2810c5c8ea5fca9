"""Twenty lanes on one server: a rush of 500 through ten entrances, then everybody out again.

People of the rush come when they come, not when the one before is through: their moments are drawn
at random over the time of the rush, each door has its queue. By itself the rush lasts one minute
instead of fifteen; `--full` gives it its fifteen, and plays the rest of a day of 10,000 visits
after it, faster than life: four people walk at once and each waits for the word on their passage,
so that the server is asked no more than it answers (eight at once are no faster, only slower each).

Every station is whole but for its screen: its own store on the disk, the real decisions, facts
asked of the real server over HTTP, a lane with its keeper, everything told to the server after each
passage. They share one process and one machine with the server, so that the waits are longer than
they are in a library. In the rush all twenty wait for news as well (`bench.waiting`); after it they
don't: a day pressed into minutes wakes them as often as no day does. Each passage is accounted for
at the end: what the server knows must be what was walked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic, perf_counter
from typing import Final, TypeVar

from sqlalchemy import func, select

from bench.figure import Figure, percentile
from bench.libraries import Library, write
from bench.programs import free_port, serving
from bench.waiting import waiting
from gate.codes import SigningKey, new_signing_key
from gate.events import PairQuery
from gate.facts import VisitState
from hardware.contracts import Direction
from hardware.lane_simulator import Settings, SimulatedLane
from hardware.simulator_control import NotNow
from kiosk import slips
from kiosk.clock import Clock
from kiosk.conductor import Conductor
from kiosk.config import Role, ScreenSettings
from kiosk.front import Front
from kiosk.journal import Journal
from kiosk.keys import Keys
from kiosk.knowledge import Knowledge
from kiosk.messages import CodeScanned, Message
from kiosk.passages import LaneKeeper
from kiosk.premises import Premises
from kiosk.service import Hands
from kiosk.stage import Stage
from kiosk.store import Database, identity, jobs, outbox
from kiosk.sync.breaker import Asker, Breaker
from kiosk.sync.client import ServerClient
from kiosk.sync.follower import Follower
from kiosk.sync.link import Link
from kiosk.sync.uploader import Uploader
from server.config import load
from server.database import open_database
from server.models import Conflict, LaneAlarm, StationEvent, StationRole, Visit
from server.services import stations

_LANES, _AT_ONCE = 20, 4
_RUSH, _DAY = 500, 10_000
_RUSH_S: Final = 900.0
_SEED: Final = 500
_OPENS_WITHIN_MS = 1000
_PATIENCE_S = 60.0
_NO_LIMIT: Final = "1000000000"

T = TypeVar("T")


@dataclass
class Door:
    """One station with a lane, driven by whoever walks through it."""

    code: str
    database: Database
    conductor: Conductor
    keeper: LaneKeeper
    lane: SimulatedLane
    uploader: Uploader
    follower: Follower
    said: list[Message] = field(default_factory=list)
    again: int = 0
    """How often a code had to be shown once more."""

    def go_through(self, code: bytes, way: Direction) -> float:
        """Show a code and walk; milliseconds from the first scan to the open lane.

        Who is sent to the desk, because the server was silent and the copy too old to tell, shows
        the code again as the desk would ask.
        """
        started_s = perf_counter()
        while True:
            self.conductor.handle(CodeScanned(code, datetime.now(UTC)))
            opened_ms = (perf_counter() - started_s) * 1000
            try:
                self.lane.walk(way)
            except NotNow:
                self.again += 1
                if opened_ms > _PATIENCE_S * 1000:
                    raise
                self.follower.step()
            else:
                self._wait_for_word()
                return opened_ms

    def _wait_for_word(self) -> None:
        """Until the lane's word on this passage has been kept."""
        ends_s, pause = monotonic() + _PATIENCE_S, Event()
        while not any(getattr(one, "passage", None) for one in self.said):
            if monotonic() > ends_s:
                raise RuntimeError(f"{self.code}: nobody told of the passage")
            pause.wait(0.001)
        while self.said:
            self.conductor.handle(self.said.pop(0))

    def deliver(self) -> None:
        """Send everything that waits."""
        while True:
            with self.database.read() as tx:
                if not outbox.batch(tx, 1):
                    return
            self.uploader.step()

    def last_slip(self) -> bytes:
        """The code of the slip printed last."""
        with self.database.read() as tx:
            job = jobs.pending(tx)[-1]
        return slips.read(job.content).content.code.encode()


def figures(*, full: bool = False) -> Iterator[Figure]:
    """The rush; with `full` at its own pace, and the rest of the day after it."""
    visits = _DAY if full else _RUSH
    with open_lanes() as (library, doors, news):
        with news:
            came = rush(doors, library.codes, visits, rush_s=_RUSH_S if full else _RUSH_S / 15)
        yield _opens_in_time("rush", [one.opened_ms for one in came])
        yield Figure("lanes rush longest queue", max(one.queued_s for one in came), "s")
        day = rest_of_day(doors, library.codes, visits, came)
        yield _opens_in_time("entry", day.entries)
        yield _opens_in_time("exit", day.exits)
        yield Figure("lanes codes shown again", sum(door.again for door in doors), "times")
        yield Figure("lanes visits", visits, "visits")
        yield Figure("lanes passages lost", lost(library, visits), "passages", at_most=0)


def _opens_in_time(name: str, waits: Sequence[float]) -> Figure:
    p99 = percentile(waits, 99)
    return Figure(f"lanes {name} scan to open p99", p99, "ms", at_most=_OPENS_WITHIN_MS)


@contextmanager
def open_lanes() -> Iterator[tuple[Library, Sequence[Door], AbstractContextManager[None]]]:
    """A server with twenty stations, ten ways in before ten ways out, and their wait for news."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        library = write(folder, 2000)
        tokens = _join(library)
        port = free_port()
        command = ["-m", "lystok", "--config", str(library.config), "server", "run"]
        settings = {
            "LYSTOK_SERVER__PORT": str(port), "LYSTOK_SERVER__STRANGE_CODES_PER_MINUTE": _NO_LIMIT,
        }  # fmt: skip
        stack.enter_context(serving(command, port, **settings))
        doors = [_door(stack, folder, port, code, *one) for code, one in tokens.items()]
        yield library, doors, waiting(port, [token for token, *_ in tokens.values()])


@dataclass(frozen=True, slots=True)
class Came:
    """One of the rush."""

    opened_ms: float
    queued_s: float
    """Between coming and scanning: the ones before were not through yet."""
    slip: bytes


@dataclass
class Day:
    """Milliseconds from a scan to the open lane, of all but those who came in the rush."""

    entries: list[float] = field(default_factory=list)
    exits: list[float] = field(default_factory=list)


def rest_of_day(
    doors: Sequence[Door], codes: Sequence[str], visits: int, rushed: Sequence[Came]
) -> Day:
    """Out again, and in and out in waves, until all visits are over."""
    ins, outs = _ways(doors)
    day, leaving = Day(), [one.slip for one in rushed]
    while True:
        with ThreadPoolExecutor(_AT_ONCE) as people:
            day.exits += [t for took in people.map(_go_out, *_shared(outs, leaving)) for t in took]
            left = visits - len(day.exits)
            if left == 0:
                break
            came = list(people.map(_come_in, *_shared(ins, codes[:left])))
        day.entries += [taken for took, _ in came for taken in took]
        leaving = [slip for _, printed_there in came for slip in printed_there]
    day.entries = day.entries or [one.opened_ms for one in rushed]
    return day


def _ways(doors: Sequence[Door]) -> tuple[Sequence[Door], Sequence[Door]]:
    """The ways in and the ways out."""
    return doors[: _LANES // 2], doors[_LANES // 2 :]


def rush(doors: Sequence[Door], codes: Sequence[str], visits: int, rush_s: float) -> list[Came]:
    """At most 500 people, everybody at their own moment, each door one after the other."""
    ins, _ = _ways(doors)
    codes = codes[: min(_RUSH, visits)]
    chance = Random(_SEED)
    moments = sorted(chance.uniform(0, rush_s) for _ in codes)
    begins_s = monotonic()
    shares = _shared(ins, list(zip(moments, codes, strict=True)))
    with ThreadPoolExecutor(len(ins)) as people:
        came = people.map(lambda door, share: _queue(door, share, begins_s), *shares)
        return [one for share in came for one in share]


def _queue(door: Door, share: Sequence[tuple[float, str]], begins_s: float) -> list[Came]:
    came, pause = [], Event()
    for moment_s, code in share:
        pause.wait(max(0.0, begins_s + moment_s - monotonic()))
        queued_s = monotonic() - begins_s - moment_s
        opened_ms = door.go_through(code.encode(), Direction.IN)
        came.append(Came(opened_ms, queued_s, door.last_slip()))
        door.deliver()
    return came


def _shared(doors: Sequence[Door], things: Sequence[T]) -> tuple[Sequence[Door], list[list[T]]]:
    """Who goes through which door."""
    return doors, [list(things[number :: len(doors)]) for number in range(len(doors))]


def _come_in(door: Door, codes: list[str]) -> tuple[list[float], list[bytes]]:
    took, printed = [], []
    for code in codes:
        took.append(door.go_through(code.encode(), Direction.IN))
        printed.append(door.last_slip())
        door.deliver()
    return took, printed


def _go_out(door: Door, printed: list[bytes]) -> list[float]:
    took = []
    for slip in printed:
        took.append(door.go_through(slip, Direction.OUT))
        door.deliver()
    return took


def lost(library: Library, visits: int) -> int:
    """Passages that the server does not know as they were walked, and anything odd."""
    over = select(func.count()).where(
        Visit.state == VisitState.CLOSED, Visit.exit_station_code.like("X%"), Visit.handed_in
    )
    odd = (select(func.count()).select_from(table) for table in (Conflict, LaneAlarm))
    database = open_database(load(library.config, {}).database.url)
    try:
        with database.reading() as session:
            told = dict(
                session.execute(
                    select(StationEvent.kind, func.count()).group_by(StationEvent.kind)
                ).all()
            )
            missing = [visits - told.get(kind, 0) for kind in ("passed", "exited")]
            missing.append(visits - (session.scalar(over) or 0))
            strange = sum(session.scalar(query) or 0 for query in odd)
    finally:
        database.close()
    return sum(map(abs, missing)) + strange


def _join(library: Library) -> dict[str, tuple[str, SigningKey, Role]]:
    now = datetime.now(UTC)
    database = open_database(load(library.config, {}).database.url)
    joined = {}
    for number in range(_LANES):
        way_in = number < _LANES // 2
        code = f"{'I' if way_in else 'X'}{number % (_LANES // 2)}"
        key = new_signing_key(os.urandom(32))
        role = StationRole.ENTRANCE if way_in else StationRole.EXIT
        stations.register(
            database, code, name=code, role=role, has_lane=True, actor="system", at=now
        )
        secret = stations.new_pairing_code(
            database, code, staff_id=None, at=now, entropy=os.urandom
        )
        query = PairQuery(code=secret, station=code, slip_public_key=key.public_raw.hex())
        token = stations.pair(database, query, at=now, entropy=os.urandom).token
        joined[code] = (token, key, Role.ENTRANCE if way_in else Role.EXIT)
    database.close()
    return joined


def _door(
    stack: ExitStack, folder: Path, port: int, code: str, token: str, key: SigningKey, role: Role
) -> Door:
    clock = Clock(now=lambda: datetime.now(UTC))
    database = Database(folder / f"station-{code}.sqlite")
    stack.callback(database.close)
    identity.begin(database, clock.now())
    client = ServerClient(f"http://127.0.0.1:{port}", token)
    stack.callback(client.close)
    breaker = Breaker(clock.monotonic)
    link = Link(clock.now, breaker.succeeded)
    premises = Premises(
        station=code, database=database,
        knowledge=Knowledge(database, client, Asker(breaker, 2.0), clock, code),
        keys=Keys(database), slip_key=key, journal=Journal(clock), clock=clock, has_lane=True,
    )  # fmt: skip
    follower = Follower(database, client, link, lambda _: premises.keys.changed(), 1)
    follower.step()
    front = Front(database, role, clock, lambda: True, station=code, has_cards=False, has_lane=True)
    stage = Stage(front.home(), ScreenSettings(), "uk", clock.monotonic)
    hands, said = Hands(), list[Message]()
    lane = SimulatedLane(Settings(driver="simulator"), clock.now)
    hands.lane = LaneKeeper(lane, clock.now, said.append)
    hands.lane.start()
    stack.callback(hands.lane.stop)
    conductor = Conductor(premises, stage, front, hands, lambda: None)
    uploader = Uploader(database, client, link, clock.now)
    return Door(code, database, conductor, hands.lane, lane, uploader, follower, said)
