"""The console's small library on both databases, for the services of the Service Centre's desk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from server.database import open_database
from server.models import AuditRecord, Role, Staff
from server.services.by import By
from tests.server.console.library import NOON, Library, furnish
from tests.support.hasty import hasty_database

Prepare = Callable[[Callable[[str], None]], Callable[[], str]]


class Furnished:
    """The library, written once for each kind of database; every test gets a copy."""

    def __init__(self, folder: Path, prepare: Callable[[], Prepare]) -> None:
        self._folder = folder
        self._prepare = prepare
        self._sqlite: Library | None = None
        self._postgres: tuple[Callable[[], str], Library] | None = None

    def on_sqlite(self, folder: Path) -> tuple[str, Library]:
        path = self._folder / "library.sqlite"
        if self._sqlite is None:
            self._sqlite = _write(f"sqlite:///{path}")
        copied = shutil.copy(path, folder / "library.sqlite")
        return f"sqlite:///{copied}", self._sqlite

    def on_postgres(self) -> tuple[str, Library]:
        if self._postgres is None:
            written: list[Library] = []
            fresh = self._prepare()(lambda url: written.append(_write(url)))
            self._postgres = fresh, written[0]
        return self._postgres[0](), self._postgres[1]


def _write(url: str) -> Library:
    database = open_database(url)
    library = furnish(database)
    database.close()
    return library


@pytest.fixture(scope="session")
def furnished_twice(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Furnished:
    folder = tmp_path_factory.mktemp("desk")
    return Furnished(folder, lambda: request.getfixturevalue("postgres_template"))


@pytest.fixture(params=["sqlite", "postgres"])
def desk(
    request: pytest.FixtureRequest, furnished_twice: Furnished, tmp_path: Path
) -> Iterator[Library]:
    """The library at noon, on the one database and on the other."""
    on_sqlite = request.param == "sqlite"
    server = None if on_sqlite else request.getfixturevalue("postgres")
    url, library = (
        furnished_twice.on_sqlite(tmp_path) if on_sqlite else furnished_twice.on_postgres()
    )
    database = hasty_database(url)
    yield replace(library, database=database)
    database.close()
    if server is not None:
        server.drop_database(url)


def staff_id(library: Library, role: Role = Role.SERVICE_CENTRE) -> int:
    """Who works at the desk."""
    with library.database.reading() as session:
        return session.scalars(select(Staff.id).where(Staff.role == role)).one()


def by(library: Library, role: Role = Role.SERVICE_CENTRE, at: datetime = NOON) -> By:
    """Whose act it is, at noon where nothing is told."""
    return By(staff_id=staff_id(library, role), at=at)


def audited(library: Library, action: str) -> list[AuditRecord]:
    """What the audit log holds of an act, the oldest first."""
    with library.database.reading() as session:
        rows = session.scalars(
            select(AuditRecord).where(AuditRecord.action == action).order_by(AuditRecord.id)
        )
        return list(rows)


chance = os.urandom
