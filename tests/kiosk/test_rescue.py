"""A damaged database at start: set aside, made anew, what only the station knew rescued."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from kiosk.entry import Entrance
from kiosk.store import Database, copy, identity, jobs, meta, outbox, rescue
from kiosk.store.database import suspect_mark
from kiosk.store.rescue import open_sound
from tests.kiosk.house import AT, House, code_of, ticket

_PAGE = 4096
_READERS = 40
_LEAF_OF_INDEX, _LEAF_OF_TABLE = 10, 13


@pytest.fixture
def path(build: Callable[..., House]) -> Path:
    """The database of a station that stopped after a busy day without the server."""
    house = build()
    many = [ticket(ticket_id=f"a1b2c3d4e{n:03}", number=f"{n:06}") for n in range(_READERS)]
    house.learn(*many)
    for reader in many:
        house.moved.forward(timedelta(minutes=1))
        Entrance(house.premises).scan(code_of(reader), house.moved.at)
    house.database.close()
    return house.database.path


def damage(path: Path, page: int, content: bytes | None = None) -> None:
    with path.open("r+b") as file:
        file.seek(page * _PAGE)
        file.write(content or bytes(range(256)) * (_PAGE // 256))


def pages_of(path: Path, table: str) -> list[int]:
    """The pages of a table, in their order."""
    with closing(sqlite3.connect(path)) as looking:
        root = looking.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
        first = root.fetchone()[0]
    data = path.read_bytes()
    page = data[(first - 1) * _PAGE : first * _PAGE]
    if page[0] in (_LEAF_OF_INDEX, _LEAF_OF_TABLE):
        return [first - 1]
    cells = int.from_bytes(page[3:5], "big")
    places = [int.from_bytes(page[12 + 2 * n : 14 + 2 * n], "big") for n in range(cells)]
    return [int.from_bytes(page[place : place + 4], "big") - 1 for place in places]


def events(database: Database) -> list[str]:
    with database.read() as tx:
        return [one.event_id for one in outbox.batch(tx, 1000)]


def running(database: Database) -> int:
    with database.read() as tx:
        return meta.number(tx, "running_number")


@pytest.mark.fault(25)
def test_a_sound_database_is_opened_as_it_is(path: Path) -> None:
    database, rescued = open_sound(path)
    assert rescued is None
    assert len(events(database)) == _READERS
    database.close()


@pytest.mark.fault(25)
def test_a_damaged_queue_is_rescued_on_both_sides_of_the_damage(path: Path) -> None:
    leaves = pages_of(path, "outbox")
    damage(path, leaves[len(leaves) // 2])
    database, rescued = open_sound(path)
    assert rescued is not None
    assert rescued.aside.exists()
    saved = events(database)
    lost = _READERS - len(saved)
    assert 0 < lost <= 10, "what stood on one page"
    database.close()


@pytest.mark.fault(25)
def test_where_only_the_copy_is_damaged_all_that_was_the_stations_own_comes_along(
    path: Path,
) -> None:
    damage(path, pages_of(path, "ticket")[0])
    database, rescued = open_sound(path)
    assert rescued is not None
    assert len(events(database)) == _READERS
    with database.read() as tx:
        assert copy.state(tx) is None
        assert len(jobs.pending(tx)) == _READERS
    database.close()


@pytest.mark.fault(16, 25)
@pytest.mark.parametrize("is_beside", [True, False], ids=["file_beside", "alone"])
def test_after_a_rescue_no_number_is_given_again(path: Path, is_beside: bool) -> None:
    with closing(sqlite3.connect(path)) as before:
        old = dict(before.execute("SELECT name, value FROM meta").fetchall())
    damage(path, pages_of(path, "outbox")[0])
    if not is_beside:
        path.with_suffix(".mark").unlink()
    database, _ = open_sound(path)
    assert identity.begin(database, AT) > int(old["incarnation"])
    assert running(database) >= int(old["running_number"])
    database.close()


@pytest.mark.fault(25, 34)
def test_after_the_way_back_from_a_newer_release_all_that_was_the_stations_own_is_here(
    path: Path,
) -> None:
    """Its tables have another form; its rows of today's are read on."""
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("ALTER TABLE outbox ADD COLUMN route TEXT")
        newer.execute("DROP TABLE ticket")
        newer.execute("PRAGMA user_version = 99")
    database, rescued = open_sound(path)
    assert rescued is not None
    assert ".newer-" in rescued.aside.name
    assert len(events(database)) == _READERS
    with database.read() as tx:
        assert len(jobs.pending(tx)) == _READERS
        assert tx.execute("SELECT count(*) FROM visit").fetchone()[0] == _READERS
    database.close()
    assert open_sound(path)[1] is None


