"""A library that grew moves from its file into PostgreSQL, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, insert, inspect, select, update

from demo.commands import write_sample
from demo.programs import free_ports
from server import moving
from server.config import load
from server.database import Database, open_database
from server.models import Base, Patron, Ticket
from server.moving import CannotMove, move
from server.services import audit, changes, feed, settings
from tests.server.test_commands import Run, run

__all__ = ["run"]

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample library on SQLite, with a ticket that was replaced."""
    folder = tmp_path_factory.mktemp("library")
    write_sample(folder, patrons=30)
    url = load(folder / "server.toml").database.url
    with closing(open_database(url)) as database, database.writing() as session:
        old, new = session.scalars(select(Ticket).order_by(Ticket.id).limit(2))
        old.replaced_by = new.id
    return folder / "server.toml"


@pytest.fixture
def source(library: Path) -> Iterator[Database]:
    with closing(open_database(load(library).database.url)) as database:
        yield database


def rows(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_every_row_arrives_and_work_goes_on(source: Database, postgres_database: str) -> None:
    before = rows(source)
    moved = move(source, postgres_database, at=AT)
    assert moved.counts == before
    assert sum(before.values()) > 100
    with closing(open_database(postgres_database)) as target:
        assert audit.verify_chain(target).intact
        with target.reading() as session, source.reading() as old:
            assert settings.read(session).epoch != settings.read(old).epoch
            replaced = select(Ticket.id, Ticket.replaced_by).where(Ticket.replaced_by.is_not(None))
            links = session.execute(replaced.order_by(Ticket.id)).all()
            assert links
            assert links == old.execute(replaced.order_by(Ticket.id)).all()
            last = session.scalar(select(func.max(Patron.id))) or 0
        with target.writing() as session:
            values = {
                column.name: value
                for column, value in zip(
                    Patron.__table__.columns,
                    session.execute(select(Patron.__table__).limit(1)).one(),
                    strict=True,
                )
                if column.name != "id"
            }
            fresh = session.scalar(insert(Patron).values(values).returning(Patron.id))
        assert fresh == last + 1, "ids are counted on"


def test_after_the_move_acts_are_sealed_and_stations_hear_of_changes(
    source: Database, postgres_database: str
) -> None:
    """The new database counts its transactions from the beginning."""
    with source.writing() as session:
        for number in range(2000):
            about = ("round", str(number))
            audit.record(session, at=AT, actor="system", action="tried", about=about)
    audit.seal(source, AT)
    move(source, postgres_database, at=AT)
    with closing(open_database(postgres_database)) as target:
        assert audit.seal(target, AT) > 0, "the move itself"
        head = json.loads(next(iter(feed.snapshot(target, at=AT))))
        with target.writing() as session:
            changes.note_building(session)
        told = feed.read(target, head["cursor"], epoch=head["epoch"], at=AT)
        assert len(told.rows) == 1
        assert audit.verify_chain(target).intact


def test_a_database_that_holds_something_is_refused(
    source: Database, postgres_database: str
) -> None:
    move(source, postgres_database, at=AT)
    with pytest.raises(CannotMove, match="not empty"):
        move(source, postgres_database, at=AT)


def cut(_connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
    """The line is cut in the middle of it."""
    if statement.startswith("INSERT INTO audit_record"):
        raise KeyboardInterrupt


def test_a_move_that_is_cut_off_leaves_nothing_and_can_be_repeated(
    source: Database, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_and_cut(url: str) -> Database:
        database = open_database(url)
        event.listen(database.engine, "before_cursor_execute", cut)
        return database

    with monkeypatch.context() as patched:
        patched.setattr(moving, "open_database", open_and_cut)
        with pytest.raises(KeyboardInterrupt):
            move(source, postgres_database, at=AT)
    with closing(open_database(postgres_database)) as target:
        assert inspect(target.engine).get_table_names() == []
    assert move(source, postgres_database, at=AT).counts == rows(source)


def test_a_row_that_arrives_changed_is_noticed(
    source: Database, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest: Callable[..., str] = moving._fill

    def fill(old: Connection, new: Connection, table: Any) -> str:
        digest = honest(old, new, table)
        if table.name == "patron":
            first = select(func.min(Patron.id)).scalar_subquery()
            new.execute(update(Patron).where(Patron.id == first).values(surname="Інша"))
        return digest

    monkeypatch.setattr(moving, "_fill", fill)
    with pytest.raises(CannotMove, match="patron: the rows that arrived"):
        move(source, postgres_database, at=AT)


def test_the_command_tells_what_to_do_next(
    run: Run, library: Path, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LYSTOK_SERVER__PORT", str(free_ports(1)[0]))
    told = run("--config", library, "server", "move-to", postgres_database)
    assert told.status == 0, told.err
    assert "patron 30" in told.out
    assert "[database] url" in told.out
    again = run("--config", library, "server", "move-to", postgres_database)
    assert again.status == 1
    assert "not empty" in again.err
    assert run("--config", library, "server", "move-to", "mysql://x/y").status == 1
