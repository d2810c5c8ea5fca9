"""Servers over one PostgreSQL tell each other of commits, so that stations hear at once.

By `NOTIFY` in a transaction of its own, after the commit: within one it would make all commits of
the database wait for each other. Several commits in a moment are told once.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from psycopg import Error, sql
from sqlalchemy.exc import SQLAlchemyError

from server.database import Database

_log = logging.getLogger(__name__)

CHANNEL: Final = "lystok_commits"
_LOOK_UP_S: Final = 1.0
"""So often somebody who listens looks whether it is time to end."""
_GATHER_S: Final = 0.02
_AGAIN_S: Final = 2.0
_STOP_S: Final = 5.0


class Relay:
    """Tells others of this process's commits, and this process of theirs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._name = secrets.token_hex(8)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._for_ever, args=(step,), name=name, daemon=True)
            for name, step in (("relay-tell", self._tell), ("relay-hear", self._hear))
        ]

    def start(self) -> None:
        """Begin; on SQLite there is nobody else."""
        if not self._database.is_sqlite:
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_STOP_S)

    def _for_ever(self, step: Any) -> None:
        while not self._stopping.is_set():
            try:
                with self._line() as line:
                    step(line)
            except (SQLAlchemyError, Error) as fault:
                # Stations hear all the same, only later: those who wait look for themselves.
                _log.warning("commits are not told between servers: %s", type(fault).__name__)
                self._stopping.wait(_AGAIN_S)

    @contextmanager
    def _line(self) -> Iterator[Any]:
        """A connection that nobody else will get, whatever was asked on it."""
        with self._database.engine.connect() as connection:
            line: Any = connection.connection.driver_connection
            connection.detach()
            line.rollback()
            line.autocommit = True
            yield line

    def _tell(self, line: Any) -> None:
        commits = self._database.commits
        told = commits.own
        notify = sql.SQL("NOTIFY {}, {}").format(sql.Identifier(CHANNEL), sql.Literal(self._name))
        while not self._stopping.wait(_GATHER_S):
            if not commits.wait_own(told, _LOOK_UP_S):
                continue
            told = commits.own
            line.execute(notify)

    def _hear(self, line: Any) -> None:
        line.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        # What was told while nobody listened.
        self._database.commits.hear()
        while not self._stopping.is_set():
            for notice in line.notifies(timeout=_LOOK_UP_S, stop_after=1):
                if notice.payload != self._name:
                    self._database.commits.hear()
