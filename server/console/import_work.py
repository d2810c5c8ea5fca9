"""Imports that go on while their page is looked at: one at a time, in a thread of their own.

An uploaded list waits in the system's folder for temporary files until it is taken in, a day at
most. Where the server was restarted meanwhile, it is uploaded once more.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sqlalchemy.exc import SQLAlchemyError

from server.database import Database
from server.models import ImportKind
from server.services.imports import marc, pictures, runs, tables
from server.services.imports.runs import Clock
from server.services.imports.tables import Listing, NotReadable

_log = logging.getLogger(__name__)
_CHUNK = 1 << 20
_PREFIX = "lystok-imports-"
_A_DAY_S = 86_400.0


def _folder() -> Path:
    """A new folder; lists and photos that a server that was killed left in its own go."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another server takes its own away meanwhile
            for left in folder.iterdir():
                _forget(left)
    return Path(tempfile.mkdtemp(prefix=_PREFIX))


def _forget(left: Path) -> None:
    """Take away what is older than a day."""
    with suppress(OSError):
        if left.stat().st_mtime >= time.time() - _A_DAY_S:
            return
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


@dataclass(slots=True, weakref_slot=True)
class Spool:
    """Uploaded lists by the number of the run that read them last; its folder goes with it."""

    folder: Path = field(default_factory=_folder)
    turn: threading.Lock = field(default_factory=threading.Lock)
    kept_s: float = _A_DAY_S
    """How long a list waits to be taken in."""

    def __post_init__(self) -> None:
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def keep(self, sent: IO[bytes]) -> Path:
        """Write what is sent into a file that only we may read."""
        handle, name = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "wb") as file:
            while chunk := sent.read(_CHUNK):
                file.write(chunk)
        return Path(name)

    def wait(self, sent: Path, run_id: int) -> Path:
        """Have a list wait under the number of its run; answers where."""
        waiting = sent.rename(self.at(run_id))
        forget = threading.Timer(self.kept_s, waiting.unlink, kwargs={"missing_ok": True})
        forget.daemon = True
        forget.start()
        return waiting

    def at(self, run_id: int) -> Path:
        """Where the list of a run waits."""
        return self.folder / str(run_id)


def open_list(kind: ImportKind, path: Path, flavour: str) -> tuple[Listing, int | None]:
    """A list with the number of its rows. Raises WrongColumns, NotReadable, ValueError."""
    if kind is ImportKind.PHOTOS:
        return pictures.read_archive(path), None
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
            listing.close()
            if spent is not None:
                spent.unlink(missing_ok=True)

    return work
