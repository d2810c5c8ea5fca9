"""Since when accounts are right of which the system said nothing new.

Somebody stands at the exit while it is asked, and usually all is as it was. Then only the moment is
new: it is kept here and written a second later, many at once, so that nobody waits for the disk. A
server that dies in that second believes its record to be a second older than it is.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, update
from sqlalchemy.exc import SQLAlchemyError

from server.database import Database
from server.models import OutsideAccount

_log = logging.getLogger(__name__)
_TOGETHER_S: Final = 1.0
_WRITE: Final = (
    update(OutsideAccount.__table__)  # type: ignore[arg-type]
    .where(OutsideAccount.number == bindparam("of"), OutsideAccount.as_of < bindparam("since"))
    .values(as_of=bindparam("since"))
)


class Moments:
    """By ticket number, until they are written."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._new: dict[str, datetime] = {}
        self._timer: threading.Timer | None = None

    def note(self, number: str, since: datetime) -> None:
        """All that is on record of this number was right then."""
        with self._lock:
            self._new[number] = max(since, self._new.get(number, since))
            self._wake()

    def of(self, number: str) -> datetime | None:
        """What was noted and is not written yet."""
        with self._lock:
            return self._new.get(number)

    def write(self) -> None:
        """Write what was noted; what the database refuses is told anew by the next answer."""
        with self._lock:
            rows = sorted(self._new.items())
            self._timer = None
        try:
            if rows:
                with self._database.writing() as session:
                    moments = [{"of": number, "since": since} for number, since in rows]
                    session.connection().execute(_WRITE, moments)
        except SQLAlchemyError:
            _log.exception("could not write since when loans are right")
        with self._lock:
            for number, since in rows:
                # Somebody who wrote at the same time may have taken it away already.
                if self._new.get(number) == since:
                    del self._new[number]
            if self._new:
                self._wake()

    def _wake(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(_TOGETHER_S, self.write)
            self._timer.daemon = True
            self._timer.start()
