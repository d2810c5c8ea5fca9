"""Room for visits on a full disk: a file that is given up when there is no other (fault 24).

For SQLite alone; PostgreSQL's disk is looked after where it is.
"""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

_log = logging.getLogger(__name__)

BYTES: Final = 64 * 1024 * 1024
"""The journal at its longest, and some days of visits: about 6 kB each."""
LOW_BYTES: Final = 256 * 1024 * 1024
"""Below this much free room nothing large is taken in any more: photos stop first."""


class Reserve:
    """Kept as long as there is room, given up for visits when there is none."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_suffix(".reserve")

    @property
    def is_kept(self) -> bool:
        """Whether the reserve is still whole."""
        with suppress(OSError):
            return self._path.stat().st_size == BYTES
        return False

    def free_bytes(self) -> int:
        """Room on the disk besides."""
        with suppress(OSError):
            return shutil.disk_usage(self._path.parent).free
        return 0

    def allows_photos(self) -> bool:
        """Whether there is room for something large beside the visits."""
        return self.free_bytes() >= LOW_BYTES

    def keep(self) -> None:
        """Take the room, where there is more than enough of it."""
        with suppress(OSError):
            if self.is_kept or self.free_bytes() < LOW_BYTES + BYTES:
                return
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(handle, 0, BYTES)
            finally:
                os.close(handle)

    def give_up(self) -> None:
        """The disk is full: what is still to come needs the room."""
        with suppress(OSError):
            self._path.unlink()
            _log.error("the disk is full: the reserve of %d MB is given up", BYTES >> 20)
