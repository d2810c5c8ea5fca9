"""Room for visits on a full disk: a file that is given up when there is no other (fault 24)."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

_log = structlog.get_logger()

BYTES: Final = 16 * 1024 * 1024
"""A journal at its longest, and a day's visits: about 6 kB each."""
LOW_BYTES: Final = 64 * 1024 * 1024
"""Below this much free room nothing large may be written any more: photos stop first."""


class Reserve:
    """Kept as long as there is room, given up for visits when there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def is_kept(self) -> bool:
        """Whether the reserve is still whole."""
        with suppress(OSError):
            return self._path.stat().st_size == BYTES
        return False

    def allows_photos(self) -> bool:
        """Whether there is room for something large beside the visits."""
        with suppress(OSError):
            return shutil.disk_usage(self._path.parent).free >= LOW_BYTES
        return False

    def keep(self) -> None:
        """Take the room, where there is more than enough of it."""
        with suppress(OSError):
            if self.is_kept or shutil.disk_usage(self._path.parent).free < LOW_BYTES + BYTES:
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
            _log.error("disk_full", reserve="given up", bytes=BYTES)
