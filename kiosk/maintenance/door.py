"""The door of the maintenance page: code or card, a limit on guesses, sessions (threat 23).

Everything that happens at it is an event for the server, whose audit keeps it.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from gate.events import Maintenance
from kiosk.maintenance.technicians import TechnicianFile
from kiosk.premises import Premises

FREE_GUESSES: Final = 5
FIRST_PAUSE_S: Final = 30.0
LONGEST_PAUSE_S: Final = 900.0
IDLE_S: Final = 600.0
"""A page that nobody touched for so long asks for the code again."""
PASS_S: Final = 30.0
"""How long the button that a card brought up may be pressed."""


class Means(StrEnum):
    """What somebody came with."""

    CODE = "code"
    CARD = "card"


@dataclass(slots=True)
class Session:
    """Somebody who is in."""

    seen_s: float
    csrf: str
    language: str


class Door:
    """Lets technicians in; any thread may ask. `monotonic` is in seconds."""

    def __init__(
        self, file: TechnicianFile, premises: Premises, monotonic: Callable[[], float]
    ) -> None:
        self.file = file
        self._premises = premises
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._wrong = 0
        self._shut_until_s = 0.0
        self._sessions: dict[str, Session] = {}
        self._passes: dict[str, float] = {}

    @property
    def shut_s(self) -> float:
        """Seconds until the next guess is heard; 0 where one may guess now."""
        return max(0.0, self._shut_until_s - self._monotonic())

    def now(self) -> datetime:
        """The station's time."""
        return self._premises.clock.now()

    def enter_by_code(self, code: str, language: str) -> str | None:
        """The token of a new session, None for a wrong code or while the door is shut."""
        with self._lock:
            if self.shut_s:
                return None
            if self.file.is_code(code):
                self._wrong = 0
                return self._open(Means.CODE, language)
            self._wrong += 1
            over = self._wrong - FREE_GUESSES
            if over >= 0:
                pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(over, 10))
                self._shut_until_s = self._monotonic() + pause_s
            self.tell("refused" if over < 0 else "locked", Means.CODE)
            return None

    def offer(self, uid: bytes) -> str | None:
        """What the screen's button must carry after a technician's card; None for any other."""
        if not self.file.is_card(uid):
            return None
        with self._lock:
            offered = secrets.token_urlsafe(18)
            self._passes[_digest(offered)] = self._monotonic() + PASS_S
            return offered

    def enter_by_pass(self, offered: str, language: str) -> str | None:
        """The token of a new session; what a card offered works once, and not for long."""
        with self._lock:
            ends_s = self._passes.pop(_digest(offered), 0.0)
            return self._open(Means.CARD, language) if self._monotonic() < ends_s else None

    def session(self, token: str) -> Session | None:
        """Who is in with this token; each look keeps the session awake."""
        with self._lock:
            key, now_s = _digest(token), self._monotonic()
            found = self._sessions.get(key)
            if found is None or now_s - found.seen_s > IDLE_S:
                self._sessions.pop(key, None)
                return None
            found.seen_s = now_s
            return found

    def leave(self, token: str) -> None:
        """End a session."""
        with self._lock:
            if self._sessions.pop(_digest(token), None) is not None:
                self.tell("left")

    def tell(self, act: str, means: Means | None = None) -> None:
        """Tell the server what a technician did."""
        premises = self._premises
        with premises.database.write() as tx:
            stamp = premises.journal.stamp(tx, premises.clock.now())
            premises.journal.write(tx, Maintenance(**stamp, act=act, means=means or ""))

    def _open(self, means: Means, language: str) -> str:
        token = secrets.token_urlsafe(24)
        self._sessions[_digest(token)] = Session(
            self._monotonic(), secrets.token_urlsafe(18), language
        )
        self.tell("entered", means)
        return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
