"""What the desk is told before closing: the stack stops, then documents come back (R3.2.7-R3.2.8).

The page carries both notices with their times; its script shows each when its time has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.console import reads
from server.console.centre import database, here, now, signed_in, words
from server.models import Department, DepartmentKind
from server.services import calendar_days
from server.services.settings import LibrarySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice with the time in which it stands on the page."""

    text: str
    since: datetime
    until: datetime
    is_on: bool


def notices() -> Sequence[Notice]:
    """Today's notices, to come or on: of one's department, or of the house and all in it."""
    person = signed_in()
    if person is None:
        return ()
    settings, code = here(), person.department_code
    today = settings.day(now())
    with database().reading() as session:
        department = None if code is None else session.get(Department, code)
        found = calendar_days.at_desk(session, settings, code).doors(today, settings.zone)
        all_rooms = department is None or department.kind is DepartmentKind.SERVICE_CENTRE
        others = calendar_days.differing(session, settings, today) if all_rooms else ()
        names = [(reads.place_name(room, words()), hours[1]) for room, hours in others
                 if hours is not None and room.code != code]  # fmt: skip
    own = [] if found is None else _own(settings, found[1])
    told = [_of_department(settings, name, closes) for name, closes in names]
    return [notice for notice in (*own, *told) if now() < notice.until]


def _own(settings: LibrarySettings, closes: datetime) -> Sequence[Notice]:
    said = words()
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


def _of_department(settings: LibrarySettings, name: str, closes: datetime) -> Notice:
    """A department that closes before its house: whoever goes there now is told."""
    text = words().gettext("«%(name)s» зачиняється о %(time)s.", name=name,
                           time=words().end(closes))  # fmt: skip
    since = closes - timedelta(minutes=settings.stack_stops_before_closing_min)
    return _notice(text, since, closes)


def _notice(text: str, since: datetime, until: datetime) -> Notice:
    return Notice(text=text, since=since, until=until, is_on=since <= now() < until)
