"""The database: SQLite on one machine, PostgreSQL where one machine is not enough.

SQLite gets exactly one writer at a time: a lock in this process, and `BEGIN IMMEDIATE` around the
writes alone. Without the lock, threads that wait in SQLite's own busy loop starve each other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from sqlite3 import SQLITE_FULL
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.reserve import Reserve

if TYPE_CHECKING:
    from sqlite3 import Connection as SQLiteConnection

    from sqlalchemy.engine import ExceptionContext

_BUSY_TIMEOUT_MS = 5000
_WRITES = "lystok_writes"
_CACHE_KIB = 2000
"""For each connection; behind it stands the system's own cache."""
_MAPPED_BYTES = 4 << 30
_HIDDEN: Any = {"hide_parameters": True}
"""What was written is somebody's: an error may not carry it into the log (threat 21)."""
_MUCH_KIB = 65536
"""Memory of PostgreSQL for each sort and each table of sums of a report."""
_CHECKPOINT_PAGES = 4000
"""16 MiB: pages that are written again and again are copied back more rarely."""


class Commits:
    """Tells waiting threads that something was committed, by this process or by another."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0
        self._own = 0
        self._closed = False

    @property
    def count(self) -> int:
        """How many commits so far; pass it to `wait`."""
        return self._count

    @property
    def own(self) -> int:
        """How many of them were of this process; pass it to `wait_own`."""
        return self._own

    def announce(self) -> None:
        """Wake everybody who waits: this process committed."""
        with self._condition:
            self._own += 1
            self._count += 1
            self._condition.notify_all()

    def hear(self) -> None:
        """Wake everybody who waits: another process committed."""
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    @property
    def closed(self) -> bool:
        """Whether nobody shall wait any more."""
        return self._closed

    def close(self) -> None:
        """Let everybody go who waits: the process ends."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def wait(self, seen: int, timeout_s: float) -> bool:
        """Wait until there was a commit after `seen`; False when the time ran out, or closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._closed or self._count != seen, timeout_s)
            return self._count != seen

    def wait_own(self, seen: int, timeout_s: float) -> bool:
        """The same for commits of this process alone."""
        with self._condition:
            self._condition.wait_for(lambda: self._closed or self._own != seen, timeout_s)
            return self._own != seen


class Database:
    """An engine with its one-writer lock. Services take it and own their transactions."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        path = engine.url.database if engine.dialect.name == "sqlite" else None
        self.reserve = Reserve(Path(path)) if path else None
        if self.reserve is not None:
            event.listen(engine, "handle_error", partial(_make_room, self.reserve))
        self._far: Engine | None = None
        self.commits = Commits()
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writer = threading.Lock()
        self._writing = threading.local()
        self._at_close: list[Callable[[], None]] = []

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking; whatever it did is rolled back in the end."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def reading_much(self) -> Iterator[Session]:
        """The same for whoever reads a large share of the rows.

        SQLite maps its file into memory, by a connection of its own, which keeps the map: mapped
        anew for each look, every page would be met for the first time again. PostgreSQL sorts and
        sums in memory.
        """
        if self._far is None and self.is_sqlite:
            self._far = _sqlite_engine(self.engine.url, pool_size=1)
            event.listen(self._far, "connect", _map_sqlite)
        with Session(self._far or self.engine) as session:
            if not self.is_sqlite:
                session.execute(text(f"SET LOCAL work_mem = '{_MUCH_KIB}kB'"))
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in the one writing transaction; committed unless an exception leaves it.

        Raises RuntimeError when this thread is writing already: a service never calls another
        service inside its transaction.
        """
        with (
            self.turn_to_write(),
            self.engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session
            session.flush()
        self.commits.announce()

    @contextmanager
    def rebuilding(self) -> Iterator[Session]:
        """The writing transaction of a step between two forms of the tables.

        SQLite changes a table by making it anew, and drops none that rows elsewhere refer to unless
        it looks away. What it did not look at is checked before the commit: IntegrityError.
        """
        with (
            self.turn_to_write(),
            self.engine.connect().execution_options(**{_WRITES: True}) as connection,
            self._unwatched(connection),
            connection.begin(),
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session
            session.flush()
            if self.is_sqlite:
                _check_references(connection)
        self.commits.announce()

    @contextmanager
    def _unwatched(self, connection: Connection) -> Iterator[None]:
        """A pragma counts only between two transactions, so not by way of SQLAlchemy."""
        raw = connection.connection.dbapi_connection if self.is_sqlite else None
        if raw is None:
            yield
            return
        raw.cursor().execute("PRAGMA foreign_keys = OFF")
        try:
            yield
        finally:
            raw.cursor().execute("PRAGMA foreign_keys = ON")

    @contextmanager
    def turn_to_write(self) -> Iterator[None]:
        """The turn alone, for the hot path, which holds its own connection."""
        if getattr(self._writing, "now", False):
            raise RuntimeError("this thread is writing already")
        self._writing.now = True
        try:
            if self.is_sqlite:
                with self._writer:
                    yield
            else:
                yield
        finally:
            self._writing.now = False

    def at_close(self, give_back: Callable[[], None]) -> None:
        """Have this called first when the database is closed."""
        self._at_close.append(give_back)

    def close(self) -> None:
        """Close every connection, pooled or held."""
        for give_back in self._at_close:
            give_back()
        for engine in filter(None, (self._far, self.engine)):
            engine.dispose()


@dataclass(frozen=True, slots=True)
class Pool:
    """How many connections a process keeps, how many more it may take, how long one waits."""

    size: int = 20
    overflow: int = 20
    timeout_s: float = 30


def open_database(url: str, pool: Pool | None = None) -> Database:
    """Open a database by its SQLAlchemy URL.

    `sqlite:///FILE`, or `postgresql+psycopg://...` (`postgresql://` is taken as that).
    Raises sqlalchemy.exc.ArgumentError for a URL that can't be read.
    """
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    pool = pool or Pool()
    pooled: dict[str, Any] = {
        "pool_size": pool.size, "max_overflow": pool.overflow, "pool_timeout": pool.timeout_s,
    }  # fmt: skip
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=False, **_HIDDEN, **pooled)
        event.listen(engine, "connect", _prepare_postgresql)
        return Database(engine)
    return Database(_sqlite_engine(parsed, **pooled))


def _sqlite_engine(url: URL, **pooled: Any) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        **_HIDDEN,
        **pooled,
        connect_args={"check_same_thread": False, "timeout": _BUSY_TIMEOUT_MS / 1000},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """No query here takes as long as it would to compile it."""
    connection.execute("SET jit = off")
    connection.commit()


def _map_sqlite(connection: SQLiteConnection, _record: Any) -> None:
    connection.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        statement = "PRAGMA foreign_key_check"
        raise IntegrityError(statement, None, ValueError(f"a row of {broken[0]} refers to none"))


def _prepare_sqlite(connection: SQLiteConnection, _record: Any) -> None:
    """FULL, because NORMAL loses acknowledged commits when the power goes."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {_BUSY_TIMEOUT_MS}",
        f"cache_size = -{_CACHE_KIB}",
        f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _make_room(reserve: Reserve, context: ExceptionContext) -> None:
    """The statement that met the full disk fails; the next ones have room again."""
    code = getattr(context.original_exception, "sqlite_errorcode", 0)
    if code & 0xFF == SQLITE_FULL:
        reserve.give_up()


def _begin_sqlite(connection: Connection) -> None:
    """The driver begins nothing by itself, so that we choose how."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
