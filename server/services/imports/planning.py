"""What is to become of each row of a list: one judgement for the dry run and for the real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Date, Enum
from sqlalchemy.orm import Session

from server.models import Base
from server.services.imports.cells import Fault
from server.services.imports.tables import Row
from server.services.keys import Entropy
from server.services.settings import LibrarySettings


class Fate(StrEnum):
    """What happens to a row."""

    CREATE = "create"
    CHANGE = "change"
    SAME = "same"
    FAULTY = "faulty"


@dataclass(slots=True)
class Surroundings:
    """What rows are judged by, beside the database; one for a whole run."""

    library: LibrarySettings
    at: datetime
    entropy: Entropy
    seen: set[str] = field(default_factory=set)
    """Numbers that stood further up in the list."""

    @property
    def today(self) -> date:
        """The library's calendar day."""
        return self.library.day(self.at)


@dataclass(slots=True, kw_only=True)
class Planned:
    """A row with its fate."""

    row: int
    faults: Sequence[Fault] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    """What is to be made of it, where it is new."""
    key: Any = None
    """Primary key of what is there already."""
    things: Mapping[str, Any] = field(default_factory=dict)
    """What is there already: rows of the database by a short name of their table."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """`table.column` of what differs, with its new value."""

    @property
    def fate(self) -> Fate:
        """Faults count most; what is there and does not differ stays."""
        if self.faults:
            return Fate.FAULTY
        if self.key is None:
            return Fate.CREATE
        return Fate.CHANGE if self.changes else Fate.SAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was made or changed, as an undo needs it."""

    key: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


class Kind(Protocol):
    """How rows of one kind of list are judged, written and taken back."""

    def plan(self, session: Session, rows: Sequence[Row], on: Surroundings) -> list[Planned]:
        """Judge a few hundred rows; changes nothing."""
        ...

    def write(
        self, session: Session, planned: Sequence[Planned], on: Surroundings
    ) -> list[Written]:
        """Write those that are to be made or changed."""
        ...

    def take_back(self, session: Session, written: Sequence[Written], at: datetime) -> int:
        """Undo; answers how many rows had to be left as they are."""
        ...


def differing(things: Mapping[str, Any], given: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What differs from what is there, as `table.column`; an empty value erases nothing."""
    return {
        f"{table}.{column}": value
        for table, values in given.items()
        for column, value in values.items()
        if value not in (None, "") and getattr(things[table], column) != value
    }


def would_change(planned: Planned) -> Written:
    """What is there beside its new values."""
    before = {name: _at(planned.things, name) for name in planned.changes}
    return Written(key=str(planned.key), before=_plain(before), after=_plain(planned.changes))


def change(planned: Planned) -> Written:
    """Give what is there its new values."""
    written = would_change(planned)
    _set(planned.things, planned.changes)
    return written


def change_back(things: Mapping[str, Any], written: Written) -> bool:
    """Give what was changed its former values; False where it was changed again since."""
    before, after = written.before or {}, written.after or {}
    now = _plain({name: _at(things, name) for name in after})
    if now != after:
        return False
    _set(things, {name: _typed(things, name, value) for name, value in before.items()})
    return True


def _at(things: Mapping[str, Any], name: str) -> Any:
    table, _, column = name.partition(".")
    return getattr(things[table], column)


def _set(things: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        table, _, column = name.partition(".")
        setattr(things[table], column, value)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON keeps them."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }


def _typed(things: Mapping[str, Any], name: str, value: Any) -> Any:
    """A value out of JSON as its column has it."""
    table, _, column = name.partition(".")
    if not isinstance(things[table], Base):
        return value
    kind = things[table].__table__.c[column].type
    if value is None:
        return None
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value
