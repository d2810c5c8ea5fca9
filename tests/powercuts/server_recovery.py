"""What a server writes rarely: a backup brought back, a person erased, a list taken in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import select

from server.backup import making, restoring, shelf
from server.commands import CannotDo, opened
from server.config import (
    BackupSection,
    DatabaseSection,
    KeysSection,
    ServerConfig,
    SessionsSection,
)
from server.database import open_database
from server.models import ImportKind, Patron
from server.services import erasure, settings
from server.services.imports import runs
from server.services.imports.tables import Row
from tests.powercuts import server_paths as usual
from tests.powercuts.explorer import Lost, WritePath
from tests.powercuts.ledger import Ledger, Note
from tests.server.centre.town import NOON, Town

_FILE: Final = "town.sqlite"
_NOBODY: Final = ""


def _config(folder: Path) -> ServerConfig:
    return ServerConfig(
        database=DatabaseSection(url=usual.url(folder)),
        keys=KeysSection(directory=folder / "keys"),
        sessions=SessionsSection(secret_file=folder / "secret"),
        backup=BackupSection(directory=folder / "backups"),
    )


# --- A restore -----------------------------------------------------------------------------------


def _prepare_backup(folder: Path) -> None:
    """Somebody was erased after the backup, somebody else enrolled."""
    usual.prepare(folder)
    database = open_database(usual.url(folder))
    town = Town(database, folder / "keys", tokens={}, slip_keys={})
    erased = town.patron(surname="Забутий")
    making.make(_config(folder), at=NOON)
    town.patron(surname="Пізніше")
    journal = erasure.Journal(folder / "backups")
    erasure.erase(database, journal, erased, actor="staff:1", at=NOON + timedelta(hours=1))
    database.close()


def _restore(folder: Path, ledger: Ledger, _rounds: int) -> None:
    # The recorder hears of writes, not of copies within the kernel.
    vars(shutil)["_USE_CP_SENDFILE"] = False
    _brought_back(folder, days=1)
    ledger.note(restored=True)
    ledger.close()


def _brought_back(folder: Path, *, days: int) -> None:
    newest = shelf.latest(folder / "backups")
    assert newest is not None
    at = NOON + timedelta(days=days)
    restoring.restore(_config(folder), newest, at=at, replace=True)


def _check_restore(folder: Path, told: Sequence[Note], under_way: Note | None) -> None:
    """Served is either what was there before or all of what was restored; never a half."""
    try:
        with opened(_config(folder)):
            pass
    except CannotDo:
        if told:
            raise Lost("a restore that had come to its end") from None
        _brought_back(folder, days=2)
    surnames, is_new = _stands(folder)
    if told and not is_new:
        raise Lost("the new epoch")
    if "Забутий" in surnames:
        raise Lost("an erasure")
    if is_new is ("Пізніше" in surnames):
        raise Lost("one of two states")
    usual.check(folder, told, under_way)


def _stands(folder: Path) -> tuple[set[str], bool]:
    """Surnames, and whether the epoch is a new one."""
    with opened(_config(folder)) as database, database.reading() as session:
        surnames = set(session.scalars(select(Patron.surname)))
        return surnames, settings.read(session).epoch != "e1"


# --- Erasures ------------------------------------------------------------------------------------


def _erase(town: Town, number: int) -> None:
    """Somebody with a ticket is erased; the journal knows of it first."""
    patron = town.patron(surname=f"Забутий {number}")
    town.ticket(patron)
    journal = erasure.Journal(town.keys_directory.parent)
    at = NOON + timedelta(minutes=number)
    erasure.erase(town.database, journal, patron, actor="staff:1", at=at)


def _check_erased(folder: Path, told: Sequence[Note], under_way: Note | None) -> None:
    """Who is erased in the database is erased in the journal, so that no backup brings them back.

    A line that the cut tore takes none of those after it along.
    """
    journal = erasure.Journal(folder)
    journal.append(erasure.Erased(-1, NOON))
    kept = {erased.patron_id for erased in journal.read()}
    database = open_database(usual.url(folder))
    with database.reading() as session:
        gone = set(session.scalars(select(Patron.id).where(Patron.surname == _NOBODY)))
    database.close()
    if not kept >= {*gone, -1}:
        raise Lost(f"of the journal of erasures: {gone - kept}")
    usual.check(folder, told, under_way)


# --- A list --------------------------------------------------------------------------------------


def _import(town: Town, number: int) -> None:
    run = runs.begin(
        town.database, ImportKind.PATRONS, "list", dry_run=False, actor="staff:1", at=NOON
    )
    runs.work(town.database, run, _many(number), clock=lambda: NOON, entropy=os.urandom)


def _many(number: int) -> Iterator[Row]:
    for one in range(40):
        name = {"ticket_number": f"95{number:02}{one:02}", "full_name": "Коваль Яна"}
        yield Row(one + 2, name)


PATHS: Final = {
    path.name: path
    for path in (
        WritePath(
            name="restore", database=_FILE, prepare=_prepare_backup, act=_restore,
            check=_check_restore, rounds=1,
        ),
        WritePath(
            name="erasure", database=_FILE, prepare=usual.prepare,
            act=partial(usual.act, _erase), check=_check_erased, rounds=10,
        ),
        WritePath(
            name="import", database=_FILE, prepare=usual.prepare,
            act=partial(usual.act, _import), check=usual.check, rounds=3,
        ),
    )
}  # fmt: skip
