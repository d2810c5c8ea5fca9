"""A town of its own for every test, once on SQLite and once on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.database import Database, open_database
from server.migrations import upgrade
from tests.server.centre.town import Town, settle
from tests.support.hasty import hasty_database

BOTH = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def sqlite_town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Town]:
    """The town on SQLite, founded once."""
    folder = tmp_path_factory.mktemp("town")
    database = open_database(f"sqlite:///{folder / 'town.sqlite'}")
    upgrade(database)
    town = settle(database, folder / "keys")
    database.close()
    return folder / "town.sqlite", town


@pytest.fixture(scope="session")
def postgres_town(
    postgres_template: Callable[[Callable[[str], None]], Callable[[], str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Callable[[], str], Town]:
    """The town on PostgreSQL, founded once."""
    folder = tmp_path_factory.mktemp("town")
    founded: list[Town] = []

    def found(url: str) -> None:
        database = open_database(url)
        upgrade(database)
        founded.append(settle(database, folder / "keys"))
        database.close()

    return postgres_template(found), founded[0]


@pytest.fixture(params=BOTH)
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """A copy of the town, on either database."""
    if request.param == "sqlite":
        path, founded = request.getfixturevalue("sqlite_town")
        url = f"sqlite:///{shutil.copy(path, tmp_path)}"
        yield from _opened(url, founded)
    else:
        copy, founded = request.getfixturevalue("postgres_town")
        url = copy()
        yield from _opened(url, founded)
        request.getfixturevalue("postgres").drop_database(url)


def _opened(url: str, founded: Town) -> Iterator[Town]:
    database = hasty_database(url)
    yield replace(founded, database=database)
    database.close()


@pytest.fixture(params=BOTH)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of either kind."""
    url: Any = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_database")
    database = open_database(url)
    yield database
    database.close()
