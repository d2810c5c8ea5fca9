"""Facts out of the records that stations and server exchange, and decisions back into records.

Pure conversion, shared by both sides, so that the same row means the same fact everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

from gate.calendar import (
    DAYS_A_WEEK,
    Calendar,
    OpenHours,
    SpecialDays,
    is_open_day,
)
from gate.events import (
    BanRecord,
    BuildingRecord,
    DepartmentCountRecord,
    DepartmentRecord,
    DutyRecord,
    EventRecord,
    HallRecord,
    KeyRecord,
    OwnItemRecord,
    ReasonRecord,
    SpecialDaysRecord,
    TicketRecord,
    VisitRecord,
    WeekRecord,
)
from gate.facts import (
    Ban,
    BuildingFacts,
    Decision,
    DepartmentCount,
    EventFacts,
    InsideAgain,
    OldCopy,
    OwnItem,
    Policy,
    RoomFacts,
    TicketFacts,
    VisitFacts,
)
from gate.keys import KeyUse, PublicKey
from gate.reasons import Verdict


def ticket_facts(record: TicketRecord) -> TicketFacts:
    """What a decision may know of the ticket."""
    return TicketFacts(
        ticket_id=record.ticket_id,
        kind=record.kind,
        state=record.state,
        valid_from=record.valid_from,
        valid_until=record.valid_until,
        registered_for=record.registered_for,
        fee_paid=record.fee_paid,
        home_loans=record.home_loans,
        ban=_ban(record.ban),
        consent_missing_until=record.consent_missing_until,
        document_to_renew_from=record.document_to_renew_from,
        agreement_until=record.agreement_until,
        overdue_loans=record.overdue_loans,
        slip_not_returned=record.slip_not_returned,
        display_name=record.display_name,
        number=record.number,
    )


def _ban(record: BanRecord | None) -> Ban | None:
    return None if record is None else Ban(since=record.since, until=record.until)


def visit_facts(record: VisitRecord, loans_as_of: datetime | None = None) -> VisitFacts:
    """What a decision may know of the visit; `loans_as_of` is the age of its loan counts."""
    return VisitFacts(
        visit_id=str(record.visit_id),
        slip_number=record.slip_number,
        state=record.state,
        station=record.station,
        opened_at=record.opened_at,
        ticket_id=record.ticket_id,
        event_id=record.event_id,
        persons=record.persons,
        slip_state=record.slip_state,
        reading_room=tuple(
            DepartmentCount(department=out.department, count=out.count)
            for out in record.reading_room
        ),
        home_today=record.home_today,
        marks=record.marks,
        own_items=tuple(own_item(item) for item in record.own_items),
        closed_at=record.closed_at,
        loans_as_of=loans_as_of,
    )


def own_item(record: OwnItemRecord) -> OwnItem:
    """Something of the reader's own, as the rules see it."""
    return OwnItem(kind=record.kind, count=record.count, approved_by=record.approved_by)


def event_facts(record: EventRecord) -> EventFacts:
    """What the door needs of an event."""
    return EventFacts(
        event_id=record.event_id,
        opens_at=record.doors_at,
        ends_at=record.ends_at,
        places_left=record.places_left,
    )


def building_facts(record: BuildingRecord) -> BuildingFacts:
    """The house as the rules see it."""
    return BuildingFacts(
        opens_at=record.opens_at,
        closes_at=record.closes_at,
        closed_today=record.closed_today,
        open_day=record.open_day,
        inside=record.inside,
        limit=record.limit,
        emergency=record.emergency,
        has_shelter=record.has_shelter,
        shelter=RoomFacts(inside=record.shelter_inside, limit=record.shelter_limit),
    )


def hall_of(record: BuildingRecord, station: str, event: EventRecord | None) -> HallRecord | None:
    """Where somebody goes who comes in at a station: to the event, else where the way leads."""
    for hall in record.halls:
        if hall.name == event.hall if event is not None else station in hall.stations:
            return hall
    return None


def hall_facts(record: HallRecord | None) -> RoomFacts:
    """The hall as the rules see it; without a limit where there is none."""
    return RoomFacts() if record is None else RoomFacts(inside=record.inside, limit=record.limit)