@pytest.mark.fault(25)
@pytest.mark.parametrize("left", [b"", b"no database at all" * 300, bytes(_PAGE)])
def test_a_file_that_is_no_database_any_more_is_set_aside(path: Path, left: bytes) -> None:
    path.write_bytes(left or path.read_bytes()[: 3 * _PAGE])
    for tail in ("-wal", "-shm"):
        path.with_name(path.name + tail).unlink(missing_ok=True)
    database, rescued = open_sound(path)
    assert rescued is not None
    identity.begin(database, AT)
    with database.write() as tx:
        copy.replace(tx, [], copy.CopyState(epoch="e", cursor=1, as_of=AT, seen=0))
    database.close()
    assert open_sound(path)[1] is None


@pytest.mark.fault(25)
@pytest.mark.parametrize("seed", range(24))
def test_whatever_page_is_damaged_the_station_starts(path: Path, seed: int) -> None:
    chance = Random(seed)
    page = chance.randrange(path.stat().st_size // _PAGE)
    damage(path, page, chance.randbytes(chance.choice((64, 900, _PAGE))))
    database, rescued = open_sound(path)
    identity.begin(database, AT)
    assert rescued is not None or len(events(database)) == _READERS
    database.close()
    with closing(sqlite3.connect(path)) as looking:
        assert looking.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


@pytest.mark.fault(25)
def test_damage_met_at_work_makes_the_next_start_look_at_everything(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A copy too large for the look that every start takes.
    monkeypatch.setattr(rescue, "_COPY_LOOK_S", -1.0)
    monkeypatch.setattr(rescue, "_STEPS", 1)
    damage(path, pages_of(path, "ticket")[0])
    database, rescued = open_sound(path)
    assert rescued is None
    with pytest.raises(sqlite3.DatabaseError), database.read() as tx:
        tx.execute("SELECT sum(length(number)) FROM ticket").fetchone()
    assert database.damaged.is_set()
    assert suspect_mark(path).exists()
    database.close()
    again, rescued = open_sound(path)
    assert rescued is not None
    assert not suspect_mark(path).exists()
    again.close()


# --- A disk without room ------------------------------------------------------------------------


@pytest.mark.fault(24)
def test_a_commit_that_failed_is_no_obstacle_to_the_next(house: House) -> None:
    before = len(house.told())
    with house.database.read() as tx:
        (pages,) = tx.execute("PRAGMA page_count").fetchone()
    connection = house.database._connection()
    connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    entrance = Entrance(house.premises)

    def go_on() -> None:
        for _ in range(200):
            entrance.scan(b"nobody's", house.moved.at)

    with pytest.raises(sqlite3.OperationalError):
        go_on()
    kept = len(house.told())
    connection.execute("PRAGMA max_page_count = 100000")
    entrance.scan(b"nobody's", house.moved.at)
    assert before <= kept == len(house.told()) - 1


@pytest.mark.fault(24)
def test_a_commit_that_was_refused_leaves_no_transaction_open(tmp_path: Path) -> None:
    database = Database(tmp_path / "station.sqlite")
    with database.write() as tx:
        tx.execute("CREATE TABLE one (id INTEGER PRIMARY KEY)")
        tx.execute("CREATE TABLE two (id REFERENCES one DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(sqlite3.IntegrityError), database.write() as tx:
        tx.execute("INSERT INTO two VALUES (1)")
    with database.write() as tx:
        tx.execute("INSERT INTO one VALUES (1)")
        assert tx.execute("SELECT count(*) FROM two").fetchone()[0] == 0
    database.close()


# --- Clones -------------------------------------------------------------------------------------


@pytest.mark.fault(16)
def test_a_cloned_card_is_another_life_with_other_numbers(tmp_path: Path) -> None:
    original = Database(tmp_path / "one" / "station.sqlite")
    first = identity.begin(original, AT, machine="a")
    with original.write() as tx:
        identity.next_running_number(tx)
    original.close()
    (tmp_path / "two").mkdir()
    for file in (tmp_path / "one").iterdir():
        (tmp_path / "two" / file.name).write_bytes(file.read_bytes())
    clone = Database(tmp_path / "two" / "station.sqlite")
    assert identity.begin(clone, AT, machine="b") > first
    with clone.write() as tx:
        assert identity.next_running_number(tx) > 900_000
    clone.close()


@pytest.mark.fault(16)
def test_a_restored_database_goes_on_above_every_number_it_ever_gave(tmp_path: Path) -> None:
    path = tmp_path / "station.sqlite"
    database = Database(path)
    identity.begin(database, AT)
    database.close()
    backup = path.read_bytes()
    later = Database(path)
    identity.begin(later, AT)
    for _ in range(3):
        with later.write() as tx:
            meta.put(tx, "running_number", str(meta.number(tx, "running_number") + 2_400))
        identity.keep_ahead(later)
    given = running(later)
    later.close()
    path.write_bytes(backup)
    restored = Database(path)
    identity.begin(restored, AT)
    assert running(restored) >= given
    restored.close()
