"""Which column of a list is which field, and what a word in a cell stands for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from server.models import ImportKind
from server.services.names import fold

NEEDED: Mapping[ImportKind, frozenset[str]] = MappingProxyType(
    {
        ImportKind.PATRONS: frozenset({"ticket_number"}),
        ImportKind.DOCUMENTS: frozenset({"inventory_number"}),
        ImportKind.LOANS: frozenset({"document", "ticket_number"}),
    }
)
"""Without these columns no row can be told from another."""


class WrongColumns(ValueError):
    """The headings do not name what is needed, or name a field twice."""

    def __init__(self, missing: Sequence[str] = (), twice: Sequence[str] = ()) -> None:
        super().__init__(", ".join([*missing, *twice]))
        self.missing, self.twice = tuple(missing), tuple(twice)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Headings of a list as fields."""

    fields: tuple[str | None, ...]
    """For each column its field; None where nobody knows it."""
    unknown: tuple[str, ...]
    """Headings that are passed over."""

    def values(self, cells: Sequence[str]) -> dict[str, str]:
        """A row by its fields; what stands beyond the headings is nobody's."""
        named = zip(self.fields, cells, strict=False)
        return {field: cell.strip() for field, cell in named if field is not None}


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("columns.toml").read_text("utf-8"))


@cache
def _fields(kind: ImportKind) -> Mapping[str, str]:
    """Every folded heading that is known, with its field."""
    names = _tables()[kind]
    return {_key(name): field for field, others in names.items() for name in (field, *others)}


def fields_of(kind: ImportKind) -> tuple[str, ...]:
    """The fields that a list of this kind may have, in the order of the table."""
    return tuple(_tables()[kind])


def headings_of(kind: ImportKind) -> Mapping[str, str]:
    """For each field the heading to write, in Ukrainian."""
    return {field: names[0] for field, names in _tables()[kind].items()}


def assign(kind: ImportKind, headings: Sequence[str]) -> Assignment:
    """Tell the columns by their headings. Raises WrongColumns."""
    known = _fields(kind)
    fields = tuple(known.get(_key(heading)) for heading in headings)
    named = [field for field in fields if field is not None]
    missing = NEEDED[kind] - set(named)
    twice = {field for field in named if named.count(field) > 1}
    if missing or twice:
        raise WrongColumns(sorted(missing), sorted(twice))
    unknown = [name for name, field in zip(headings, fields, strict=True) if field is None]
    return Assignment(fields, tuple(name for name in unknown if name.strip()))


@cache
def _words(field: str) -> Mapping[str, str]:
    codes = _tables()["values"][field]
    return {_key(word): code for code, words in codes.items() for word in (code, *words)}


def code_of(field: str, word: str) -> str | None:
    """The code that a word in a cell stands for; None where nobody knows it."""
    return _words(field).get(_key(word))


def _key(text: str) -> str:
    """Folded; a lone sign, such as a plus, stays what it is."""
    return fold(text.replace("_", " ")) or text.strip()
