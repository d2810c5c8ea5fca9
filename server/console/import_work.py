"""Imports that go on while their page is looked at: one at a time, in a thread of their own.

An uploaded list waits in the system's folder for temporary files until it is taken in. Where the
server was restarted meanwhile, it is uploaded once more.
"""

from __future__ import annotations

import logging
import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sqlalchemy.exc import SQLAlchemyError

from server.database import Database
from server.models import ImportKind
from server.services.imports import marc, runs, tables
from server.services.imports.runs import Clock
from server.services.imports.tables import Listing, NotReadable

_log = logging.getLogger(__name__)
_CHUNK = 1 << 20


@dataclass(slots=True)
class Spool:
    """Uploaded lists by the number of the run that read them last."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="lystok-imports-")))
    turn: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, sent: IO[bytes]) -> Path:
        """Write what is sent into a file that only we may read."""
        handle, name = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "wb") as file:
            while chunk := sent.read(_CHUNK):
                file.write(chunk)
        return Path(name)

    def at(self, run_id: int) -> Path:
        """Where the list of a run waits."""
        return self.folder / str(run_id)


def open_list(kind: ImportKind, path: Path, flavour: str) -> tuple[Listing, int | None]:
    """A list with the number of its rows. Raises WrongColumns, NotReadable, ValueError."""
    if kind is ImportKind.DOCUMENTS and flavour:
        return marc.read(path, marc.Flavour(flavour)), None
    return tables.read(kind, path), tables.count(path)


def start(spool: Spool, work: Callable[[], None]) -> None:
    """Do it beside the requests; one import at a time, so that the database has room for others."""
    threading.Thread(target=_in_turn, args=(spool, work), name="import", daemon=True).start()


def _in_turn(spool: Spool, work: Callable[[], None]) -> None:
    with spool.turn:
        try:
            work()
        except (SQLAlchemyError, OSError, NotReadable):
            _log.exception("an import broke off; what it wrote stands and can be taken back")


def working(
    database: Database, run_id: int, listing: Listing, clock: Clock, *, spent: Path | None
) -> Callable[[], None]:
    """All the work of a run, for `start`; `spent` is a list that nobody needs after it."""

    def work() -> None:
        try:
            runs.work(database, run_id, listing.rows, clock=clock, entropy=os.urandom)
        finally:
            if spent is not None:
                spent.unlink(missing_ok=True)

    return work
