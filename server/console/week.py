"""Hours of a week as they are typed: two times a day, or none for a day off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import ValidationError

from gate.calendar import DAYS_A_WEEK, OpenHours
from server.console import fields
from server.console.centre import words
from server.services.houses import Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTyped:
    """A line of the form."""

    name: str
    opens: str
    closes: str
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What was typed from Monday to Sunday, and what is wrong with it."""

    days: Sequence[DayTyped]
    hours: Sequence[Hours | None]
    """Of the days without a fault."""

    @property
    def fault(self) -> str:
        """The first thing that is wrong; empty where all is well."""
        return next((day.fault for day in self.days if day.fault), "")


def any_week() -> Sequence[date]:
    """Seven days from a Monday on, for their names."""
    monday = date(2024, 1, 1)
    return [monday + timedelta(days=n) for n in range(DAYS_A_WEEK)]


def read(form: Mapping[str, str]) -> Week:
    """A form with the fields `opens-0`, `closes-0` and so on."""
    days, hours = [], []
    for number, day in enumerate(any_week()):
        opens, closes = (form.get(f"{end}-{number}", "").strip() for end in ("opens", "closes"))
        name, fault = words().weekday(day), ""
        try:
            hours.append(_hours(name, opens, closes))
        except ValueError as problem:
            fault = str(problem)
        days.append(DayTyped(name=name, opens=opens, closes=closes, fault=fault))
    return Week(days=days, hours=hours)


def _hours(name: str, *typed: str) -> Hours | None:
    """Of one day; None where it is a day off. ValueError in words."""
    if not any(typed):
        return None
    opens, closes = map(fields.minute_of_day, typed)
    if opens is None or closes is None:
        raise ValueError(words().gettext("%(day)s: час пишуть так: 09:00.", day=name))
    try:
        return Hours(opens=opens, closes=closes)
    except ValidationError:
        said = words().gettext("%(day)s: зачиняється раніше, ніж відчиняється.", day=name)
        raise ValueError(said) from None


def typed(week: Sequence[OpenHours | None]) -> Sequence[DayTyped]:
    """Kept hours as they would be typed."""
    return [
        DayTyped(
            name=words().weekday(day), opens=clock(hours.opens) if hours else "",
            closes=clock(hours.closes) if hours else "",
        )
        for day, hours in zip(any_week(), week, strict=True)
    ]  # fmt: skip


def clock(minute: int) -> str:
    """A minute of the day as a clock shows it."""
    return f"{minute // 60:02}:{minute % 60:02}"
