"""A backup is made beside the work, checked by restoring it, and brought back whole."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import make_url

from gate.events import AuditHead, EventReceipts
from kiosk.entry import Entrance
from kiosk.store import copy, outbox
from kiosk.sync.link import Link
from kiosk.sync.uploader import Uploader
from server.backup import commands as backup_commands
from server.backup import dump, making, restoring, sealed, shelf
from server.backup.dump import CannotDump
from server.backup.restoring import BadBackup, InTheWay
from server.backup.schedule import Schedule
from server.backup.shelf import Backup, NoBackup
from server.commands import CannotDo, opened
from server.config import BackupSection, DatabaseSection, KeysSection, ServerConfig, SessionsSection
from server.database import Database, open_database
from server.models import (
    AuditRecord,
    AuditSeal,
    ChangesFloor,
    Patron,
    StaffSession,
    Station,
    StationEvent,
    Ticket,
)
from server.services import audit, changes, erasure, feed, settings, station_events
from tests.kiosk.house import AT, House, MovedClock, building, code_of, key_rows, make_house
from tests.kiosk.house import ticket as station_ticket
from tests.server.centre.conftest import postgres_town, sqlite_town, town
from tests.server.centre.town import NOON, Town

__all__ = ["postgres_town", "sqlite_town", "town"]

_SECRET = "a secret of the sessions\n"


@dataclass
class Centre:
    """A town with its configuration and a place for backups."""

    town: Town
    config: ServerConfig

    def backup(self, at: datetime = NOON) -> Backup:
        return making.make(self.config, at=at)

    def restore(
        self, backup: Backup, *, replace: bool = True, at: datetime = NOON + timedelta(days=2)
    ) -> restoring.Restored:
        """The town after the restore; what was open is opened again."""
        self.town.database.close()
        found = restoring.restore(self.config, backup, at=at, replace=replace)
        self.town.database = open_database(self.config.database.url)
        return found


@pytest.fixture
def centre(town: Town, tmp_path: Path) -> Iterator[Centre]:
    secret, passphrase = tmp_path / "session.secret", tmp_path / "passphrase"
    secret.write_text(_SECRET)
    passphrase.write_text("correct horse battery staple\n")
    shutil.copytree(town.keys_directory, tmp_path / "keys")
    town.keys_directory = tmp_path / "keys"
    config = ServerConfig(
        database=DatabaseSection(url=town.database.engine.url.render_as_string(False)),
        keys=KeysSection(directory=tmp_path / "keys"),
        sessions=SessionsSection(secret_file=secret),
        backup=BackupSection(directory=tmp_path / "backups", passphrase_file=passphrase),
    )
    centre = Centre(town, config)
    yield centre
    centre.town.database.close()


def names(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(Patron.surname)))


def epoch(database: Database) -> str:
    with database.reading() as session:
        return settings.read(session).epoch


def test_what_was_there_at_the_backup_is_there_after_the_restore(centre: Centre) -> None:
    centre.town.patron(surname="Раніше")
    before = epoch(centre.town.database)
    made = centre.backup()
    centre.town.patron(surname="Пізніше")
    found = centre.restore(made)
    assert "Раніше" in names(centre.town.database)
    assert "Пізніше" not in names(centre.town.database)
    assert found.counts["patron"] == made.manifest.counts["patron"]
    assert epoch(centre.town.database) != before


def test_a_backup_is_made_while_others_write(centre: Centre) -> None:
    stop, written = threading.Event(), [0]

    def write() -> None:
        while not stop.is_set():
            centre.town.patron(surname=f"Читач {written[0]}")
            written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [centre.backup(NOON + timedelta(seconds=n)) for n in range(3)]
    finally:
        stop.set()
        writer.join()
    assert written[0] > 0
    for one in made:
        restoring.verify(centre.config, one)


def test_nothing_that_is_in_the_way_is_overwritten_unasked(centre: Centre) -> None:
    made = centre.backup()
    centre.town.patron(surname="Пізніше")
    with pytest.raises(InTheWay):
        centre.restore(made, replace=False)
    centre.town.database = open_database(centre.config.database.url)
    assert "Пізніше" in names(centre.town.database)


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
def test_the_file_that_was_there_before_a_restore_is_set_aside(centre: Centre) -> None:
    made = centre.backup()
    centre.town.patron(surname="Пізніше")
    centre.restore(made)
    path = Path(make_url(centre.config.database.url).database or "")
    (aside,) = path.parent.glob(f"{path.name}.before-*")
    with closing(sqlite3.connect(aside)) as old:
        assert old.execute("SELECT 1 FROM patron WHERE surname = 'Пізніше'").fetchone()


@pytest.mark.parametrize("town", ["postgresql"], indirect=True)
def test_the_tables_that_were_there_before_a_restore_are_set_aside(centre: Centre) -> None:
    made = centre.backup()
    centre.town.patron(surname="Пізніше")
    aside = centre.restore(made).set_aside
    assert aside is not None
    command = ["pg_restore", "--file=-", "--data-only", "--table=patron", str(aside)]
    there = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Пізніше" in there
    assert "Пізніше" not in names(centre.town.database)
    assert [one.folder for one in shelf.backups(centre.config.backup.directory)] == [made.folder]


def works_on(database: Database) -> bool:
    """Whether what happens now is sealed and told to stations."""
    head = json.loads(next(iter(feed.snapshot(database, at=NOON))))
    with database.writing() as session:
        audit.record(session, at=NOON, actor="system", action="tried", about=("a", "b"))
        changes.note_building(session)
    told = feed.read(database, head["cursor"], epoch=head["epoch"], at=NOON)
    sealed_now = audit.seal(database, NOON)
    return len(told.rows) == 1 and sealed_now > 0 and audit.verify_chain(database).intact


@pytest.mark.parametrize("town", ["postgresql"], indirect=True)
def test_a_postgresql_made_anew_counts_from_the_beginning_and_nothing_stands_still(
    centre: Centre,
) -> None:
    town, ahead = centre.town, 10**9
    town.inside()
    audit.seal(town.database, NOON)
    with town.database.writing() as session:
        session.execute(update(AuditRecord).values(position=AuditRecord.position + ahead))
        session.execute(update(AuditSeal).values(up_to=AuditSeal.up_to + ahead))
        session.merge(ChangesFloor(id=1, position=ahead))
    centre.restore(centre.backup())
    assert works_on(centre.town.database)


def test_sessions_of_before_end_and_slip_numbers_of_before_stay_used(centre: Centre) -> None:
    with centre.town.database.writing() as session:
        session.add(
            StaffSession(
                token_hash="0" * 64, staff_id=1, created_at=NOON, last_seen_at=NOON,
                expires_at=NOON + timedelta(days=9), ended_at=None,
            )
        )  # fmt: skip
        reserved = session.get_one(Station, "R1").numbers_reserved
    centre.restore(centre.backup())
    with centre.town.database.reading() as session:
        assert session.get_one(StaffSession, "0" * 64).ended_at is not None
        assert session.get_one(Station, "R1").numbers_reserved > reserved + 1000


# --- Keys --------------------------------------------------------------------------------------


def test_keys_come_back_by_the_passphrase(centre: Centre) -> None:
    made = centre.backup()
    shutil.rmtree(centre.config.keys.directory)
    centre.config.sessions.secret_file.unlink()
    found = centre.restore(made)
    assert found.missing_keys == ()
    assert centre.config.sessions.secret_file.read_text() == _SECRET
    assert centre.town.check(centre.town.code(centre.town.ticket())).verdict == "grant"


def test_no_private_key_is_readable_in_a_backup(centre: Centre) -> None:
    made = centre.backup()
    private = [path.read_text().strip() for path in centre.config.keys.directory.glob("*.key")]
    held = b"".join(path.read_bytes() for path in made.folder.iterdir())
    assert private
    for key in private:
        assert key.encode() not in held
        assert bytes.fromhex(key) not in held


def test_another_passphrase_opens_nothing(centre: Centre) -> None:
    made = centre.backup()
    assert centre.config.backup.passphrase_file is not None
    centre.config.backup.passphrase_file.write_text("wrong")
    with pytest.raises(sealed.WrongPassphrase):
        restoring.verify(centre.config, made)


def test_a_check_tells_that_the_key_that_signs_is_nowhere(centre: Centre) -> None:
    centre.config = centre.config.model_copy(
        update={"backup": BackupSection(directory=centre.config.backup.directory)}
    )
    made = centre.backup()
    assert not made.has_keys
    assert restoring.verify(centre.config, made).missing_keys == ()
    shutil.rmtree(centre.config.keys.directory)
    assert len(restoring.verify(centre.config, made).missing_keys) == 1


# --- What is no backup -------------------------------------------------------------------------


def test_a_backup_that_was_cut_off_is_none(centre: Centre) -> None:
    made = centre.backup()
    (made.folder / shelf.MANIFEST).unlink()
    assert shelf.latest(centre.config.backup.directory) is None
    with pytest.raises(NoBackup):
        Backup(made.folder)


def test_a_changed_byte_is_found(centre: Centre) -> None:
    made = centre.backup()
    (path,) = made.folder.glob("database.*")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(NoBackup):
        restoring.verify(centre.config, made)


@pytest.mark.threat(16)
def test_a_check_finds_an_audit_log_that_was_edited(centre: Centre) -> None:
    audit.seal(centre.town.database, NOON)
    with centre.town.database.writing() as session:
        first = session.scalars(select(AuditRecord).order_by(AuditRecord.id)).first()
        assert first is not None
        first.actor = "staff:99"
    made = centre.backup()
    with pytest.raises(BadBackup, match="audit"):
        restoring.verify(centre.config, made)


def test_without_the_database_there_is_no_backup_and_no_left_over(tmp_path: Path) -> None:
    config = ServerConfig(
        database=DatabaseSection(url=f"sqlite:///{tmp_path}/none.sqlite"),
        backup=BackupSection(directory=tmp_path / "backups"),
    )
    with pytest.raises(CannotDump, match="init"):
        making.make(config, at=NOON)
    assert not (tmp_path / "backups").exists()


def test_a_missing_pg_dump_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    config = ServerConfig(
        database=DatabaseSection(url="postgresql+psycopg://lystok@127.0.0.1:9/lystok"),
        backup=BackupSection(directory=tmp_path / "backups"),
    )
    with pytest.raises(CannotDump, match="postgresql-client"):
        making.make(config, at=NOON)


@pytest.mark.fault(15, 21)
def test_a_restore_that_was_cut_off_is_served_by_nobody_and_begun_again(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its epoch would be that of before, and stations would not tell again what it lost."""
    made, before = centre.backup(), epoch(centre.town.database)

    def cut(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "_begin_anew", cut)
        with pytest.raises(KeyboardInterrupt):
            centre.restore(made)
    with pytest.raises(CannotDo, match="did not come to its end"), opened(centre.config):
        pass
    centre.restore(made, at=NOON + timedelta(days=3))
    with opened(centre.config) as database:
        assert epoch(database) != before


