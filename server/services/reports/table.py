"""Periods and tables, as all reports have them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self

_LONGEST_YEARS = 10


class Unit(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    """Words of the library's own: a name, a title."""
    CODE = "code"
    """A code that wants words: a category, a class, a row of a form."""
    COUNT = "count"
    NUMBER = "number"
    """A count of its own kind in every row: there is no sum of them."""
    DAY = "day"
    MONTH = "month"
    """Its first day."""
    HOUR = "hour"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its code."""

    code: str
    unit: Unit = Unit.COUNT


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; `charted` names the columns that are drawn, against the first."""

    columns: Sequence[Column]
    rows: Sequence[tuple[Any, ...]]
    charted: Sequence[str] = ()

    @property
    def total(self) -> tuple[Any, ...] | None:
        """The sum of every column of counts; None where there is nothing to add up."""
        if len(self.rows) < 2:  # noqa: PLR2004 - one row is its own sum
            return None
        counted = [column.unit is Unit.COUNT for column in self.columns]
        if not any(counted):
            return None
        cells = zip(*self.rows, strict=True)
        return tuple(
            sum(cell or 0 for cell in column) if adds else None
            for column, adds in zip(cells, counted, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the library's calendar, both ends among them."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period ends before it begins")
        if self.last.year - self.first.year > _LONGEST_YEARS:
            raise ValueError("a period is longer than ten years")

    @classmethod
    def of_month(cls, day: date) -> Self:
        """The month of a day."""
        return cls(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))

    @classmethod
    def of_quarter(cls, day: date) -> Self:
        """The three months of the year in which a day lies."""
        first = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        return cls(first, cls.of_month(first.replace(month=first.month + 2)).last)

    @classmethod
    def of_year(cls, year: int) -> Self:
        """A calendar year."""
        return cls(date(year, 1, 1), date(year, 12, 31))

    def days(self) -> Iterator[date]:
        """Every day, in order."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)

    def months(self) -> Iterator[date]:
        """The first day of every month that the period touches."""
        month = self.first.replace(day=1)
        while month <= self.last:
            yield month
            month = (month + timedelta(days=31)).replace(day=1)