def building_on(record: BuildingRecord, day: date, zone: tzinfo) -> BuildingRecord:
    """The house on another of its days, as far as its calendar tells.

    Where the server told no calendar the hours are not known, and refuse nobody.
    """
    unknown: dict[str, object] = dict.fromkeys(("opens_at", "closes_at"))
    unknown |= dict.fromkeys(("closed_today", "open_day"), False)
    if len(record.week) != DAYS_A_WEEK:
        return record.model_copy(update=unknown)
    house = calendar_of(record.week, record.special)
    opening = house.doors(day, zone)
    told = unknown | {"open_day": is_open_day(day, house.special), "closed_today": opening is None}
    if opening is not None:
        told["opens_at"], told["closes_at"] = opening
    return record.model_copy(update=told)


def calendar_of(
    week: WeekRecord, special: Iterable[SpecialDaysRecord], house: Calendar | None = None
) -> Calendar:
    """Hours of a house, or of a department in it."""
    return Calendar(
        week=[hours and OpenHours(*hours) for hours in week],
        special=[special_days(days) for days in special],
        house=house,
    )


def department_opening(
    building: BuildingRecord, department: DepartmentRecord, day: date, zone: tzinfo
) -> tuple[datetime, datetime] | None:
    """When a department of this house works on a day. None: not at all, or nobody told hours."""
    if len(building.week) != DAYS_A_WEEK:
        return None
    house = calendar_of(building.week, building.special)
    own = calendar_of(department.week or building.week, department.special, house)
    return own.doors(day, zone)


def special_days(record: SpecialDaysRecord) -> SpecialDays:
    """Days that differ from their week, as the rules see them."""
    opens, closes = record.opens, record.closes
    hours = None if opens is None or closes is None else OpenHours(opens, closes)
    return SpecialDays(
        first=record.first, last=record.last, hours=hours, usual=record.usual,
        open_day=record.open_day,
    )  # fmt: skip


_POLICY_DEFAULTS: Final = {f.name: f.default for f in fields(Policy) if f.name != "timezone"}


def policy_of(record: BuildingRecord, timezone: tzinfo) -> Policy:
    """The library's settings; `timezone` is the one that the record names.

    Settings that this version does not know are left out (fault 34). Raises ValueError with a value
    that is none for its setting.
    """
    settings = {
        name: _setting(name, value)
        for name, value in record.policy.items()
        if name in _POLICY_DEFAULTS
    }
    return Policy(timezone=timezone, **settings)


def policy_settings(policy: Policy) -> dict[str, Any]:
    """The settings that differ from the defaults, as `BuildingRecord.policy` carries them."""
    return {
        name: _plain(getattr(policy, name))
        for name, default in _POLICY_DEFAULTS.items()
        if getattr(policy, name) != default
    }


def _setting(name: str, value: Any) -> Any:
    try:
        return _like(_POLICY_DEFAULTS[name], value)
    except (ArithmeticError, TypeError, ValueError) as wrong:
        raise ValueError(f"policy: {value!r} is no value for {name}") from wrong


def _like(default: object, value: Any) -> Any:
    """Read a setting in the type of its default."""
    if isinstance(default, timedelta):
        return timedelta(seconds=value)
    if isinstance(default, tuple):
        month, day = value
        return int(month), int(day)
    if isinstance(default, InsideAgain | OldCopy | Verdict):
        return type(default)(value)
    if type(value) is not type(default):
        raise TypeError("a value of another type")
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    return list(value) if isinstance(value, tuple) else value


def public_key(record: KeyRecord) -> PublicKey:
    """A key for the ring. Raises ValueError where id or key are not hex of 8 and 32 bytes."""
    return PublicKey(
        key_id=bytes.fromhex(record.key_id),
        raw=bytes.fromhex(record.public_key),
        use=KeyUse(record.use),
        station=record.station,
        not_before=record.not_before,
        not_after=record.not_after,
        revoked_at=record.revoked_at,
    )


def key_record(key: PublicKey) -> KeyRecord:
    """The same key on the wire."""
    return KeyRecord(
        key_id=key.key_id.hex(),
        public_key=key.raw.hex(),
        use=key.use.value,
        station=key.station,
        not_before=key.not_before,
        not_after=key.not_after,
        revoked_at=key.revoked_at,
    )


def reason_records(decision: Decision) -> tuple[ReasonRecord, ...]:
    """Reasons with all that their words need, the gravest first."""
    return tuple(
        ReasonRecord(
            code=because.code,
            until=because.until,
            departments=tuple(
                DepartmentCountRecord(department=out.department, count=out.count)
                for out in because.departments
            ),
        )
        for because in decision.reasons
    )


def duty_records(decision: Decision) -> tuple[DutyRecord, ...]:
    """Duties with their numbers."""
    return tuple(DutyRecord(code=task.code, count=task.count) for task in decision.duties)