@pytest.mark.fault(15)
@pytest.mark.threat(24)
def test_a_database_that_came_back_by_other_means_says_so_too(centre: Centre) -> None:
    """An image of the disk, or a standby that was promoted without the last transactions."""
    before, erased = epoch(centre.town.database), centre.town.patron(surname="Забутий")
    journal = erasure.Journal(centre.config.backup.directory)
    journal.append(erasure.Erased(erased, NOON + timedelta(hours=1)))
    told = backup_commands.take_as_it_is(centre.config)
    assert "erased again: 1" in told
    assert epoch(centre.town.database) != before
    assert "Забутий" not in names(centre.town.database)


def test_a_backup_that_cannot_be_loaded_leaves_the_centre_as_it_was(centre: Centre) -> None:
    made = centre.backup()
    centre.town.patron(surname="Пізніше")
    (made.folder / dump.file_name(centre.config.database.url)).write_bytes(b"nothing of the kind")
    with pytest.raises(NoBackup):
        centre.restore(made)
    with opened(centre.config) as database:
        assert "Пізніше" in names(database)


# --- Who was erased ----------------------------------------------------------------------------


@pytest.mark.threat(24)
def test_an_erased_patron_does_not_return_from_a_backup(centre: Centre) -> None:
    town = centre.town
    patron = town.patron(surname="Забутий", phone="+380501234567", email="z@example.org")
    ticket = town.ticket(patron)
    made = centre.backup()
    journal = erasure.Journal(centre.config.backup.directory)
    erasure.erase(town.database, journal, patron, actor="staff:1", at=NOON + timedelta(hours=1))
    found = centre.restore(made)
    assert found.erased_again == 1
    with centre.town.database.reading() as session:
        row = session.get_one(Patron, patron)
        assert (row.full_name, row.phone, row.email, row.name_key) == ("", "", "", "")
        assert session.get_one(Ticket, ticket).state == "cancelled"


