"""The database's ground: one writer, one history of the tables, nothing by halves."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError, StatementError

from server import migrations
from server.database import Commits, Database, open_database
from server.models import Base, Department, Setting
from tests.server.centre.town import NOON, Town


def test_the_steps_lead_to_the_models(empty: Database) -> None:
    assert not migrations.is_current(empty)
    migrations.upgrade(empty)
    assert migrations.is_current(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": migrations.is_compared}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_the_steps_make_the_indexes_for_parts_of_words_as_the_models_do(
    empty: Database, town: Town
) -> None:
    """Alembic does not compare what only PostgreSQL knows."""
    if empty.is_sqlite or town.database.is_sqlite:
        pytest.skip("SQLite reads its rows")
    migrations.upgrade(empty)
    query = text("SELECT indexdef FROM pg_indexes WHERE indexname LIKE '%trigrams' ORDER BY 1")
    found = []
    for database in (empty, town.database):
        with database.engine.connect() as connection:
            found.append(connection.scalars(query).all())
    assert len(found[0]) == 4
    assert found[0] == found[1]


def test_going_through_the_steps_again_changes_nothing(empty: Database) -> None:
    migrations.upgrade(empty)
    migrations.upgrade(empty)
    assert migrations.is_current(empty)


@pytest.mark.fault(34)
def test_tables_of_a_newer_release_are_left_alone(empty: Database) -> None:
    migrations.upgrade(empty)
    with empty.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for ask in (migrations.is_current, migrations.upgrade):
        with pytest.raises(migrations.TablesOfANewerRelease, match="newer release"):
            ask(empty)


@pytest.mark.fault(23)
def test_steps_that_break_leave_nothing_behind(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = Base.metadata.tables["visit"].name

    def fail(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("alembic.runtime.migration.MigrationContext._ensure_version_table", fail)
    with pytest.raises(KeyboardInterrupt):
        migrations.upgrade(empty)
    with empty.engine.connect() as connection:
        assert not inspect(connection).has_table(created)


def test_what_raises_is_rolled_back(town: Town) -> None:
    with pytest.raises(IntegrityError):
        _twice(town)
    with town.database.reading() as session:
        assert session.get(Department, "9") is None


def _twice(town: Town) -> None:
    with town.database.writing() as session:
        session.add(Department(code="9", name="Дев'ятий"))
        session.flush()
        session.add(Department(code="5", name="П'ятий"))


def test_a_service_does_not_write_inside_another_s_transaction(town: Town) -> None:
    with pytest.raises(RuntimeError), town.database.writing():
        town.set(home_limit=1)


def test_writers_take_turns_and_lose_nothing(town: Town) -> None:
    with town.database.writing() as session:
        session.add(Setting(key="count", value=0, changed_at=NOON))

    def count_up() -> None:
        for _ in range(10):
            with town.database.writing() as session:
                row = session.get_one(Setting, "count", with_for_update=True)
                row.value += 1

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with town.database.reading() as session:
        assert session.get_one(Setting, "count").value == 40


def test_instants_come_back_in_utc_and_naive_ones_do_not_go_in(town: Town) -> None:
    kyiv = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=3)))
    with town.database.writing() as session:
        session.add(Setting(key="when", value=1, changed_at=kyiv))
    with town.database.reading() as session:
        changed = session.get_one(Setting, "when").changed_at
    assert changed == kyiv
    assert changed.tzinfo is UTC or changed.utcoffset() == timedelta(0)
    with pytest.raises(StatementError):
        _naive(town)


def _naive(town: Town) -> None:
    with town.database.writing() as session:
        session.add(Setting(key="then", value=1, changed_at=kyiv_without_zone()))


def kyiv_without_zone() -> datetime:
    return datetime(2026, 7, 1, 12, 0)  # noqa: DTZ001 - that is what is tried


@pytest.mark.fault(21)
def test_sqlite_waits_for_the_disk_before_it_acknowledges(tmp_path_factory: object) -> None:
    database = open_database("sqlite://")
    with database.engine.connect() as connection:
        pragmas = {
            name: connection.scalar(text(f"PRAGMA {name}"))
            for name in ("synchronous", "foreign_keys", "busy_timeout")
        }
    database.close()
    assert pragmas == {"synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


def test_a_commit_wakes_whoever_waits_for_one() -> None:
    commits = Commits()
    seen = commits.count
    assert not commits.wait(seen, timeout_s=0)
    threading.Timer(0.01, commits.announce).start()
    assert commits.wait(seen, timeout_s=5)
    assert commits.wait(seen, timeout_s=0)
