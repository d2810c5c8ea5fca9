"""Copies of a database that is at work, of either kind, and the way back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url

from server.files import sync_folder

_SQLITE: Final = "database.sqlite"
_POSTGRES: Final = "database.pgdump"
_PRIVATE: Final = 0o600


class CannotDump(RuntimeError):
    """The copy could not be made or brought back; the message says why and what helps."""


def file_name(url: str) -> str:
    """What the copy of such a database is called."""
    return _SQLITE if is_sqlite(url) else _POSTGRES


def is_sqlite(url: str) -> bool:
    """Whether the database is a file."""
    return make_url(url).get_backend_name() == "sqlite"


def require(url: str) -> None:
    """Raises CannotDump where the database file, or PostgreSQL's own program, is not there."""
    if not is_sqlite(url):
        _program("pg_dump")
    elif not Path(make_url(url).database or "").is_file():
        raise CannotDump(f"no database {make_url(url).database}: run `lystok server init`")


def dump(url: str, folder: Path) -> Path:
    """Copy a database into a folder, as it is at one moment, while others go on writing.

    Raises CannotDump.
    """
    target = folder / file_name(url)
    if is_sqlite(url):
        _copy_sqlite(Path(make_url(url).database or ""), target)
    else:
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={target}", url=url)
    target.chmod(_PRIVATE)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return target


def load(copy: Path, url: str) -> None:
    """Fill a database from its copy: an SQLite file is made anew, PostgreSQL's tables replaced.

    Raises CannotDump, OSError; then the database is what it was before.
    """
    if is_sqlite(url):
        _lay_sqlite(copy, Path(make_url(url).database or ""))
        return
    _run(
        "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction",
        "--exit-on-error", f"--dbname={_libpq(url)[0]}", str(copy), url=url, names_database=True,
    )  # fmt: skip


def _lay_sqlite(copy: Path, target: Path) -> None:
    """Whole or not at all; the journal of the file before is of no use to this one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.new")
    shutil.copyfile(copy, fresh)
    fresh.chmod(_PRIVATE)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    for left in ("-wal", "-shm"):
        target.with_name(target.name + left).unlink(missing_ok=True)
    fresh.replace(target)
    sync_folder(target.parent)


def _copy_sqlite(source: Path, target: Path) -> None:
    """By SQLite's own online backup, in one step: readers and writers go on beside it."""
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.execute("PRAGMA busy_timeout = 5000")
            live.backup(copy)
            # One file, without a journal beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as fault:
        raise CannotDump(f"{source}: {fault}") from None


def _run(program: str, *arguments: str, url: str, names_database: bool = False) -> None:
    """Run one of PostgreSQL's programs; its password goes by the environment, unseen by others."""
    path = _program(program)
    address, secrets = _libpq(url)
    where = () if names_database else (f"--dbname={address}",)
    ended = subprocess.run(
        [path, *where, *arguments], env=os.environ | secrets, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if ended.returncode != 0:
        lines = ended.stderr.strip().splitlines() or [f"status {ended.returncode}"]
        raise CannotDump(f"{program}: {lines[0].removeprefix(f'{program}: error: ')}")


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise CannotDump(
            f"{name} is not installed: apt install postgresql-client, of the server's version"
        )
    return path


def _libpq(url: str) -> tuple[str, dict[str, str]]:
    """The address as PostgreSQL's programs take it, and the password apart."""
    parsed: URL = make_url(url)
    secrets = {} if parsed.password is None else {"PGPASSWORD": str(parsed.password)}
    plain = URL.create(
        "postgresql", parsed.username, None, parsed.host, parsed.port, parsed.database, parsed.query
    )
    return plain.render_as_string(hide_password=False), secrets
