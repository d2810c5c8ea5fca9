"""The sample's other buildings: a branch that works, one that was closed last year (C4, C9)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy.orm import Session

from gate.facts import LoanPlace
from server.models import (
    Branch,
    CalendarEntry,
    CalendarKind,
    Department,
    DepartmentKind,
    Equipment,
    EventOfDay,
    EventSignup,
    Hall,
    Loan,
    StationRole,
    Ticket,
    Workplace,
)
from server.sample.days import Day
from server.sample.holdings import PHONE, Shelves
from server.sample.staff import Employed
from server.services import audit, changes, settings

STATION = ("K2", "Вхід, Заріччя", StationRole.BOTH)
"""Known and not paired: a kiosk of one's own joins by the code in stations.json."""
BRANCH = "2"
LENDING, CENTRE = "22", "23"
_BEFORE = timedelta(minutes=15)
_Entry = dict[str, Any]


def source() -> _Entry:
    """The file as it stands."""
    return tomllib.loads(files("server.sample").joinpath("buildings.toml").read_text("utf-8"))


def write_branches(session: Session, day: Day) -> None:
    """Write the buildings, before the departments that are in them."""
    for position, entry in enumerate(source()["branch"]):
        closed = entry.pop("closed_days_ago", None)
        order, room = entry.pop("order", ""), entry.pop("department", None)
        phone, hours = entry.pop("phone", None), entry.pop("hours", None)
        branch = Branch(
            **entry, position=position, hours=None if hours is None else list(map(_minutes, hours)),
            phone="" if phone is None else PHONE.format(phone),
        )  # fmt: skip
        session.add(branch)
        session.flush()
        if closed is not None:
            _close(session, branch, room, day, closed, order)


def _minutes(hours: str) -> list[int] | None:
    if not hours:
        return None
    clocks = (text.split(":") for text in hours.split("-"))
    return [int(hour) * 60 + int(minute) for hour, minute in clocks]


def _close(
    session: Session, branch: Branch, room: Sequence[str], day: Day, days_ago: int, order: str
) -> None:
    """As the director closes one: rooms and building are retired, the order is on record."""
    at = day.at(day.days(-days_ago), 17)
    code, name, name_en = room
    session.add(
        Department(
            code=code, name=name, name_en=name_en, kind=DepartmentKind.READING_ROOM,
            branch_code=branch.code, retired_at=at,
        )
    )  # fmt: skip
    branch.retired_at = at
    audit.record(
        session, at=at, actor="system", action="branch_closed", about=("branch", branch.code),
        details={"order": order},
    )  # fmt: skip


def write_branch_life(
    session: Session, day: Day, staff: Employed, shelves: Shelves, readers: Sequence[Ticket]
) -> None:
    """Write what the branch that works has, and what goes on there."""
    told = source()
    halls = [Hall(position=20 + place, **entry) for place, entry in enumerate(told["hall"])]
    session.add_all(halls)
    session.add_all(
        Workplace(position=20 + place, department_code=CENTRE, **entry)
        for place, entry in enumerate(told["workplace"])
    )
    _equipment(session, told["equipment"], day)
    session.flush()
    for entry in told["event"]:
        _event(session, entry, halls[0], day, staff.ids["branch_information"], readers)
    _day_off(session, told["day_off"], day)
    _lend(session, shelves, day, staff.ids["branch_lending"], readers)
    settings.note_changed(session)


def _equipment(session: Session, entries: list[_Entry], day: Day) -> None:
    """One came from the branch that was closed: its page tells of that."""
    for entry in entries:
        before = entry.pop("handed_over_from", None)
        row = Equipment(acquired_on=day.days(-800), department_code=CENTRE, **entry)
        session.add(row)
        session.flush()
        if before is not None:
            audit.record(
                session, at=day.at(day.days(-242), 12), actor="system",
                action="equipment_changed", about=("equipment", str(row.id)),
                details={"before": {"department_code": before},
                         "after": {"department_code": CENTRE}},
            )  # fmt: skip


def _event(
    session: Session, entry: _Entry, hall: Hall, day: Day, staff_id: int, readers: Sequence[Ticket]
) -> None:
    on = day.days(entry["in_days"])
    starts = day.at(on, *map(int, entry["starts"].split(":")))
    event = EventOfDay(
        id=f"{on.isoformat()}-{entry['key']}", kind=entry["kind"], title=entry["title"],
        title_en=entry["title_en"], hall=hall.name, hall_id=hall.id, doors_at=starts - _BEFORE,
        starts_at=starts, ends_at=starts + timedelta(hours=entry["hours"]), places=entry["places"],
    )  # fmt: skip
    session.add(event)
    session.flush()
    session.add_all(
        EventSignup(
            event_id=event.id, patron_id=reader.patron_id, at=day.ago(200), staff_id=staff_id
        )
        for reader in readers[: entry.get("signed_up", 0)]
    )
    changes.note_event(session, event.id)


def _day_off(session: Session, entry: _Entry, day: Day) -> None:
    on: date = day.days(entry.pop("in_days"))
    session.add(
        CalendarEntry(
            first=on, last=on, kind=CalendarKind.SANITARY, branch_code=BRANCH, created_at=day.now,
            announce_from=day.today, **entry,
        )
    )  # fmt: skip


def _lend(
    session: Session, shelves: Shelves, day: Day, librarian: int, readers: Sequence[Ticket]
) -> None:
    """Two readers have a book of the branch at home."""
    for days, reader in zip((6, 15), readers[-2:], strict=False):
        issued = day.at(day.days(-days), 13)
        session.add(
            Loan(
                document_id=shelves.take(LENDING, home=True).id, patron_id=reader.patron_id,
                department_code=LENDING, place=LoanPlace.HOME, issued_at=issued,
                issued_by=librarian, due_on=day.days(30 - days),
            )
        )  # fmt: skip
    changes.note_ticket(session, *(reader.id for reader in readers[-2:]))
