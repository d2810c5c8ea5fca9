"""Making a backup while the centre works."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from server import migrations
from server.backup import dump, sealed, shelf
from server.backup.shelf import MANIFEST, Backup, Manifest
from server.config import ServerConfig
from server.database import Database, open_database
from server.files import sync_folder
from server.models import Base

KEYS: Final = "keys.sealed"
SECRET: Final = "session.secret"  # noqa: S105 - the name of a file
_PRIVATE: Final = 0o600
_OWNER_ALONE: Final = 0o700
_COUNTED: Final = ("patron", "ticket", "visit", "loan", "station_event", "audit_record")


def make(config: ServerConfig, *, at: datetime) -> Backup:
    """Copy database and keys into a new folder; it counts once its manifest is there.

    Raises CannotDump, OSError, and ValueError for an empty passphrase.
    """
    dump.require(config.database.url)
    directory = config.backup.directory
    name = shelf.name_at(at)
    fresh = directory / f".{name}.new"
    directory.mkdir(mode=_OWNER_ALONE, parents=True, exist_ok=True)
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=_OWNER_ALONE)
    try:
        present = _counted(config)
        dump.dump(config.database.url, fresh)
        _seal_keys(config, fresh)
        _write_manifest(config, fresh, at, present)
        fresh.rename(directory / name)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    sync_folder(directory)
    return Backup(directory / name)


def private_files(config: ServerConfig) -> Mapping[str, Path]:
    """The keys and the secret of the sessions, by the names they have in a backup."""
    found = {f"keys/{path.name}": path for path in sorted(config.keys.directory.glob("*.key"))}
    if config.sessions.secret_file.is_file():
        found[SECRET] = config.sessions.secret_file
    return found


def _seal_keys(config: ServerConfig, folder: Path) -> None:
    if config.backup.passphrase_file is None:
        return
    passphrase = sealed.read_passphrase(config.backup.passphrase_file)
    files = {name: path.read_text("utf-8") for name, path in private_files(config).items()}
    _write(folder / KEYS, sealed.seal(files, passphrase))


def _counted(config: ServerConfig) -> dict[str, int]:
    """What is there before the copy, and so at least in it."""
    database = open_database(config.database.url)
    try:
        return counts(database)
    except SQLAlchemyError as fault:
        raise dump.CannotDump(f"the database can't be read: {fault.__cause__}") from None
    finally:
        database.close()


def _write_manifest(
    config: ServerConfig, folder: Path, at: datetime, present: dict[str, int]
) -> None:
    manifest = Manifest(
        made_at=at,
        version=version("lystok"),
        tables=migrations.newest(),
        kind="sqlite" if dump.is_sqlite(config.database.url) else "postgresql",
        files={path.name: shelf.digest(path) for path in sorted(folder.iterdir())},
        counts=present,
    )
    _write(folder / MANIFEST, manifest.model_dump_json(indent=2).encode())
    sync_folder(folder)


def counts(database: Database) -> dict[str, int]:
    """How many rows the tables have that matter most."""
    tables = Base.metadata.tables
    with database.reading() as session:
        return {
            name: session.scalar(select(func.count()).select_from(tables[name])) or 0
            for name in _COUNTED
            if name in tables
        }


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
