"""Bringing a backup back, and checking one by doing just that, somewhere else.

A restored centre says so by another epoch: its stations send again what it lost, and take a new
copy (fault 15). Who was erased after the backup is erased again before anybody is served.
"""

from __future__ import annotations

import secrets
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import inspect, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from gate.codes import KeyUse, new_signing_key
from server import migrations
from server.backup import dump, sealed
from server.backup.making import KEYS, SECRET, counts
from server.backup.shelf import Backup, restoring
from server.config import DatabaseSection, ServerConfig
from server.database import Database, open_database
from server.files import sync_folder, write_private
from server.models import Key, StaffSession, Station
from server.services import audit, erasure, settings

_EPOCH_BYTES = 8
_OWNER_ALONE = 0o700
_NUMBERS_AHEAD = 10_000
"""More slip numbers than a centre gives away between two backups."""


class BadBackup(ValueError):
    """What was restored is not a centre that could be served; the message says what is wrong."""


class InTheWay(RuntimeError):
    """Something is there already that a restore would overwrite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of it."""

    counts: dict[str, int]
    erased_again: int
    keys: int
    """Private files that were brought back."""
    set_aside: Path | None = None
    """Where that is now which was there before."""
    missing_keys: tuple[str, ...] = ()
    """Ids of ticket keys that should sign and whose files are nowhere."""


def verify(config: ServerConfig, backup: Backup) -> Restored:
    """Restore into a place of its own, look at everything, throw it away.

    Raises NoBackup, BadBackup, CannotDump, WrongPassphrase.
    """
    with tempfile.TemporaryDirectory(prefix="lystok-verify-") as folder:
        with _elsewhere(config, backup, Path(folder)) as url:
            _load(backup, url)
            found = _look_at(url, backup)
        private = _unsealed(config, backup)
        return Restored(
            counts=found.counts,
            erased_again=0,
            keys=len(private),
            missing_keys=_missing(found.signing, private, config),
        )


def restore(config: ServerConfig, backup: Backup, *, at: datetime, replace: bool) -> Restored:
    """Make this backup the centre. The server must not run.

    What is there is set aside, if `replace`: an SQLite file beside itself, PostgreSQL's tables as a
    dump among the backups. Keys that are there stay. A restore that was cut off is begun again;
    until one has come to its end, no server serves what is there (see `shelf.restoring`).
    Raises InTheWay, and all that `verify` does.
    """
    set_aside = _set_aside(config, at, replace=replace)
    mark = restoring(config.backup.directory)
    _load_marked(config, backup, mark)
    restored = _brought_up(config, backup, at, set_aside)
    mark.unlink()
    sync_folder(mark.parent)
    return restored


def take_as_it_is(config: ServerConfig, *, at: datetime) -> int:
    """The database came back by other means, and may lack the newest: say so to all stations.

    A standby that was promoted without the last transactions, an image of a disk. Answers how many
    people were erased again. Raises BadBackup where it is not of this program's form.
    """
    database = open_database(config.database.url)
    try:
        _require_sound(database)
        if not migrations.is_current(database):
            raise BadBackup("the database is of another version: run `lystok server init`")
        erased = erasure.apply_again(database, erasure.Journal(config.backup.directory), at=at)
        _begin_anew(database, "as it is", {}, at)
        return erased
    except (SQLAlchemyError, migrations.TablesOfANewerRelease) as fault:
        raise BadBackup(str(fault).splitlines()[0]) from None
    finally:
        database.close()


def _load_marked(config: ServerConfig, backup: Backup, mark: Path) -> None:
    """From now on nobody serves this database; where it can't be loaded, all is as it was."""
    is_first = not mark.exists()
    if is_first:
        write_private(mark, backup.folder.name)
    try:
        _load(backup, config.database.url)
    except BaseException:
        if is_first:
            mark.unlink()
        raise


def _brought_up(
    config: ServerConfig, backup: Backup, at: datetime, set_aside: Path | None
) -> Restored:
    """What was loaded, checked and brought to today."""
    url = config.database.url
    _look_at(url, backup)
    private = _unsealed(config, backup)
    brought = _bring_keys(config, private)
    database = open_database(url)
    try:
        migrations.upgrade(database)
        with database.writing() as session:
            audit.begin_before_all(session)
        erased = erasure.apply_again(database, erasure.Journal(config.backup.directory), at=at)
        made = {"made_at": backup.manifest.made_at.isoformat()}
        _begin_anew(database, backup.folder.name, made, at)
        found = _signing_keys(database)
        return Restored(
            counts=counts(database),
            erased_again=erased,
            keys=brought,
            set_aside=set_aside,
            missing_keys=_missing(found, {}, config),
        )
    finally:
        database.close()


# --- Steps -------------------------------------------------------------------------------------


def _set_aside(config: ServerConfig, at: datetime, *, replace: bool) -> Path | None:
    """Give what is there another name, by which it stays; answers it. It still serves as well."""
    url = config.database.url
    if not dump.is_sqlite(url):
        return _dump_aside(config, at, replace=replace)
    target = Path(make_url(url).database or "")
    if not target.exists():
        return None
    if not replace:
        raise InTheWay(f"{target} is there: --replace sets it aside and restores")
    with closing(sqlite3.connect(target)) as old:
        # What its journal holds belongs to it.
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    aside = target.with_name(f"{target.name}.before-{at:%Y%m%dT%H%M%SZ}")
    aside.hardlink_to(target)
    sync_folder(target.parent)
    return aside


