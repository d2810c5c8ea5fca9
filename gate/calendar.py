"""When the library is open: a week's hours, and days that differ from them (R5.1.2).

Stations carry both, so that one that is alone for weeks still knows the hours of its day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MINUTES_A_DAY = 24 * 60
DAYS_A_WEEK = 7
_A_YEAR = 366


@dataclass(frozen=True, slots=True)
class OpenHours:
    """From `opens` to `closes`, in minutes since midnight of the library's clock, at most 1440."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDays:
    """Days from `first` to `last` that differ from their week."""

    first: date
    last: date
    hours: OpenHours | None = None
    """None: closed, unless `usual`."""
    usual: bool = False
    """The hours are those of the week: an open day changes who comes in, not when."""
    open_day: bool = False
    """Anybody comes in with a slip and without a ticket (E34)."""

    def covers(self, day: date) -> bool:
        """Whether the day is one of these."""
        return self.first <= day <= self.last


Week = Sequence[OpenHours | None]
"""Monday to Sunday; None is a day off."""


def hours_on(day: date, week: Week, special: Iterable[SpecialDays]) -> OpenHours | None:
    """Hours of a day; None where it is closed. Of two rules for one day the later one holds."""
    found = week[day.weekday()]
    for days in special:
        if days.covers(day) and not days.usual:
            found = days.hours
    return found


def is_open_day(day: date, special: Iterable[SpecialDays]) -> bool:
    """Whether anybody may come in without a ticket on this day."""
    return any(days.open_day and days.covers(day) for days in special)


def within(hours: OpenHours | None, house: OpenHours | None) -> OpenHours | None:
    """A department's hours, as far as the house is open."""
    if hours is None or house is None:
        return None
    opens, closes = max(hours.opens, house.opens), min(hours.closes, house.closes)
    return OpenHours(opens, closes) if opens < closes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When a house, or a department in it, is open on any day."""

    week: Week
    special: Sequence[SpecialDays] = ()
    house: Calendar | None = None
    """A department works while its house is open."""

    def hours_on(self, day: date) -> OpenHours | None:
        """Hours of a day; None where it is closed."""
        own = hours_on(day, self.week, self.special)
        return own if self.house is None else within(own, self.house.hours_on(day))

    def opening(self, day: date, zone: tzinfo) -> tuple[datetime, datetime] | None:
        """First and last instant of a day's hours in UTC; None where it is closed."""
        hours = self.hours_on(day)
        return None if hours is None else instants(day, hours, zone)

    def doors(self, day: date, zone: tzinfo) -> tuple[datetime, datetime] | None:
        """When a day's doors open and close, in UTC; a house open at midnight is not shut by it.

        Where the next day begins as this one ends, the doors close at the end of the next day's
        hours.
        """
        hours, next_day = self.hours_on(day), day + timedelta(days=1)
        if hours is None:
            return None
        after = self.hours_on(next_day) if hours.closes == MINUTES_A_DAY else None
        if after is not None and after.opens == 0:
            return _instant(day, hours.opens, zone), _instant(next_day, after.closes, zone)
        return instants(day, hours, zone)

    def next_open_day(self, day: date) -> date:
        """The day itself, or the first open one after it; after a year, the day itself."""
        found = (each for each in days_from(day, _A_YEAR) if self.hours_on(each) is not None)
        return next(found, day)


def instants(day: date, hours: OpenHours, zone: tzinfo) -> tuple[datetime, datetime]:
    """First and last instant of the hours, in UTC: clock times, whatever summer time does."""
    return _instant(day, hours.opens, zone), _instant(day, hours.closes, zone)


def days_from(day: date, count: int) -> Iterator[date]:
    """So many days, beginning with this one."""
    return (day + timedelta(days=n) for n in range(count))


def _instant(day: date, minute: int, zone: tzinfo) -> datetime:
    day += timedelta(days=minute // MINUTES_A_DAY)
    minute %= MINUTES_A_DAY
    local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    return local.astimezone(UTC)
