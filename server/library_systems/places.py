"""From a place as another system names it to one of our departments, and reading room or home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gate.facts import LoanPlace


@dataclass(frozen=True, slots=True)
class Places:
    """The library's table: `ЧЗ-1` there is department 5 here."""

    departments: Mapping[str, str] = field(default_factory=dict)
    """Location there to department here."""
    reading_rooms: frozenset[str] = frozenset()
    """Locations whose documents may not leave the house."""

    def of(self, *locations: str) -> tuple[str, LoanPlace]:
        """Department and place of a document, by the first location that the table knows."""
        known = next((place for place in locations if self._knows(place)), "")
        in_room = known in self.reading_rooms
        place = LoanPlace.READING_ROOM if in_room else LoanPlace.HOME
        return self.departments.get(known, ""), place

    def _knows(self, location: str) -> bool:
        return location in self.departments or location in self.reading_rooms