@pytest.mark.threat(24)
def test_a_number_given_again_after_an_erasure_is_not_erased(centre: Centre) -> None:
    patron = centre.town.patron(surname="Новий", created_at=NOON + timedelta(days=1))
    journal = erasure.Journal(centre.config.backup.directory)
    journal.append(erasure.Erased(patron, NOON))
    centre.restore(centre.backup())
    assert "Новий" in names(centre.town.database)


@pytest.mark.threat(24)
def test_the_journal_names_nobody_and_survives_a_torn_line(centre: Centre) -> None:
    first, second = centre.town.patron(surname="Забутий"), centre.town.patron(surname="Інший")
    journal = erasure.Journal(centre.config.backup.directory)
    erasure.erase(centre.town.database, journal, first, actor="staff:1", at=NOON)
    path = centre.config.backup.directory / erasure.JOURNAL
    assert set(json.loads(path.read_text())) == {"patron", "at"}
    with path.open("a") as file:
        file.write('{"patron": 12')
    erasure.erase(centre.town.database, journal, second, actor="staff:1", at=NOON)
    assert [erased.patron_id for erased in journal.read()] == [first, second]


def test_who_is_inside_is_not_erased(centre: Centre) -> None:
    patron = centre.town.patron()
    centre.town.inside(centre.town.ticket(patron))
    journal = erasure.Journal(centre.config.backup.directory)
    with pytest.raises(erasure.StillInside):
        erasure.erase(centre.town.database, journal, patron, actor="staff:1", at=NOON)
    assert list(journal.read()) == []


