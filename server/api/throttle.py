"""Counts what one caller does within a minute, and says when it is too much."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

_WINDOW = timedelta(minutes=1)
_MOST_CALLERS = 10_000


class Throttle:
    """At most `limit` of something within a minute, for each caller for itself."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[datetime, int]] = {}

    def spend(self, caller: str, at: datetime) -> None:
        """Count one."""
        with self._lock:
            since, count = self._counts.get(caller, (at, 0))
            if at - since >= _WINDOW:
                since, count = at, 0
            if len(self._counts) >= _MOST_CALLERS:
                self._counts.clear()
            self._counts[caller] = since, count + 1

    def is_spent(self, caller: str, at: datetime) -> bool:
        """Whether the caller has to wait."""
        since, count = self._counts.get(caller, (at, 0))
        return count >= self._limit and at - since < _WINDOW
