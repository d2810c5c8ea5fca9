"""The station's database: what is kept, what wins, who it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.events import (
    BanRecord,
    DepartmentCountRecord,
    EventReceipt,
    HelpCalled,
    Receipt,
    Row,
    RowTable,
    TicketRecord,
    VisitRecord,
)
from gate.facts import CredentialKind, SlipState, VisitState
from kiosk.entry import Entrance
from kiosk.journal import new_id
from kiosk.store import Database, copy, identity, meta, outbox, schema, tickets, visits
from kiosk.store.visits import OwnVisit
from tests.kiosk.house import AT, TICKET_ID, House, building, code_of, event, ticket

VISIT = VisitRecord(
    visit_id=new_id(AT),
    slip_number="K1-0001-AAAAA",
    state=VisitState.INSIDE,
    station="K1",
    opened_at=AT,
    ticket_id=TICKET_ID,
)


@pytest.fixture
def database(tmp_path: Path) -> Any:
    database = Database(tmp_path / "station.sqlite")
    yield database
    database.close()


# --- Transactions ----------------------------------------------------------------------------


def test_a_block_that_fails_leaves_nothing(database: Database) -> None:
    def fail_halfway() -> None:
        with database.write() as tx:
            meta.put(tx, "name", "value")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    with database.read() as tx:
        assert meta.get(tx, "name") is None


def test_a_commit_is_on_the_disk_before_it_returns(database: Database) -> None:
    with database.read() as tx:
        assert tx.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert tx.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_a_database_of_a_newer_program_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "station.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(schema.NewerDatabaseError):
        Database(path)


def test_a_migration_that_breaks_off_leaves_the_old_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "station.sqlite"
    Database(path).close()
    broken = "CREATE TABLE half (x); CREATE TABLE half (x);"
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, broken))
    with pytest.raises(sqlite3.OperationalError):
        Database(path)
    connection = sqlite3.connect(path)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert "half" not in tables
    assert connection.execute("PRAGMA user_version").fetchone()[0] == len(schema.STEPS) - 1
    connection.close()


# --- Identity --------------------------------------------------------------------------------


def test_a_station_that_starts_again_is_the_same(database: Database) -> None:
    first = identity.begin(database, AT)
    with database.write() as tx:
        assert identity.next_sequence(tx) == 1
    assert identity.begin(database, AT) == first
    with database.write() as tx:
        assert identity.next_sequence(tx) == 2


@pytest.mark.fault(16)
def test_a_database_out_of_a_backup_begins_a_new_incarnation(tmp_path: Path) -> None:
    path = tmp_path / "station.sqlite"
    database = Database(path)
    first = identity.begin(database, AT)
    database.close()
    backup = path.read_bytes()
    later = Database(path)
    identity.begin(later, AT)
    later.close()
    for extra in tmp_path.glob("station.sqlite-*"):
        extra.unlink()
    path.write_bytes(backup)
    restored = Database(path)
    second = identity.begin(restored, AT)
    assert second > first
    with restored.write() as tx:
        assert identity.next_sequence(tx) == 1
    restored.close()


@pytest.mark.fault(16)
def test_a_new_database_beside_the_mark_of_an_old_one_is_a_new_incarnation(
    tmp_path: Path,
) -> None:
    path = tmp_path / "station.sqlite"
    database = Database(path)
    first = identity.begin(database, AT)
    database.close()
    for file in tmp_path.glob("station.sqlite*"):
        file.unlink()
    fresh = Database(path)
    assert identity.begin(fresh, AT - timedelta(days=300)) > first
    fresh.close()


# --- The copy --------------------------------------------------------------------------------


def test_rows_and_cursor_change_together(house: House) -> None:
    with house.database.read() as tx:
        before = copy.state(tx)

    def breaks_off() -> Iterator[Row]:
        yield Row(table=RowTable.TICKET, key=TICKET_ID, value=None)
        raise ValueError("the rows broke off")

    with pytest.raises(ValueError, match="broke off"):
        house.take(breaks_off())
    with house.database.read() as tx:
        assert copy.state(tx) == before
        assert tickets.find(tx, TICKET_ID) is not None


@pytest.mark.fault(34)
@pytest.mark.parametrize(
    "told",
    [
        ticket(),
        ticket(
            valid_from=date(1, 1, 1), valid_until=date(9999, 12, 31), display_name=None,
            fee_paid=False, home_loans=False, slip_not_returned=True, overdue_loans=4,
            ban=BanRecord(since=AT), consent_missing_until=date(2030, 2, 28),
            document_to_renew_from=date(2024, 2, 29), agreement_until=date(2027, 1, 1),
        ),
    ],
)  # fmt: skip
def test_the_copy_of_an_older_version_serves_on(tmp_path: Path, told: TicketRecord) -> None:
    """An update while the server is away must not make every reader a stranger."""
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.executescript(f"{schema.STEPS[0]}PRAGMA user_version = 1;")
        old.execute("INSERT INTO ticket VALUES (?, ?)", (told.ticket_id, told.model_dump_json()))
    with closing(Database(path)) as database, database.read() as tx:
        assert tickets.find(tx, told.ticket_id) == told


def test_a_ticket_that_is_gone_takes_its_credentials_along(house: House) -> None:
    house.learn(ticket(credentials=((CredentialKind.CARD, "04AA"),)))
    house.take([Row(table=RowTable.TICKET, key=TICKET_ID, value=None)])
    with house.database.read() as tx:
        assert tickets.find(tx, TICKET_ID) is None
        assert tickets.find_by(tx, CredentialKind.CARD, "04AA") == ()


def test_a_card_that_was_unlinked_opens_nothing(house: House) -> None:
    house.learn(ticket(credentials=((CredentialKind.CARD, "04AA"),)))
    house.learn(ticket())
    with house.database.read() as tx:
        assert tickets.find_by(tx, CredentialKind.CARD, "04AA") == ()


def test_events_come_in_the_order_of_the_day(house: House) -> None:
    later = event(event_id="film", starts_at=AT + timedelta(hours=5))
    earlier = event(event_id="craft", starts_at=AT)
    house.learn(later, earlier)
    with house.database.read() as tx:
        assert [one.event_id for one in copy.events(tx)] == ["craft", "poetry", "film"]


# --- The outbox ------------------------------------------------------------------------------


def put_help(house: House) -> str:
    journal = house.premises.journal
    with house.database.write() as tx:
        event = HelpCalled(**journal.stamp(tx, house.moved.at))
        journal.write(tx, event)
    return str(event.id)


def answer(house: House, event_id: str, receipt: Receipt) -> None:
    with house.database.write() as tx:
        outbox.acknowledge(tx, [EventReceipt(id=event_id, receipt=receipt)], house.moved.at)


def test_events_wait_in_their_order_with_running_numbers(house: House) -> None:
    ids = [put_help(house) for _ in range(3)]
    told = house.told()
    assert [str(event.id) for event in told] == ids
    assert [event.sequence for event in told] == [1, 2, 3]


def test_an_event_that_cannot_be_processed_is_set_aside_and_kept(house: House) -> None:
    bad, good = put_help(house), put_help(house)
    answer(house, bad, Receipt.UNPROCESSABLE)
    assert [str(event.id) for event in house.told()] == [good]
    with house.database.read() as tx:
        assert outbox.backlog(tx).set_aside == 1
        assert tx.execute("SELECT count(*) FROM outbox").fetchone()[0] == 2


def test_the_queue_tells_its_length_and_age(house: House) -> None:
    put_help(house)
    house.moved.forward(timedelta(hours=1))
    put_help(house)
    with house.database.read() as tx:
        backlog = outbox.backlog(tx)
    assert (backlog.queued, backlog.oldest_at) == (2, AT)


def test_what_was_delivered_stays_for_a_week_and_is_sent_again_on_demand(house: House) -> None:
    answer(house, put_help(house), Receipt.STORED)
    with house.database.write() as tx:
        assert outbox.forget(tx, AT - timedelta(days=7)) == 0
        assert outbox.send_again(tx) == 1
    assert len(house.told()) == 1
    house.acknowledge()
    with house.database.write() as tx:
        assert outbox.forget(tx, AT + timedelta(seconds=1)) == 1


def test_what_waits_is_never_forgotten(house: House) -> None:
    put_help(house)
    with house.database.write() as tx:
        assert outbox.forget(tx, AT + timedelta(days=900)) == 0


# --- Visits: this station's own events against the copy ----------------------------------------

STATES = st.sampled_from(list(VisitState))
OUT = (DepartmentCountRecord(department="5", count=2),)


def test_until_the_server_has_heard_of_it_a_visit_is_as_this_station_left_it() -> None:
    told = VISIT.model_copy(update={"state": VisitState.INSIDE, "reading_room": OUT})
    mine = VISIT.model_copy(update={"state": VisitState.CLOSED})
    known = visits.merged(OwnVisit(mine, None), told, seen=5)
    assert known is not None
    assert known.state is VisitState.CLOSED
    assert known.reading_room == OUT


def test_a_visit_that_the_copy_let_go_of_has_ended() -> None:
    known = visits.merged(OwnVisit(VISIT, 3), None, seen=3)
    assert known is not None
    assert (known.state, known.slip_state) == (VisitState.CLOSED, SlipState.CLOSED)


def test_an_acknowledgement_that_the_copy_has_not_seen_yet_does_not_count() -> None:
    known = visits.merged(OwnVisit(VISIT, 4), None, seen=3)
    assert known == VISIT


@given(mine=STATES, told=STATES, acknowledged=st.integers(0, 5), seen=st.integers(0, 5))
def test_the_state_of_a_visit_comes_from_whoever_knows_more(
    mine: VisitState, told: VisitState, acknowledged: int, seen: int
) -> None:
    own = OwnVisit(VISIT.model_copy(update={"state": mine}), acknowledged)
    known = visits.merged(own, VISIT.model_copy(update={"state": told}), seen)
    assert known is not None
    assert known.state is (mine if acknowledged > seen else told)


@given(state=STATES)
def test_a_duplicate_voids_the_slip_whoever_knows_more(state: VisitState) -> None:
    void = VISIT.model_copy(update={"slip_state": SlipState.VOID})
    own = OwnVisit(VISIT.model_copy(update={"state": state}), None)
    known = visits.merged(own, void, seen=0)
    assert known is not None
    assert known.slip_state is SlipState.VOID


def test_old_visits_are_forgotten_with_their_slips(house: House) -> None:
    visit = Entrance(house.premises).scan(code_of(ticket()), AT).visit
    assert visit is not None
    house.learn(VISIT.model_copy(update={"ticket_id": None}))
    with house.database.write() as tx:
        visits.evacuate(tx, 0, AT, building())
    late = AT + timedelta(days=8)
    with house.database.write() as tx:
        visits.forget(tx, late)
        assert visits.own(tx, str(visit.visit_id)) is not None, "the server has not heard of it"
    house.acknowledge()
    with house.database.write() as tx:
        visits.forget(tx, late)
        assert tx.execute("SELECT count(*) FROM visit").fetchone()[0] == 0
        assert tx.execute("SELECT count(*) FROM job").fetchone()[0] == 0


def test_people_of_another_day_are_not_counted_inside(build: Callable[..., House]) -> None:
    house = build()
    Entrance(house.premises).scan(code_of(ticket()), AT)
    with house.database.read() as tx:
        assert visits.persons_ahead(tx, 0, AT - timedelta(hours=10)).total() == 1
        assert visits.persons_ahead(tx, 0, AT + timedelta(hours=14)).total() == 0
