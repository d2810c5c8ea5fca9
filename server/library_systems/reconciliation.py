"""Comparing all readers with the library system, one after the other, while everybody works on.

Readers are matched by ticket number. What differs is written beside the account and shown; nothing
of ours is overwritten but the loans and bans that came from there (see `mirror`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from gate.facts import TicketState
from server.database import Database
from server.library_systems.link import Link
from server.models import Ticket


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is. Not running and not all done: the system stopped answering."""

    done: int
    total: int
    running: bool


class Reconciliation:
    """One comparison at a time, in a thread of its own."""

    def __init__(self, link: Link, database: Database, now: Callable[[], datetime]) -> None:
        self._link = link
        self._database = database
        self._now = now
        self._lock = threading.Lock()
        self._progress: Progress | None = None

    @property
    def progress(self) -> Progress | None:
        """The last one; None where none ever began."""
        with self._lock:
            return self._progress

    def start(self) -> bool:
        """Begin with the first reader; False where one is under way."""
        with self._lock:
            if self._progress is not None and self._progress.running:
                return False
            numbers = self._numbers()
            self._progress = Progress(0, len(numbers), running=True)
        threading.Thread(target=self._run, args=(numbers,), daemon=True).start()
        return True

    def _run(self, numbers: Sequence[str]) -> None:
        done = 0
        try:
            for number in numbers:
                if not self._link.is_worth_asking:
                    break
                self._link.refresh(number, at=self._now())
                done += 1
                self._tell(Progress(done, len(numbers), running=True))
        finally:
            self._tell(Progress(done, len(numbers), running=False))

    def _tell(self, progress: Progress) -> None:
        with self._lock:
            self._progress = progress

    def _numbers(self) -> Sequence[str]:
        with self._database.reading() as session:
            return session.scalars(
                select(Ticket.number)
                .where(Ticket.state == TicketState.ACTIVE)
                .order_by(Ticket.number)
            ).all()
