"""What the desk is told before closing: the stack stops, then documents come back (R3.2.7-R3.2.8).

The page carries both notices with their times; its script shows each when its time has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gate import calendar
from server.console.centre import database, library, now, signed_in, words
from server.models import Department
from server.services import calendar_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice with the time in which it stands on the page."""

    text: str
    since: datetime
    until: datetime
    is_on: bool


def notices() -> Sequence[Notice]:
    """Today's notices, to come or on; by a department's own hours where it has any."""
    closes = _closing()
    if signed_in() is None or closes is None or now() >= closes:
        return ()
    settings, said = library(), words()
    stack = closes - timedelta(minutes=settings.stack_stops_before_closing_min)
    return_by = closes - timedelta(minutes=settings.return_before_closing_min)
    first = said.gettext(
        "До закриття %(time)s: зі сховища більше не видаємо. Документи повертають до %(until)s.",
        time=said.time(closes), until=said.time(return_by),
    )  # fmt: skip
    last = said.gettext(
        "Зачиняємося о %(time)s: документи вже мають бути повернуті.", time=said.time(closes)
    )
    return [_notice(first, stack, return_by), _notice(last, return_by, closes)]


def _notice(text: str, since: datetime, until: datetime) -> Notice:
    return Notice(text=text, since=since, until=until, is_on=since <= now() < until)


def _closing() -> datetime | None:
    """When the house closes today, or the department of whoever works here."""
    settings, person = library(), signed_in()
    today = settings.day(now())
    code = person.department_code if person else None
    if code is None:
        opening = settings.opening(today)
        return opening and opening[1]
    with database().reading() as session:
        department = session.get(Department, code)
        found = calendar_days.days(session, settings, today, today, department)[0]
    if found.hours is None:
        return None
    return calendar.instants(today, found.hours, settings.zone)[1]