def _dump_aside(config: ServerConfig, at: datetime, *, replace: bool) -> Path | None:
    url = config.database.url
    database = open_database(url)
    try:
        is_empty = not inspect(database.engine).get_table_names()
    except SQLAlchemyError as fault:
        raise BadBackup(f"the database can't be reached: {fault}") from None
    finally:
        database.close()
    if is_empty:
        return None
    if not replace:
        raise InTheWay("the database is not empty: --replace sets its tables aside and restores")
    folder = config.backup.directory / f"before-{at:%Y%m%dT%H%M%SZ}"
    folder.mkdir(mode=_OWNER_ALONE, parents=True)
    aside = dump.dump(url, folder)
    sync_folder(folder)
    return aside


def _load(backup: Backup, url: str) -> None:
    kind = "sqlite" if dump.is_sqlite(url) else "postgresql"
    if backup.manifest.kind != kind:
        raise BadBackup(f"the backup is of {backup.manifest.kind}, the database is {kind}")
    dump.load(backup.file(dump.file_name(url)), url)


@dataclass(frozen=True, slots=True)
class _Found:
    counts: dict[str, int]
    signing: tuple[tuple[str, str], ...]


def _look_at(url: str, backup: Backup) -> _Found:
    """All that can be wrong with a database, but for its private keys."""
    database = open_database(url)
    try:
        _require_sound(database)
        migrations.upgrade(database)
        found = counts(database)
        for table, expected in backup.manifest.counts.items():
            if found.get(table, 0) < expected:
                raise BadBackup(f"{table}: {found.get(table, 0)} rows, {expected} were expected")
        report = audit.verify_chain(database)
        if not report.intact:
            raise BadBackup(f"the audit log is broken at seal {report.broken_at}")
        return _Found(found, _signing_keys(database))
    except migrations.TablesOfANewerRelease:
        raise BadBackup(f"it was made by a newer release: {backup.manifest.version}") from None
    except SQLAlchemyError as fault:
        raise BadBackup(str(fault).splitlines()[0]) from None
    finally:
        database.close()


def _require_sound(database: Database) -> None:
    if not database.is_sqlite:
        return
    with database.engine.connect() as connection:
        said = connection.scalar(text("PRAGMA integrity_check(1)"))
        strays = connection.execute(text("PRAGMA foreign_key_check")).first()
    if said != "ok" or strays is not None:
        raise BadBackup(f"the database is damaged: {said if said != 'ok' else strays}")


def _signing_keys(database: Database) -> tuple[tuple[str, str], ...]:
    """Id and public half of each ticket key that signs."""
    wanted = select(Key.key_id, Key.public_key).where(
        Key.use == KeyUse.TICKET, Key.not_after.is_(None), Key.revoked_at.is_(None)
    )
    with database.reading() as session:
        return tuple((row[0], row[1]) for row in session.execute(wanted))


def _missing(
    signing: tuple[tuple[str, str], ...], private: dict[str, str], config: ServerConfig
) -> tuple[str, ...]:
    """Keys that should sign and can't: their private half is neither here nor in the backup."""
    texts = [*private.values(), *(p.read_text() for p in config.keys.directory.glob("*.key"))]
    there = {raw for one in texts if (raw := _public(one)) is not None}
    return tuple(key_id for key_id, public in signing if public not in there)


def _public(private: str) -> str | None:
    try:
        return new_signing_key(bytes.fromhex(private.strip())).public_raw.hex()
    except ValueError:
        return None


def _unsealed(config: ServerConfig, backup: Backup) -> dict[str, str]:
    """The private files of a backup; none where they are not in it, or can't be opened here."""
    path = config.backup.passphrase_file
    if not backup.has_keys or path is None:
        return {}
    return sealed.unseal(backup.file(KEYS).read_bytes(), sealed.read_passphrase(path))


def _bring_keys(config: ServerConfig, private: dict[str, str]) -> int:
    count = 0
    for name, content in private.items():
        secret = config.sessions.secret_file
        target = secret if name == SECRET else config.keys.directory / Path(name).name
        if not target.exists():
            write_private(target, content)
            count += 1
    return count


def _begin_anew(database: Database, backup: str, details: dict[str, str], at: datetime) -> None:
    """Another epoch, no session of before, no slip number of before."""
    with database.writing() as session:
        epoch = secrets.token_hex(_EPOCH_BYTES)
        settings.put(session, {"epoch": epoch}, actor="system", at=at)
        session.execute(
            update(StaffSession).where(StaffSession.ended_at.is_(None)).values(ended_at=at)
        )
        session.execute(
            update(Station).values(numbers_reserved=Station.numbers_reserved + _NUMBERS_AHEAD)
        )
        audit.record(
            session, at=at, actor="system", action="restored", about=("backup", backup),
            details=details,
        )  # fmt: skip


@contextmanager
def _elsewhere(config: ServerConfig, backup: Backup, folder: Path) -> Iterator[str]:
    """A database of its own for a moment."""
    if backup.manifest.kind == "sqlite":
        yield f"sqlite:///{folder / 'database.sqlite'}"
        return
    url = make_url(config.database.url)
    name = f"lystok_verify_{secrets.token_hex(4)}"
    with _server(url.render_as_string(hide_password=False)) as run:
        run(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            run(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _server(url: str) -> Iterator[Callable[[str], None]]:
    database = open_database(DatabaseSection(url=url).url)
    try:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:

            def run(statement: str) -> None:
                try:
                    line.execute(text(statement))
                except SQLAlchemyError as fault:
                    raise dump.CannotDump(
                        f"a backup is checked in a database of its own: {fault.__cause__}"
                    ) from None

            yield run
    finally:
        database.close()
