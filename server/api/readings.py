"""One look at the changes for all stations that ask for the same ones at the same moment.

A commit wakes every station that waits, and nearly all of them stand at the same cursor: what the
first of them is told is what the others are told.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Final

from gate.events import Changes

_GOOD_S: Final = 0.1
"""No longer than this: what another server committed may not be told of, only found."""


@dataclass
class Told:
    """Changes behind a cursor, and the text in which they are told."""

    changes: Changes
    _write: Callable[[Changes], str]

    @cached_property
    def text(self) -> str:
        """As JSON."""
        return self._write(self.changes)


@dataclass
class _Reading:
    begun_s: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    told: Told | None = None

    def result(self, read: Callable[[], Changes], write: Callable[[Changes], str]) -> Told:
        """Read by whoever comes first; where that fails, by the next."""
        with self.lock:
            if self.told is None:
                self.told = Told(read(), write)
            return self.told


class Readings:
    """Those of the last moment, by what was asked and at which commit."""

    def __init__(
        self, write: Callable[[Changes], str], clock_s: Callable[[], float] = monotonic
    ) -> None:
        self._write = write
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._known: dict[Hashable, _Reading] = {}

    def get(self, asked: Hashable, read: Callable[[], Changes]) -> Told:
        """What `read` tells, or told somebody who asked the same just now.

        `asked` holds the count of commits, taken before: an answer is never older than that.
        """
        return self._reading(asked).result(read, self._write)

    def _reading(self, asked: Hashable) -> _Reading:
        now_s = self._clock_s()
        with self._lock:
            known = {key: one for key, one in self._known.items() if now_s - one.begun_s < _GOOD_S}
            self._known = known
            return known.setdefault(asked, _Reading(now_s))
