"""What stands in the folder of a sample, and what is never written over."""

import json
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from gate.codes import new_signing_key
from gate.events import PairQuery
from server.config import load
from server.database import open_database
from server.models import AuditRecord, Ban, Patron, Staff, Station, StationRole, Ticket
from server.sample import SampleExists, pair_again, write_sample
from server.services import audit, presence, settings, stations
from tests.server.sample.conftest import NOON
from tests.server.sample.library import Sample, read_table, sample_of


def test_patrons_csv_has_three_columns_and_a_row_for_each_ticket(sample: Sample) -> None:
    file = sample.folder / "patrons.csv"
    lines = file.read_bytes().decode("utf-8").splitlines()
    assert lines[0] == "number,name,state"
    assert len(lines) == 61
    assert all(row["state"] == row["state"].lower() for row in sample.rows)
    with sample.database.reading() as session:
        numbers = set(session.scalars(select(Ticket.number)))
    assert {row["number"] for row in sample.rows} == numbers


def test_the_old_and_the_new_ticket_of_one_reader_are_both_there(sample: Sample) -> None:
    old, new = (
        next(row for row in sample.rows if row["state"] == state)
        for state in ("replaced", "replacement")
    )
    assert old["name"] == new["name"]
    with sample.database.reading() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == old["number"])).one()
        replaced_by = session.get_one(Ticket, ticket.replaced_by)
        assert replaced_by.number == new["number"]
        assert replaced_by.patron_id == ticket.patron_id


@pytest.mark.threat(5)
def test_what_is_secret_is_for_the_owner_alone(sample: Sample) -> None:
    secret = ["server.toml", "staff.txt", "stations.json", "session.secret", "library.sqlite"]
    files = [sample.folder / name for name in secret] + list((sample.folder / "keys").iterdir())
    assert len(files) == 6
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE((sample.folder / "keys").stat().st_mode) == 0o700


def test_the_passwords_in_staff_txt_open_the_accounts(sample: Sample) -> None:
    lines = (sample.folder / "staff.txt").read_text("utf-8").splitlines()
    assert lines[0].startswith("# login")
    given = [line.split("\t") for line in lines[1:]]
    with sample.database.reading() as session:
        hashes = {staff.login: staff.password_hash for staff in session.scalars(select(Staff))}
    assert {login for login, *_ in given} == set(hashes)
    assert len({password for _, password, *_ in given}) == len(given)
    for login, password, *_ in given[:2]:
        assert PasswordHasher().verify(hashes[login], password)


def test_two_samples_share_names_and_states_and_no_secret(sample: Sample, tmp_path: Path) -> None:
    with sample_of(tmp_path / "other", sample.now) as other:
        assert other.rows == sample.rows
        for name in ("staff.txt", "stations.json", "session.secret"):
            assert (other.folder / name).read_text() != (sample.folder / name).read_text()
        keys = [{file.name for file in (one.folder / "keys").iterdir()} for one in (sample, other)]
        assert keys[0].isdisjoint(keys[1])
        ids = [other.claims("1000001").ticket_id, sample.claims("1000001").ticket_id]
        assert ids[0] != ids[1]


def test_the_house_is_open_at_any_hour_and_its_file_says_so(sample: Sample) -> None:
    config = sample.folder / "server.toml"
    assert "open from 00:00 to 24:00" in config.read_text("utf-8")
    with sample.database.reading() as session:
        library = settings.read(session)
    opening = library.opening(library.day(sample.now))
    assert opening is not None
    assert opening[1] - opening[0] == timedelta(hours=24)
    assert library.epoch


def test_all_stations_join_with_the_codes_in_the_file(tmp_path: Path) -> None:
    with sample_of(tmp_path / "library", NOON, patrons=1) as sample:
        codes = json.loads((sample.folder / "stations.json").read_text())
        for station in ("K1", "E1", "K2"):
            _pair(sample, station, codes[station])
        with sample.database.reading() as session:
            paired = {
                s.code: (s.role, s.branch_code)
                for s in session.scalars(select(Station))
                if s.paired_at
            }
        assert paired == {
            "K1": (StationRole.ENTRANCE, None),
            "E1": (StationRole.EXIT, None),
            "K2": (StationRole.BOTH, "2"),
        }


@pytest.mark.threat(18)
def test_new_pairing_codes_take_the_place_of_old_ones(tmp_path: Path) -> None:
    with sample_of(tmp_path / "library", NOON, patrons=1) as sample:
        later = NOON + timedelta(minutes=11)
        file = sample.folder / "stations.json"
        old = json.loads(file.read_text())
        with pytest.raises(stations.PairingRefused):
            _pair(sample, "K1", old["K1"], minutes=11)
        pair_again(sample.folder, sample.database, now=later, entropy=os.urandom)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        _pair(sample, "K1", json.loads(file.read_text())["K1"], minutes=11)


