"""Rights by branch (C1.3, C4, C9): what of another building somebody neither sees nor changes.

Readers, tickets, bans, the catalogue, rules, prices, plans and reports are the library's. What goes
on in a building is its own: lists show what is in reach, and no act touches a thing of another.
Whoever stands before a desk with a slip is served there, and let out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from flask import g, request
from sqlalchemy.orm import Session

from server.console import reads
from server.console.centre import database, now, staff, words
from server.models import (
    AuditRecord,
    Base,
    Department,
    DepartmentNotice,
    Equipment,
    EventOfDay,
    EventSignup,
    Hall,
    Hold,
    LaneAlarm,
    Payment,
    Request,
    Role,
    Shift,
    Station,
    StockTaking,
    Workplace,
    WorkplaceBooking,
    WorkplaceUse,
)
from server.services import inbox, reach
from server.services.desk_events import DESK_STATION
from server.services.reach import EVERYWHERE, Reach

EVERY_BUILDING = frozenset({Role.DIRECTOR, Role.ADMIN, Role.TECHNICIAN})
"""They answer for all of the library, whatever department their account names."""

_Where = Callable[[Session, Any], Reach]
"""The building of a row; `EVERYWHERE` where it is in none."""


def mine() -> Reach:
    """Where the person at this browser works: in every building, without a department."""
    if "reach" not in g:
        person = staff()
        code = None if person.role in EVERY_BUILDING else person.department_code
        with database().reading() as session:
            g.reach = EVERYWHERE if code is None else reach.of_department(session, code)
    return cast(Reach, g.reach)


def own_department() -> str | None:
    """The department whose building is all that is in reach; None where every one is."""
    return None if mine().everywhere else staff().department_code


def is_ours(session: Session, station: str | None) -> bool:
    """Whether what happened at a station is in reach."""
    return mine().meets(_at_station(session, station))


def event_is_ours(session: Session, event: EventOfDay) -> bool:
    """Whether an event's hall is in reach."""
    return mine().meets(_by_hall(session, event))


def hall_said(session: Session, event: EventOfDay) -> str:
    """The hall of an event, with its building for whoever does not work there alone."""
    hall = None if event.hall_id is None else session.get(Hall, event.hall_id)
    house = None if hall is None else hall.branch
    if house is None or mine().branch == house.code:
        return event.hall
    return f"{event.hall} · {reads.place_name(house, words())}"


def _at_station(session: Session, code: str | None) -> Reach:
    """The desks' own station stands in every building, as does one that there is not."""
    known = code is not None and code != DESK_STATION and session.get(Station, code) is not None
    return reach.of_station(session, cast(str, code)) if known else EVERYWHERE


def _by_department(session: Session, row: Any) -> Reach:
    return reach.of_department(session, row.department_code)


def _by_workplace(session: Session, row: Any) -> Reach:
    return reach.of_department(session, row.workplace.department_code)


def _by_document(session: Session, row: Any) -> Reach:
    return reach.of_department(session, row.document.department_code)


def _by_station(session: Session, row: Any) -> Reach:
    return _at_station(session, row.station_code)


def _by_hall(session: Session, row: Any) -> Reach:
    hall = None if row.hall_id is None else session.get(Hall, row.hall_id)
    return EVERYWHERE if hall is None else Reach(hall.branch_code)


@dataclass(frozen=True, slots=True)
class Thing:
    """What an act is about: a row that the address or the form names."""

    model: type[Base]
    named: str
    where: _Where

    def building(self, session: Session, asked: Mapping[str, Any]) -> Reach:
        """Where it is; what there is not is told by the page itself."""
        row = _row(session, self.model, asked.get(self.named, ""))
        return EVERYWHERE if row is None else self.where(session, row)


def _row(session: Session, model: type[Base], told: object) -> Base | None:
    """A row by the first word of what names it (`K1 open_once in`, `3|2026-11-28T12:00`)."""
    (key,) = model.__mapper__.primary_key
    text = re.split(r"[ |]", str(told))[0]
    try:
        return session.get(model, key.type.python_type(text)) if text else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Undone:
    """A change of a table that is taken back: the row that it changed."""

    model: type[Base]

    def building(self, session: Session, asked: Mapping[str, Any]) -> Reach:
        """Where the row is."""
        record = _row(session, AuditRecord, asked.get("record", ""))
        told = record.object_id if isinstance(record, AuditRecord) else ""
        row = _row(session, self.model, told)
        return EVERYWHERE if row is None else _by_department(session, row)


