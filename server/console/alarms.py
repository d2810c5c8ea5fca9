"""What can't wait: where an emergency goes on or may begin, which lanes wait to be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gate.facts import Emergency
from server.console.buildings import is_ours
from server.console.centre import database, here, library, now, signed_in, words
from server.console.reads import name_in
from server.services import inbox, lanes
from server.services.settings import LibrarySettings
from templates import event_words
from templates.words import N_

EVERYWHERE = "*"
OWN = N_("головна будівля")
AT_LANES = {
    **event_words.ALARMS,
    lanes.ALREADY_INSIDE: N_("Квиток людини, яка вже всередині"),
    lanes.ALREADY_OUTSIDE: N_("Листок людини, яка вже вийшла"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What nobody has looked at yet: the newest of its kind, and how many there are beside it."""

    key: str
    what: str
    station: str
    at: datetime
    others: int


def at_lanes() -> Waiting | None:
    """Alarms at the lanes of the buildings in which this person works."""
    with database().reading() as session:
        found = [one for one in lanes.open_alarms(session) if is_ours(session, one.station_code)]
    what = AT_LANES.get(found[0].kind, found[0].kind) if found else ""
    told = [(str(one.id), one.station_code, one.at) for one in found]
    return _newest(words().gettext(what), told)


def calls() -> Waiting | None:
    """Calls for help of the last hour, from the stations of those buildings."""
    with database().reading() as session:
        found = [one for one in inbox.recent_calls(session, now()) if is_ours(session, one.station)]
    told = [(one.key, one.station, one.at) for one in found]
    return _newest(words().gettext("Кличуть працівника"), told)


def _newest(what: str, told: Sequence[tuple[str, str, datetime]]) -> Waiting | None:
    if not told:
        return None
    key, station, at = told[0]
    return Waiting(key=key, what=what, station=station, at=at, others=len(told) - 1)


def places() -> Sequence[str]:
    """Names of the buildings in alarm; one without a name where there is no other building."""
    return [
        name for code, name in buildings().items()
        if house(code or None).emergency is not Emergency.NONE
    ]  # fmt: skip


def buildings() -> Mapping[str, str]:
    """Name by code: the library's own building first, whose code is empty, then its branches."""
    branches = library().branches
    if not branches:
        return {"": ""}
    names = {each.code: name_in(each, words()) for each in branches}
    return {"": words().gettext(OWN), **names}


def house(branch: str | None) -> LibrarySettings:
    """The settings as they hold in a building; None: the library's own."""
    return library().at_branch(branch)


def nearest() -> str:
    """The building an alarm is raised in unless another is chosen.

    Of whom nobody knows where they work: everywhere, since an alarm too many is better than one too
    few.
    """
    person = signed_in()
    if person is None or person.department_code is None:
        return EVERYWHERE
    return here().branch_code or ""
