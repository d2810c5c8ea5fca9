"""What the station knows of its connection to the server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kiosk.sync.client import NotAdmitted, Revoked, ServerError


@dataclass(frozen=True, slots=True)
class LinkState:
    """Whether the server answers and knows this station; `trouble` says why not."""

    reachable: bool = False
    admitted: bool = True
    heard_at: datetime | None = None
    trouble: str = ""


class Link:
    """Kept up to date by whoever talks to the server."""

    def __init__(
        self,
        now: Callable[[], datetime],
        on_heard: Callable[[], None] = lambda: None,
        on_revoked: Callable[[], None] = lambda: None,
    ) -> None:
        self._now = now
        self._on_revoked = on_revoked
        self._on_heard = on_heard
        self._lock = threading.Lock()
        self._state = LinkState()

    @property
    def state(self) -> LinkState:
        """The present state."""
        with self._lock:
            return self._state

    def heard(self) -> None:
        """The server answered as it should."""
        with self._lock:
            self._state = LinkState(reachable=True, heard_at=self._now())
        self._on_heard()

    def lost(self, error: ServerError) -> None:
        """It did not."""
        with self._lock:
            self._state = LinkState(
                reachable=False,
                admitted=not isinstance(error, NotAdmitted),
                heard_at=self._state.heard_at,
                trouble=str(error),
            )
        if isinstance(error, Revoked):
            self._on_revoked()
