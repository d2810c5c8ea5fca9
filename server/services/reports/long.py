"""Rows of a report that are too many to be held at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, overload

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

_BATCH = 1000
_Row = tuple[Any, ...]


class LongRows(Sequence[_Row]):
    """Read from the database while they are gone through; good as long as its session is open."""

    def __init__(self, session: Session, query: Select[Any], made: Callable[[_Row], _Row]) -> None:
        self._session, self._query, self._made = session, query, made

    @cached_property
    def _count(self) -> int:
        counted = select(func.count()).select_from(self._query.order_by(None).subquery())
        return self._session.scalar(counted) or 0

    def __len__(self) -> int:
        """How many rows, by one look at the database."""
        return self._count

    def __iter__(self) -> Iterator[_Row]:
        """All rows in their order, a thousand at a time."""
        return self._read(self._query)

    @overload
    def __getitem__(self, place: int) -> _Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[_Row]: ...
    def __getitem__(self, place: int | slice) -> _Row | list[_Row]:
        """A row, or rows next to each other."""
        if isinstance(place, int):
            return self[place : place + 1][0]
        first, last, _ = place.indices(len(self))
        return list(self._read(self._query.offset(first).limit(max(0, last - first))))

    def _read(self, query: Select[Any]) -> Iterator[_Row]:
        for row in self._session.execute(query.execution_options(yield_per=_BATCH)):
            yield self._made(tuple(row))
