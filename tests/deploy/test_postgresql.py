"""The script for PostgreSQL makes three users, each with the least that its work needs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from server import migrations
from server.backup import dump
from server.database import open_database
from server.services import settings
from tests.support.postgres import PostgresServer

SCRIPT = Path(__file__).parents[2] / "deploy" / "postgresql" / "setup.sh"
NAME = "lystok_of_the_script"
AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def setup(postgres: PostgresServer) -> Callable[..., str]:
    """Run the script against the server of the tests."""
    host = postgres.url.partition("host=")[2]

    def run(*words: str) -> str:
        env = {**os.environ, "PSQL_OPTIONS": f"-h {host} -U lystok"}
        ended = subprocess.run(
            [SCRIPT, *words], env=env, capture_output=True, text=True, check=True
        )
        return ended.stdout

    return run


@pytest.fixture(scope="module")
def users(setup: Callable[..., str], postgres: PostgresServer) -> Iterator[Callable[[str], str]]:
    """`users("app")`: the address by which a user of the script reaches the database."""
    assert f"{NAME} is ready" in setup(NAME)
    host = postgres.url.partition("host=")[2]

    def url(user: str) -> str:
        return f"postgresql+psycopg://lystok_{user}@/{NAME}?host={host}"

    with closing(open_database(url("owner"))) as database:
        migrations.upgrade(database)
    yield url
    postgres.drop_database(url("owner"))


def line(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True)


def test_the_server_works_as_the_user_of_rows(users: Callable[[str], str]) -> None:
    with closing(open_database(users("app"))) as database:
        assert migrations.is_current(database)
        with database.writing() as session:
            settings.put(session, {"epoch": "first"}, actor="system", at=AT)
        with database.reading() as session:
            assert settings.read(session).epoch == "first"


@pytest.mark.parametrize(
    "user, statement",
    [
        ("app", "CREATE TABLE mine (id int)"),
        ("app", "DROP TABLE patron CASCADE"),
        ("app", "ALTER TABLE patron ADD COLUMN mine int"),
        ("app", "TRUNCATE audit_record"),
        ("app", "CREATE ROLE other"),
        ("app", "CREATE DATABASE other"),
        ("backup", "DELETE FROM patron"),
        ("backup", "SET default_transaction_read_only = off; DELETE FROM patron"),
        ("backup", "CREATE TABLE mine (id int)"),
        ("owner", "CREATE ROLE other"),
        ("owner", "CREATE DATABASE other"),
    ],
)
def test_what_a_user_does_not_need_is_refused(
    user: str, statement: str, users: Callable[[str], str]
) -> None:
    refused = (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)
    with closing(line(users(user))) as connection, pytest.raises(refused):
        connection.execute(statement)


def test_backups_are_made_by_the_user_that_reads(
    users: Callable[[str], str], tmp_path: Path
) -> None:
    assert dump.dump(users("backup"), tmp_path).stat().st_size > 10_000


def test_again_it_keeps_the_passwords_unless_told(
    setup: Callable[..., str], users: Callable[[str], str]
) -> None:
    assert users("app")
    assert setup(NAME).count("there already") == 3
    assert setup(NAME, "--new-passwords").count("postgresql://") == 3
