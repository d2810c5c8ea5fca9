"""What nearly every check needs and hardly ever changes: settings, the day's hours, the key ring.

It is held in memory together with the revision of the database at which it was read. The revision
comes with every check's facts; where it differs, everything is read anew before anything is judged.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from gate.codes import KeyRing
from gate.facts import BuildingFacts, Policy
from server.database import Database
from server.services import facts, keys, settings
from server.services.settings import LibrarySettings

_DAYS_KEPT = 1000
"""Days of stations held, before they are begun anew."""


@dataclass(frozen=True)
class Context:
    """Settings and keys of one revision."""

    revision: int
    library: LibrarySettings
    ring: KeyRing
    _days: dict[tuple[date, str], BuildingFacts] = field(default_factory=dict)

    @cached_property
    def policy(self) -> Policy:
        """The settings as the rules read them."""
        return self.library.policy

    def building(self, today: date, inside: int, station: str) -> BuildingFacts:
        """A station's house on a day. `inside` counts only where there is a limit."""
        found = self._days.get((today, station))
        if found is None:
            if len(self._days) >= _DAYS_KEPT:
                self._days.clear()
            house = self.library.at_station(station)
            found = self._days[today, station] = facts.building(house, today, 0)
        return found if found.limit is None else replace(found, inside=inside)


class ContextHolder:
    """The newest context that this process has read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: Context | None = None

    def get(self, revision: int | None = None) -> Context:
        """The context held, read anew where it is not of `revision`."""
        held = self._held
        if held is None or (revision is not None and held.revision != revision):
            held = self._held = self._read()
        return held

    def _read(self) -> Context:
        with self._database.reading() as session:
            revised = settings.read_revised(session)
            return Context(
                revision=revised.revision, library=revised.settings, ring=keys.ring(session)
            )