def _pair(sample: Sample, station: str, code: str, *, minutes: int = 0) -> None:
    key = new_signing_key(os.urandom(32))
    query = PairQuery(code=code, station=station, slip_public_key=key.public_raw.hex())
    at = NOON + timedelta(minutes=minutes)
    stations.pair(sample.database, query, at=at, entropy=os.urandom)


def test_somebody_is_inside_with_slips_of_the_desk(sample: Sample) -> None:
    present = presence.open_visits(sample.database)
    readers = [person for person in present if person.ticket_id is not None]
    assert {person.slip_number[:2] for person in present} == {"00"}
    assert len(readers) == 7
    assert sum(person.persons for person in present if person.ticket_id is None) == 30
    assert {code for person in readers for code in person.departments} == {"2", "3", "5"}
    assert all(person.opened_at <= NOON for person in present)


@pytest.mark.threat(16)
def test_everything_stands_in_the_audit_log(tmp_path: Path) -> None:
    with sample_of(tmp_path / "library", NOON) as sample:
        query = (
            select(AuditRecord.object_kind, func.count())
            .where(AuditRecord.action == "imported")
            .group_by(AuditRecord.object_kind)
        )
        with sample.database.reading() as session:
            imported = dict(session.execute(query).all())
            actors = set(session.scalars(select(AuditRecord.actor)))
        assert imported == {"ticket": 60, "department": 15, "event": 8, "consultation": 1}
        assert actors == {"system"}
        assert audit.seal(sample.database, NOON) > 80
        assert audit.verify_chain(sample.database).intact


# --- What is not written over -------------------------------------------------------------------


def test_a_folder_with_a_library_is_left_as_it_is(sample: Sample) -> None:
    before = {file: file.stat().st_mtime_ns for file in sample.folder.iterdir()}
    with pytest.raises(SampleExists, match=r"server\.toml is there already"):
        write_sample(sample.folder, now=sample.now)
    assert {file: file.stat().st_mtime_ns for file in sample.folder.iterdir()} == before


def test_a_database_that_is_not_empty_is_left_alone(tmp_path: Path, postgres_database: str) -> None:
    write_sample(tmp_path / "first", now=NOON, patrons=1, database_url=postgres_database)
    with pytest.raises(SampleExists, match="not empty"):
        write_sample(tmp_path / "second", now=NOON, patrons=1, database_url=postgres_database)
    assert not (tmp_path / "second").exists()


def test_a_database_named_in_the_environment_is_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "real.sqlite"
    monkeypatch.setenv("LYSTOK_DATABASE__URL", f"sqlite:///{elsewhere}")
    write_sample(tmp_path / "library", now=NOON, patrons=1)
    assert not elsewhere.exists()
    assert (tmp_path / "library" / "library.sqlite").exists()


def test_a_library_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        write_sample(tmp_path / "library", now=NOON, patrons=0)
    assert not (tmp_path / "library").exists()


# --- Large ones ---------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    """None is the SQLite file beside the configuration."""
    if request.param == "sqlite":
        return None
    address: str = request.getfixturevalue("postgres_database")
    return address


def test_a_large_library_is_whole_and_goes_on_growing(tmp_path: Path, url: str | None) -> None:
    with sample_of(tmp_path / "library", NOON, patrons=6000, database_url=url) as sample:
        states = [row["state"] for row in sample.rows]
        assert len(states) == 6000
        with sample.database.reading() as session:
            assert session.scalar(select(func.count()).select_from(Ticket)) == 6000
            banned = session.scalar(select(func.count()).select_from(Ban)) or 0
        assert banned == sum(state.startswith("ban") for state in states)
        for state in ("valid", "expired", "banned", "fee_unpaid"):
            last = max(row["number"] for row in sample.rows if row["state"] == state)
            assert sample.judge(last).codes == sample.judge(sample.number(state)).codes
        with sample.database.writing() as session:
            newcomer = Patron(
                surname="Нова", given_name="Ольга", name_key="нова ольга", salt="00" * 16,
                created_at=NOON,
            )  # fmt: skip
            session.add(newcomer)
            session.flush()
            assert newcomer.id == 5999


def test_the_configuration_serves_another_port_when_asked(tmp_path: Path) -> None:
    written = write_sample(tmp_path / "library", now=NOON, patrons=1, port=18080)
    config = load(written.config)
    assert config.server.port == 18080
    database = open_database(config.database.url)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Patron)) == 1
    database.close()
    assert str(written.config) in str(written)
    assert len(read_table(written.directory / "patrons.csv")) == 1
