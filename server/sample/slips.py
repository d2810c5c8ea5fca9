"""Numbers of the slips that the sample's visits have: all of them given out at the desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from gate.codes import new_slip_number
from server.models import Station
from server.services.desk_events import DESK_STATION
from server.services.keys import Entropy

_ENTROPY_BYTES = 4
_VISIT_CHANCE_BYTES = 10


class Slips:
    """Counts the desk's slips, so that the desk goes on with the number after the last."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._last = 0

    def next(self) -> tuple[str, bytes]:
        """A slip number, and ten random bytes for the id of its visit."""
        self._last += 1
        number = new_slip_number(DESK_STATION, self._last, self._entropy(_ENTROPY_BYTES))
        return number, self._entropy(_VISIT_CHANCE_BYTES)

    def keep(self, session: Session, at: datetime) -> None:
        """Note which numbers are taken."""
        desk = Station(code=DESK_STATION, created_at=at, numbers_reserved=self._last)
        session.add(desk)
