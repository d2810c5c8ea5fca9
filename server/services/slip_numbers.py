"""Slip numbers for stations whose checks the server decides.

Running numbers are taken from the database in blocks, so that a check needs no write of its own for
them; a block lost with the process leaves a gap and is never used again.
"""

from __future__ import annotations

import threading

from sqlalchemy import update

from gate.codes import new_slip_number
from server.database import Database
from server.models import Station
from server.services.keys import Entropy

_BLOCK = 500
_ENTROPY_BYTES = 4


class SlipNumbers:
    """Gives every number once, in this process and in all others on the same database."""

    def __init__(self, database: Database, entropy: Entropy) -> None:
        self._database = database
        self._entropy = entropy
        self._lock = threading.Lock()
        self._left: dict[str, range] = {}

    def next(self, station: str) -> str:
        """A new number of a station's. Raises LookupError for a station that we don't know."""
        with self._lock:
            left = self._left.get(station) or self._reserve(station)
            self._left[station] = left[1:]
        return new_slip_number(station, left[0], self._entropy(_ENTROPY_BYTES))

    def _reserve(self, station: str) -> range:
        taking = (
            update(Station)
            .where(Station.code == station)
            .values(numbers_reserved=Station.numbers_reserved + _BLOCK)
            .returning(Station.numbers_reserved)
        )
        with self._database.writing() as session:
            last = session.scalar(taking)
        if last is None:
            raise LookupError(f"no station {station}")
        return range(last - _BLOCK + 1, last + 1)
