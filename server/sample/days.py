"""The day on which a sample is made, in the library's own calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_ROUND_FROM = timedelta(hours=3)
_STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Day:
    """An instant and what lies around it."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The library's calendar day."""
        return self.now.astimezone(self.zone).date()

    @property
    def begins(self) -> datetime:
        """Local midnight before."""
        return self.at(self.today)

    @property
    def ends(self) -> datetime:
        """Local midnight after."""
        return self.at(self.today + timedelta(days=1))

    def at(self, day: date, hour: int = 0, minute: int = 0) -> datetime:
        """Clock time of a day, in UTC."""
        return datetime.combine(day, time(hour, minute), tzinfo=self.zone).astimezone(UTC)

    def days(self, count: int) -> date:
        """The day so many days from today."""
        return self.today + timedelta(days=count)

    def ago(self, minutes: int) -> datetime:
        """So many minutes ago, but not before midnight: it was today."""
        return max(self.begins, self.now - timedelta(minutes=minutes))

    def near(self, minutes: int) -> datetime:
        """About so many minutes from now, and always today.

        What would pass midnight moves closer: order is kept, and nothing changes sides with now.
        Times are round where the day leaves room for that.
        """
        room = self.ends - self.now if minutes > 0 else self.now - self.begins
        away = timedelta(minutes=abs(minutes))
        if not away or not room:
            return self.now
        away = away * (room / (room + away))
        exact = self.now + away if minutes > 0 else self.now - away
        if room < _ROUND_FROM:
            return exact
        rounded = _rounded(exact, up=minutes > 0)
        return rounded if self.begins <= rounded < self.ends else exact


def years_later(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _rounded(at: datetime, *, up: bool) -> datetime:
    over = timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
    if not over:
        return at
    return at + (_STEP - over) if up else at - over
