"""Histories of two stations, a server and three readers, in which everything may fail."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from gate.events import Row, RowTable
from gate.facts import OPEN_VISIT_STATES
from kiosk import slips
from kiosk.store import copy, jobs, tickets, visits
from server.migrations import upgrade
from server.models import StationEvent, Ticket, Visit
from server.services import changes, feed, station_events
from tests.histories.world import (
    Fault,
    Line,
    Server,
    Station,
    copy_database,
    open_centre,
)
from tests.kiosk.house import MovedClock
from tests.server.centre.town import NOON, Town, settle

_STEPS = 25
_numbers = count(1)

faults = st.lists(st.sampled_from([Fault.NONE, *Fault]), max_size=3)
cuts = st.none() | st.tuples(st.integers(0, 2), st.booleans())
places = st.integers(0, 7)


@dataclass
class Land:
    """A library with three readers, in a folder that no disk slows down."""

    folder: Path
    town: Town
    codes: list[str]
    server: Server
    again: Server

    @property
    def morning(self) -> Path:
        """The database as every history begins with it."""
        return self.folder / "morning.sqlite"


@contextmanager
def settled_land() -> Iterator[Land]:
    """Found the library."""
    shared = Path("/dev/shm")  # noqa: S108 - only for speed, and only where it is
    folder = Path(tempfile.mkdtemp(prefix="lystok-", dir=shared if shared.is_dir() else None))
    database = open_centre(folder / "founding.sqlite")
    upgrade(database)
    town = settle(database, folder / "keys")
    codes = [town.code(town.ticket()) for _ in range(3)]
    database.close()
    servers = [Server(folder / f"{name}.sqlite") for name in ("server", "again")]
    land = Land(folder, town, codes, *servers)
    copy_database(folder / "founding.sqlite", land.morning)
    try:
        yield land
    finally:
        for server in servers:
            server.close()
        shutil.rmtree(folder)


class Histories(RuleBasedStateMachine):
    """Two stations, a server, three readers, and everything that may go wrong."""

    land: Land
    count = 0

    @initialize()
    def begin(self) -> None:
        """A morning on which everything works."""
        type(self).count += 1
        land = self.land
        self.codes, self.server = land.codes, land.server
        self.folder = land.folder / f"history-{next(_numbers)}"
        self.folder.mkdir()
        self.moved = MovedClock(NOON)
        self.server.begin(land.morning)
        self.stations = [
            Station(
                code, self.folder / f"{code}.sqlite", Line(code, self.server, self.moved),
                self.moved, land.town.slip_keys[code],
            )
            for code in ("K1", "E1")
        ]  # fmt: skip
        self.must: set[str] = set()
        """Events that happened and that nothing that fails may lose."""
        for station in self.stations:
            station.follower.step()

    def teardown(self) -> None:
        if not hasattr(self, "server"):
            return
        try:
            self._heal()
            self._compare()
        finally:
            for station in self.stations:
                station.close()
            shutil.rmtree(self.folder)

    # --- What happens ----------------------------------------------------------------------

    @rule(place=places, reader=st.integers(0, 2), away=st.booleans(), cut=cuts)
    def somebody_comes(
        self, place: int, reader: int, away: bool, cut: tuple[int, bool] | None
    ) -> None:
        """A ticket at the way in; the facts may come from the server or from the copy."""
        station = self._station(place)
        station.line.faults = [Fault.LOST] if away else []
        station.act(lambda: station.let_in(self.codes[reader]), cut)
        self._noted(station)

    @rule(place=places, slip=places, away=st.booleans(), cut=cuts)
    def somebody_goes(
        self, place: int, slip: int, away: bool, cut: tuple[int, bool] | None
    ) -> None:
        """A slip of either station at the way out."""
        codes = [code for station in self.stations for code in _slips(station)]
        if codes:
            station = self._station(place)
            station.line.faults = [Fault.LOST] if away else []
            station.act(lambda: station.let_out(codes[slip % len(codes)]), cut)
            self._noted(station)

    @rule(reader=st.integers(0, 2), lost=st.booleans())
    def staff_change_a_ticket(self, reader: int, lost: bool) -> None:
        """Something that stations must hear of."""
        with self.server.database.writing() as session:
            ids = sorted(session.scalars(select(Ticket.id)))
            ticket = session.get_one(Ticket, ids[reader])
            ticket.fee_paid = not lost
            changes.note_ticket(session, ticket.id)

    @rule(minutes=st.integers(1, 20))
    def time_passes(self, minutes: int) -> None:
        """All clocks go on."""
        self.moved.forward(timedelta(minutes=minutes))

    # --- The line ----------------------------------------------------------------------------

    @rule(place=places, faults=faults, cut=cuts)
    def a_station_delivers(
        self, place: int, faults: list[Fault], cut: tuple[int, bool] | None
    ) -> None:
        """One batch, whatever happens to it."""
        station = self._station(place)
        station.line.faults = list(faults)
        station.act(station.uploader.step, cut)

    @rule(place=places, faults=faults, cut=cuts)
    def a_station_asks(self, place: int, faults: list[Fault], cut: tuple[int, bool] | None) -> None:
        """One poll or one snapshot, whatever happens to it."""
        station = self._station(place)
        station.line.faults = list(faults)
        station.act(station.follower.step, cut)

    @rule(place=places, batch=places, reverse=st.booleans())
    def an_old_batch_arrives_again(self, place: int, batch: int, reverse: bool) -> None:
        """Late, and in another order."""
        line = self._station(place).line
        if line.sent:
            again = line.sent[batch % len(line.sent)]
            line.deliver(again[::-1] if reverse else again)

    # --- Machines ----------------------------------------------------------------------------

    @rule()
    def the_server_is_backed_up(self) -> None:
        """Nothing changes."""
        self.server.back_up(self.folder / f"server-{len(self.server.backups)}")

    @precondition(lambda self: self.server.backups)
    @rule(which=places)
    def the_server_comes_out_of_a_backup(self, which: int) -> None:
        """It knows less than before; stations still have what they told it."""
        backup = self.server.backups[which % len(self.server.backups)]
        self.server.restore(backup, self.moved.now())
        self._forgive()

    @rule(place=places)
    def a_card_is_copied(self, place: int) -> None:
        """Nothing changes."""
        self._station(place).back_up()

    @rule(place=places, which=places)
    def a_station_comes_out_of_a_backup(self, place: int, which: int) -> None:
        """What it had not told anybody since is gone with the old card."""
        station = self._station(place)
        if station.backups:
            station.restore(station.backups[which % len(station.backups)])
            self._forgive()

    @precondition(lambda self: len(self.stations) < 3)
    @rule(place=places)
    def a_card_runs_in_two_machines(self, place: int) -> None:
        """Nobody meant it; both go on under one name."""
        number = len(self.stations)
        path = self.folder / f"twin-{number}.sqlite"
        self.stations.append(self._station(place).twin(path, self.server))

    @rule(place=places)
    def a_station_restarts(self, place: int) -> None:
        """As after an update."""
        station = self._station(place)
        station.close()
        station.boot()

    # --- What must hold ----------------------------------------------------------------------

    @invariant()
    def nothing_that_was_acknowledged_is_lost(self) -> None:
        """What a station holds for delivered, the server has, unless it became another one."""
        if hasattr(self, "server"):
            missing = self.must - set(self.server.event_ids()) - self._kept()
            assert not missing, missing

    def _noted(self, station: Station) -> None:
        self.must |= set(station.events())

    def _kept(self) -> set[str]:
        return {one for station in self.stations for one in station.events()}

    def _forgive(self) -> None:
        """What neither a station nor the server has any more is gone with a disk."""
        self.must &= set(self.server.event_ids()) | self._kept()

    def _station(self, place: int) -> Station:
        return self.stations[place % len(self.stations)]

    # --- The end -----------------------------------------------------------------------------

    def _heal(self) -> None:
        """Everything works again, until nothing moves any more."""
        for _ in range(6):
            before = [station.stand() for station in self.stations]
            for station in self.stations:
                station.line.faults = []
                station.follower.step()
                while station.queued():
                    station.uploader.step()
            if before == [station.stand() for station in self.stations]:
                break
        for station in self.stations:
            assert station.follower.step() == 0

    def _compare(self) -> None:
        self._each_event_and_visit_once()
        self._all_copies_are_as_the_server()
        self._stations_and_server_agree_on_visits()
        self._any_order_would_have_led_here()

    def _each_event_and_visit_once(self) -> None:
        ids = self.server.event_ids()
        assert len(ids) == len(set(ids))
        assert self.must <= set(ids)
        with self.server.database.reading() as session:
            told = session.scalars(
                select(StationEvent.visit_id).where(
                    StationEvent.kind == "entry_decided",
                    StationEvent.payload["visit_state"].as_string().is_not(None),
                )
            )
            begun = {one for one in told if one is not None}
            assert set(session.scalars(select(Visit.id))) == begun
            slips_given = session.scalars(select(Visit.slip_number)).all()
        assert len(slips_given) == len(set(slips_given))

    def _all_copies_are_as_the_server(self) -> None:
        lines = b"".join(feed.snapshot(self.server.database, at=self.moved.now())).splitlines()
        rows = [Row.model_validate_json(line) for line in lines[1:]]
        there = {(row.table, row.key): row.value for row in rows}
        there[RowTable.BUILDING, "building"].pop("inside")  # type: ignore[union-attr]
        for station in self.stations:
            with station.database.read() as tx:
                assert _copied(tx, there) == there
                copied = {row["visit_id"] for row in tx.execute("SELECT * FROM copied_visit")}
            assert copied == {key for table, key in there if table is RowTable.VISIT}

    def _stations_and_server_agree_on_visits(self) -> None:
        with self.server.database.reading() as session:
            going_on = {
                str(key)
                for key in session.scalars(select(Visit.id).where(Visit.closed_at.is_(None)))
            }
        for station in self.stations:
            with station.database.read() as tx:
                state = copy.state(tx)
                assert state is not None
                for row in tx.execute("SELECT visit_id FROM visit").fetchall():
                    mine = visits.own(tx, row["visit_id"])
                    told = copy.visit(tx, row["visit_id"])
                    merged = visits.merged(mine, told, state.seen)
                    assert merged is not None
                    is_open = merged.state in OPEN_VISIT_STATES
                    assert is_open == (row["visit_id"] in going_on)

    def _any_order_would_have_led_here(self) -> None:
        """The same events, told anew in the order of their ids, lead to the same visits."""
        self.land.again.begin(self.land.morning)
        again = self.land.again.database
        with self.server.database.reading() as session:
            rows = session.scalars(select(StationEvent).order_by(StationEvent.id)).all()
            for station in sorted({row.station_code for row in rows}):
                batch = [row.payload for row in rows if row.station_code == station]
                station_events.ingest(again, station, batch, at=self.moved.now())
        assert _stories(again) == _stories(self.server.database)


def _slips(station: Station) -> list[bytes]:
    """The codes on the slips that a station gave."""
    with station.database.read() as tx:
        return [slips.read(job.content).content.code.encode() for job in jobs.pending(tx)]


def _copied(tx: Any, keys: Any) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for table, key in keys:
        if table is RowTable.TICKET:
            record: Any = tickets.find(tx, key)
        elif table is RowTable.VISIT:
            record = copy.visit(tx, key)
        elif table is RowTable.BUILDING:
            record = copy.building(tx)
        elif table is RowTable.KEY:
            record = next((one for one in copy.keys(tx) if one.key_id == key), None)
        else:
            record = copy.event(tx, key)
        found[table, key] = None if record is None else _told(record)
    return found


def _told(record: Any) -> Any:
    """A record as it is compared; those inside are counted for stations only where a limit is."""
    return record.model_dump(mode="json", exclude={"inside"})


def _stories(database: Any) -> dict[str, Any]:
    with database.reading() as session:
        return {
            str(visit.id): (visit.state, visit.closed_at, visit.handed_in, visit.ticket_id)
            for visit in session.scalars(select(Visit))
        }


def search(histories: int) -> int:
    """Try so many histories; answers how many began.

    Raises AssertionError with the shortest history that it found to fail.
    """
    with settled_land() as land:

        class OfThisLand(Histories):
            """They all begin there."""

        OfThisLand.land = land
        run_state_machine_as_test(
            OfThisLand,
            settings=settings(
                max_examples=histories,
                stateful_step_count=_STEPS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        return OfThisLand.count
