"""Answers that are asked for often and by many: made once, good until something is committed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from datetime import datetime

from server.database import Commits


class UntilCommit:
    """The answers of this process; a commit anywhere, and each new minute, makes them void."""

    def __init__(self, commits: Commits) -> None:
        self._commits = commits
        self._lock = threading.Lock()
        self._holds: Hashable = None
        self._known: dict[Hashable, str] = {}

    def get(self, asked: Hashable, at: datetime, make: Callable[[], str]) -> str:
        """What `make` says, or said since the last commit to whoever asked the same."""
        # Counted before it is made: what commits meanwhile makes it void.
        holds = (self._commits.count, at.replace(second=0, microsecond=0))
        with self._lock:
            if holds != self._holds:
                self._holds, self._known = holds, {}
            known = self._known.get(asked)
        if known is None:
            known = make()
            with self._lock:
                if holds == self._holds:
                    self._known[asked] = known
        return known