# --- The drill ---------------------------------------------------------------------------------


class _Line:
    """A station's line to the centre, without the network between."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre

    def send(self, bodies: Sequence[str], head: AuditHead | None = None) -> EventReceipts:
        del head
        events = [json.loads(body) for body in bodies]
        return station_events.ingest(self._centre.town.database, "K1", events, at=AT)


def _deliver(house: House, line: Any) -> None:
    uploader = Uploader(house.database, line, Link(house.moved.now), house.moved.now)
    while uploader.step() == 0:
        pass


@pytest.mark.fault(15)
def test_after_a_restore_a_station_sends_again_what_the_centre_lost(
    centre: Centre, tmp_path: Path
) -> None:
    house, line = make_house(tmp_path, MovedClock()), _Line(centre)
    with house.database.write() as tx:
        copy.replace(tx, [], copy.CopyState(epoch="e1", cursor=1, as_of=AT, seen=0))
    house.learn(building(), station_ticket(), *key_rows())
    with house.database.write() as tx:
        copy.advance(tx, [], copy.CopyState(epoch="e1", cursor=1, as_of=AT, seen=0))
    entrance = Entrance(house.premises)
    entrance.scan(code_of(station_ticket()), AT)
    _deliver(house, line)
    made = centre.backup()
    for _ in range(5):
        entrance.visit_event(None, 1, AT)
    _deliver(house, line)
    told = _events(centre)
    centre.restore(made)
    assert _events(centre) < told
    entrance.visit_event(None, 1, AT)
    _deliver(house, line)
    assert _events(centre) > told
    with house.database.read() as tx:
        assert outbox.backlog(tx).queued == 0
    house.database.close()


def _events(centre: Centre) -> set[Any]:
    with centre.town.database.reading() as session:
        return set(session.scalars(select(StationEvent.id)))


# --- Retention and schedule --------------------------------------------------------------------


def _shelved(directory: Path, *days: int) -> None:
    for day in days:
        at = NOON - timedelta(days=day)
        folder = directory / shelf.name_at(at)
        folder.mkdir(parents=True)
        manifest = shelf.Manifest(
            made_at=at, version="1", tables="0001", kind="sqlite", files={}, counts={}
        )
        (folder / shelf.MANIFEST).write_text(manifest.model_dump_json())


def test_the_last_days_and_the_first_of_each_month_are_kept(tmp_path: Path) -> None:
    _shelved(tmp_path, *range(60))
    shelf.forget(tmp_path, NOON, keep_days=7, keep_months=2)
    ages = sorted((NOON - one.manifest.made_at).days for one in shelf.backups(tmp_path))
    assert ages[:8] == list(range(8))
    firsts = [(NOON - timedelta(days=age)).day for age in ages[8:]]
    assert firsts
    assert all(day == 1 or age == 59 for day, age in zip(firsts, ages[8:], strict=True))


def test_the_last_backup_of_all_stays_however_old_it_is(tmp_path: Path) -> None:
    _shelved(tmp_path, 900)
    assert shelf.forget(tmp_path, NOON, keep_days=1, keep_months=0) == []
    assert len(shelf.backups(tmp_path)) == 1


def test_the_server_makes_a_backup_when_one_is_due(centre: Centre) -> None:
    moved = MovedClock(NOON)
    schedule = Schedule(centre.config, moved.now)
    assert schedule.step()
    moved.forward(timedelta(hours=23))
    assert not schedule.step()
    moved.forward(timedelta(hours=1))
    assert schedule.step()
    assert len(shelf.backups(centre.config.backup.directory)) == 2


def test_a_schedule_that_fails_goes_on(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> Backup:
        raise CannotDump("the disk is full")

    schedule = Schedule(centre.config, MovedClock(NOON).now)
    with monkeypatch.context() as patch:
        patch.setattr(making, "make", refuse)
        assert not schedule.step()
    assert schedule.step()
