"""What the station shows while nobody is being served."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Final

from gate.events import BuildingRecord, EventRecord, ResourceRecord, SpecialDaysRecord
from gate.facts import ClockTrust, OldCopy
from gate.reasons import Verdict
from gate.records import department_opening, hall_facts, hall_of
from kiosk import answers
from kiosk.clock import Clock
from kiosk.config import Role
from kiosk.knowledge import counted, of_today, policy_from, timezone_of
from kiosk.screens import (
    Away,
    Closed,
    EventLine,
    Full,
    NotReady,
    OutOfService,
    Screen,
    Start,
)
from kiosk.store import Database, copy

_HEARD: Final = timedelta(minutes=2)
"""A copy that is younger is kept by a server that answers: it is asked at least once a minute."""


class Front:
    """The idle screen, by role, copy, hour and devices. `scanner_works` is asked each time."""

    def __init__(  # noqa: PLR0913 - each is a fact of its own
        self,
        database: Database,
        role: Role,
        clock: Clock,
        scanner_works: Callable[[], bool],
        *,
        station: str,
        has_cards: bool,
        has_lane: bool = False,
        may_enrol: bool = False,
        may_order: bool = False,
    ) -> None:
        self._database = database
        self._role = role
        self._clock = clock
        self._scanner_works = scanner_works
        self._station = station
        self._has_cards = has_cards
        self._counts_shelter = role.lets_in and not has_lane
        self._may_enrol = may_enrol
        self._may_order = may_order

    @property
    def role(self) -> Role:
        """What this station is for."""
        return self._role

    @property
    def phone(self) -> str:
        """Where staff answer; empty while it is not known."""
        with self._database.read() as tx:
            building = copy.building(tx)
        return "" if building is None else building.service_centre_phone

    @property
    def is_ready(self) -> bool:
        """Whether this station has had a copy of the centre's facts."""
        with self._database.read() as tx:
            return copy.building(tx) is not None and copy.state(tx) is not None

    def home(self) -> Screen:
        """The screen that everything returns to at this moment."""
        with self._database.read() as tx:
            building, state = copy.building(tx), copy.state(tx)
            if building is None or state is None:
                return NotReady()
            at = self._clock.now()
            today = of_today(building, state.as_of, at)
            building = counted(tx, today, state.seen, at, self._station)
        alarm = answers.emergency(building, counts=self._counts_shelter)
        if alarm is not None:
            return alarm
        if not self._scanner_works():
            return OutOfService(phone=building.service_centre_phone)
        return self._shut(building, at) or self._start(building, at, state.as_of)

    def _shut(self, building: BuildingRecord, at: datetime) -> Screen | None:
        """Why nobody comes in now; where people go out, they are never told to stay away."""
        if self._role is not Role.ENTRANCE:
            return None
        if self._knows_the_hour and is_shut(building, at) and not self.events():
            opens, phone = building.opens_at, building.service_centre_phone
            return Closed(opens_at=opens if opens and at < opens else None, phone=phone)
        if building.limit is not None and building.inside >= building.limit:
            return Full()
        hall = hall_of(building, self._station, None)
        if hall is not None and not hall_facts(hall).has_room_for(1):
            return Full(hall=hall.name, hall_en=hall.name_en or hall.name)
        return None

    def _start(self, building: BuildingRecord, at: datetime, as_of: datetime) -> Start:
        closes_at, return_by = closing(building, at) if self._knows_the_hour else (None, None)
        notice, notice_en = announcement(building, at)
        told = self._knows_the_hour and closes_at is None
        rooms_close_at, rooms = closing_rooms(building, at) if told else (None, ())
        lets_in = self._role.lets_in
        return Start(
            role=self._role,
            has_events=lets_in and bool(self.all_events()),
            open_day=lets_in and building.open_day,
            has_cards=self._has_cards,
            away=away(building, as_of, at, self._role, time_known=self._knows_the_hour),
            may_enrol=self._may_enrol,
            may_order=self._may_order,
            has_resources=lets_in and self._has_resources,
            has_workplaces=lets_in and building.workplaces > 0,
            closes_at=closes_at,
            return_by=return_by,
            rooms_close_at=rooms_close_at,
            closing_rooms=rooms,
            notice=notice,
            notice_en=notice_en,
        )

    @property
    def _knows_the_hour(self) -> bool:
        return self._clock.trust() is ClockTrust.TRUSTED

    def events(self) -> tuple[EventLine, ...]:
        """What is on today and not over."""
        return self._event_lines(answers.event_lines)

    def all_events(self) -> tuple[EventLine, ...]:
        """What is on today, then what one may sign up for in the days to come."""
        return self.events() + self._event_lines(answers.coming_lines)

    def resources(self) -> tuple[ResourceRecord, ...]:
        """The information centre's catalogue."""
        with self._database.read() as tx:
            return copy.resources(tx)

    @property
    def _has_resources(self) -> bool:
        with self._database.read() as tx:
            return copy.has_resources(tx)

    @property
    def has_workplaces(self) -> bool:
        """Whether the information centre has computers to ask for."""
        with self._database.read() as tx:
            building = copy.building(tx)
        return building is not None and building.workplaces > 0

    def _event_lines(
        self, of: Callable[[Iterable[EventRecord], datetime, BuildingRecord], tuple[EventLine, ...]]
    ) -> tuple[EventLine, ...]:
        with self._database.read() as tx:
            building, state, events = copy.building(tx), copy.state(tx), copy.events(tx)
            if building is None or state is None:
                return ()
            at = self._clock.now()
            building = counted(tx, building, state.seen, at, self._station)
        return of(events, at, building)


