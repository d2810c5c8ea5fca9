"""Keeps the loans of everybody who is inside up to date, so that stations know them offline too."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from server.database import Database
from server.library_systems.link import Link
from server.models import Ticket, Visit

_log = logging.getLogger(__name__)
_EVERY_S: Final = 300.0
_STOP_S: Final = 10.0


class Follower:
    """Asks for each reader inside every five minutes, one after the other, until it is stopped."""

    def __init__(self, link: Link, database: Database, now: Callable[[], datetime]) -> None:
        self._link = link
        self._database = database
        self._now = now
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the question under way."""
        self._stopping.set()
        self._thread.join(_STOP_S)

    def round(self) -> int:
        """Ask once for everybody inside, as long as the system answers; answers for how many."""
        numbers = self._inside()
        for asked, number in enumerate(numbers):
            if self._stopping.is_set() or not self._link.is_worth_asking:
                return asked
            self._link.refresh(number, at=self._now())
        return len(numbers)

    def _run(self) -> None:
        while not self._stopping.wait(_EVERY_S):
            try:
                self.round()
            except SQLAlchemyError:
                _log.exception("following the library system failed and is tried again")

    def _inside(self) -> Sequence[str]:
        with self._database.reading() as session:
            return session.scalars(
                select(Ticket.number)
                .join(Visit, Visit.ticket_id == Ticket.id)
                .where(Visit.closed_at.is_(None))
                .order_by(Visit.opened_at)
            ).all()