class Waiting:
    """An entry of the inbox."""

    def building(self, session: Session, asked: Mapping[str, Any]) -> Reach:
        """Where the station is that it tells of; letters are the library's."""
        kind, key = asked.get("kind", inbox.CONFLICT), asked.get("key", "")
        entries = inbox.entries(session, now())
        found = (each.station for each in entries if (each.kind, each.key) == (kind, key))
        return _at_station(session, next(found, None))


_SALE = Thing(Payment, "number", _by_department)
_USE = Thing(WorkplaceUse, "use", _by_department)
_BOOKING, _BOOKED = (Thing(WorkplaceBooking, name, _by_workplace) for name in ("booking", "number"))
_TAKING = Thing(StockTaking, "taking", _by_department)
_REQUEST = Thing(Request, "request_id", _by_department)
_HOLD = Thing(Hold, "hold", _by_document)
_ALARM_PHOTO, _ALARM = (Thing(LaneAlarm, name, _by_station) for name in ("alarm_id", "alarm"))
_EVENT, _JOINED = (Thing(EventOfDay, name, _by_hall) for name in ("event_id", "event"))
_SIGNUP = Thing(
    EventSignup, "signup_id",
    lambda session, row: _by_hall(session, session.get_one(EventOfDay, row.event_id)),
)  # fmt: skip
_SHIFT = Thing(Shift, "shift_id", lambda _session, shift: Reach(shift.branch_code))
_INTO_HALL = Thing(Hall, "hall_id", lambda _session, hall: Reach(hall.branch_code))


def _rows_of(table: str, model: type[Base]) -> Mapping[str, tuple[Thing | Undone, ...]]:
    """A row of an administered table, and the department into which it is put."""
    row = Thing(model, "key", _by_department)
    into = Thing(Department, "department_code", lambda _session, room: Reach(room.branch_code))
    return {
        f"console.{table}_row": (row,), f"console.{table}_save": (row, into),
        f"console.{table}_make": (into,), f"console.{table}_retire": (row,),
        f"console.{table}_undo": (Undone(model),),
    }  # fmt: skip


BOUND: Mapping[str, tuple[Thing | Undone | Waiting, ...]] = MappingProxyType(
    {
        "console.sale_paper": (_SALE,),
        "console.sale_picture": (_SALE,),
        "console.sale_file": (_SALE,),
        "console.cancel_sale": (_SALE,),
        "console.start_workplace": (Thing(Workplace, "workplace", _by_department),),
        "console.extend_workplace": (_USE,),
        "console.end_workplace": (_USE,),
        "console.start_booked": (_BOOKING,),
        "console.cancel_booking": (_BOOKING,),
        "console.booking_paper": (_BOOKED,),
        "console.booking_picture": (_BOOKED,),
        "console.booking_file": (_BOOKED,),
        "console.book_workplace": (Thing(Workplace, "slot", _by_department),),
        "console.stock_taking": (_TAKING,),
        "console.see_stock": (_TAKING,),
        "console.end_stock_taking": (_TAKING,),
        **_rows_of("computers", Workplace),
        **_rows_of("equipment", Equipment),
        "console.move_request": (_REQUEST,),
        "console.request_paper": (_REQUEST,),
        "console.cancel_hold": (_HOLD,),
        "console.extend_hold": (_HOLD,),
        "console.order_lane": (
            Thing(Station, "order", lambda _session, station: Reach(station.branch_code)),
        ),
        "console.acknowledge_alarm": (_ALARM,),
        "console.alarm_photo": (_ALARM_PHOTO,),
        "console.make_event": (_INTO_HALL,),
        "console.edit_event": (_EVENT,),
        "console.change_event": (_EVENT, _INTO_HALL),
        "console.cancel_event": (_EVENT,),
        "console.note_online": (_EVENT,),
        "console.sign_up": (_EVENT,),
        "console.change_signup": (_SIGNUP,),
        "console.admit_group": (_JOINED,),
        "console.shift_report": (_SHIFT,),
        "console.resolve_entry": (Waiting(),),
        "console.close_one_of_two": (Waiting(),),
        "console.settle_conflict": (Waiting(),),
        "console.notice_seen": (Thing(DepartmentNotice, "notice", _by_department),),
    }
)
"""Route -> what of one building it shows or changes."""


def is_elsewhere(endpoint: str) -> bool:
    """Whether this request is about something of a building that is out of reach."""
    things = BOUND.get(endpoint, ())
    if not things or mine().everywhere:
        return False
    asked = {**request.args, **request.form, **(request.view_args or {})}
    with database().reading() as session:
        return not all(mine().meets(each.building(session, asked)) for each in things)
