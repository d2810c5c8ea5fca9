"""Reading from a device that may be unplugged, replaced and plugged in at any time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from threading import Event, Lock
from time import monotonic
from typing import Final, Generic, TypeVar

from hardware.contracts import Detail, DeviceClosed, Health, HealthState, Now, RetryLater

LOOKS_EVERY_S: Final = 0.25
"""How often a missing device is looked for, and how long a single look may take."""

SILENT_AFTER_S: Final = 5.0
"""A look that takes so long hangs in a driver of the system: nothing is known any more."""

_CLOSES_WITHIN_S: Final = 2.0

T = TypeVar("T")


class Plugged(ABC, Generic[T]):
    """What scanners and card readers have in common: `read`, `health` and `close`.

    For one reading thread; `health()` and `close()` may be called from others.
    """

    def __init__(self, now: Now) -> None:
        self._now = now
        self._new: deque[T] = deque()
        self._health = Health(HealthState.UNKNOWN, Detail.NOT_TRIED, None)
        self._looking_since_s: float | None = None
        self._lock = Lock()
        self._closing = Event()

    @abstractmethod
    def _look(self, timeout_s: float) -> None:
        """Put what arrives within `timeout_s` into `_new`; raises `RetryLater` if nothing can."""

    @abstractmethod
    def _unplug(self) -> None:
        """Let go of the device, if it is held; never raises."""

    def read(self, timeout_s: float) -> T | None:
        """What comes next, or None; see `Scanner` and `CardReader`.

        A missing device is waited for as well: the complaint comes when the time is over.
        """
        deadline_s = monotonic() + timeout_s
        while True:
            left_s = max(deadline_s - monotonic(), 0)
            trouble = self._step(min(left_s, LOOKS_EVERY_S))
            if self._new:
                return self._new.popleft()
            if monotonic() >= deadline_s:
                break
            if trouble:
                self._closing.wait(min(left_s, LOOKS_EVERY_S))
        if trouble:
            raise trouble
        return None

    def health(self) -> Health:
        """See `Device`."""
        health, since_s = self._health, self._looking_since_s
        if since_s is not None and monotonic() - since_s > SILENT_AFTER_S:
            return Health(HealthState.UNKNOWN, Detail.SILENT, health.seen_at)
        return health

    def close(self) -> None:
        """See `Device`."""
        self._closing.set()
        # Where the look hangs, it is its thread that lets go, if ever it comes back.
        if self._lock.acquire(timeout=_CLOSES_WITHIN_S):
            self._unplug()
            self._lock.release()
        self._looking_since_s = None
        self._health = Health(HealthState.UNKNOWN, Detail.CLOSED, None)

    def _step(self, timeout_s: float) -> RetryLater | None:
        """Look once, unless there is something already; answers why nothing can arrive."""
        with self._lock:
            if not self._closing.is_set():
                return None if self._new else self._looked(timeout_s)
            self._unplug()
        raise DeviceClosed("the driver is closed")

    def _looked(self, timeout_s: float) -> RetryLater | None:
        self._looking_since_s = monotonic()
        try:
            self._look(timeout_s)
        except RetryLater as trouble:
            self._health = Health(HealthState.FAILED, trouble.code, self._health.seen_at)
            return trouble
        finally:
            self._looking_since_s = None
        self._health = Health(HealthState.WORKS, Detail.FINE, self._now())
        return None
