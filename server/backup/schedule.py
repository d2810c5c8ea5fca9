"""Backups by the running server, each as old as it may be before the next."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from server.app import Clock, utc_now
from server.backup import making, shelf
from server.backup.dump import CannotDump
from server.config import ServerConfig

_log = logging.getLogger(__name__)
_FIRST_LOOK_S = 300.0
"""A server that was just started has other things to do."""
_LOOK_EVERY_S = 300.0
_STOP_S = 10


class Schedule:
    """Looks every few minutes whether a backup is due, in a thread of its own."""

    def __init__(self, config: ServerConfig, now: Clock = utc_now) -> None:
        self._config = config
        self._now = now
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backups", daemon=True)

    def start(self) -> None:
        """Begin, unless backups are somebody else's business."""
        if self._config.backup.every_hours:
            self._thread.start()

    def stop(self) -> None:
        """End; a backup that is being made is left unfinished, which is none."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)

    def step(self) -> bool:
        """Make a backup if one is due; whether it was."""
        at, settings = self._now(), self._config.backup
        if not self._is_due(at):
            return False
        try:
            made = making.make(self._config, at=at)
        except (CannotDump, OSError, ValueError) as fault:
            _log.error("no backup was made: %s", fault)
            return False
        shelf.forget(
            settings.directory, at, keep_days=settings.keep_days, keep_months=settings.keep_months
        )
        _log.info("backup %s", made.folder.name)
        return True

    def _is_due(self, at: datetime) -> bool:
        newest = shelf.latest(self._config.backup.directory)
        every = timedelta(hours=self._config.backup.every_hours)
        return newest is None or at - newest.manifest.made_at >= every

    def _run(self) -> None:
        wait_s = _FIRST_LOOK_S
        while not self._stopping.wait(wait_s):
            self.step()
            wait_s = _LOOK_EVERY_S