def closing(building: BuildingRecord, at: datetime) -> tuple[datetime | None, datetime | None]:
    """The last half hour: when the house closes and, while there is time, when to return by."""
    policy = policy_from(building)
    closes = building.closes_at
    if closes is None or not timedelta() < closes - at <= policy.stack_stops_before_closing:
        return None, None
    return_by = closes - policy.return_before_closing
    return closes, return_by if at < return_by else None


def closing_rooms(
    building: BuildingRecord, at: datetime
) -> tuple[datetime | None, tuple[tuple[str, str], ...]]:
    """Departments of this house that are the next to close, in their last half hour, and when."""
    zone, policy = timezone_of(building), policy_from(building)
    day = at.astimezone(zone).date()
    found = [
        (hours[1], (room.name, room.name_en or room.name))
        for room in building.departments
        if room.branch == building.branch
        and (hours := department_opening(building, room, day, zone)) is not None
        and timedelta() < hours[1] - at <= policy.stack_stops_before_closing
    ]
    first = min((closes for closes, _ in found), default=None)
    return first, tuple(names for closes, names in found if closes == first)


def away(
    building: BuildingRecord, as_of: datetime, at: datetime, role: Role, *, time_known: bool
) -> Away | None:
    """That the copy has to do, and what follows from its age; None while the server is heard."""
    age, policy = at - as_of, policy_from(building)
    if age <= _HEARD and time_known:
        return None
    in_stops = policy.old_copy is OldCopy.DESK and age > policy.copy_max_age
    out_stops = policy.exit_on_old_counts is Verdict.DESK and age > policy.loan_counts_max_age
    zone = timezone_of(building)
    today = as_of.astimezone(zone).date() == at.astimezone(zone).date()
    return Away(
        as_of=as_of, today=today, time_known=time_known,
        to_the_desk=in_stops and role.lets_in, slips_to_staff=out_stops and role.lets_out,
    )  # fmt: skip


def announcement(building: BuildingRecord, at: datetime) -> tuple[str, str]:
    """The next change of hours that is announced today, in both languages; empty where none is.

    A department's begins with its name, in case the words of its notice do not.
    """
    today = at.astimezone(timezone_of(building)).date()
    told = [(days.first, days.notice, days.notice_en) for days in building.special
            if _is_told(days, today)]  # fmt: skip
    told += [
        (days.first, f"{room.name}: {days.notice}",
         days.notice_en and f"{room.name_en or room.name}: {days.notice_en}")
        for room in building.departments if room.branch == building.branch
        for days in room.special if _is_told(days, today)
    ]  # fmt: skip
    _, notice, notice_en = min(told, key=lambda days: days[0], default=(today, "", ""))
    return notice, notice_en


def _is_told(days: SpecialDaysRecord, today: date) -> bool:
    begun = days.announce_from is None or days.announce_from <= today
    return bool(days.notice) and begun and today <= days.last


def is_shut(building: BuildingRecord, at: datetime) -> bool:
    """Whether the house is closed at this instant, as far as its hours are known."""
    opens, closes = building.opens_at, building.closes_at
    early = opens is not None and at < opens
    late = closes is not None and at >= closes
    return building.closed_today or early or late
