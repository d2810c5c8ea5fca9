"""The information centre of the sample: its catalogue, and its log from last month to yesterday.

Everything is counted from `month.toml`, so that each report of last month can be added up by hand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from importlib.resources import files
from itertools import count, cycle
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import uuid7
from gate.facts import VisitState
from server.models import (
    Concession,
    Consultation,
    Demand,
    EResource,
    EventOfDay,
    EventSignup,
    Hall,
    Indicator,
    PaidFor,
    PaidService,
    Payment,
    PlanTarget,
    Ticket,
    Visit,
    VisitOrigin,
    Workplace,
    WorkplaceBooking,
    WorkplaceUse,
)
from server.sample.days import Day
from server.sample.month_registers import write_registers
from server.sample.slips import Slips
from server.services import audit, changes, visits
from server.services.settings import LibrarySettings

CENTRE = "11"
_BEFORE = timedelta(minutes=5)
_AFTER = timedelta(minutes=10)
_MONTHS = 12
_Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Month:
    """Whose work it is, and what it needs."""

    session: Session
    day: Day
    library: LibrarySettings
    staff_id: int
    branch_staff_id: int
    """Who works in the centre of the branch."""
    numbers: Iterator[tuple[str, bytes]]
    tickets: Sequence[Ticket]
    earlier_prices: Mapping[str, int] = field(default_factory=dict)

    def author(self, entry: _Entry) -> int:
        """Whose entry it is: where they work it stands."""
        return self.branch_staff_id if entry.get("in_branch") else self.staff_id

    def at(self, day: date, clock: str) -> datetime:
        """Clock time of a day, in UTC."""
        return self.day.at(day, *map(int, clock.split(":")))


def source() -> _Entry:
    """The file as it stands."""
    return tomllib.loads(files("server.sample").joinpath("month.toml").read_text("utf-8"))


def days_of(day: Day) -> list[date]:
    """From the first of last month until yesterday."""
    first = (day.today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return [first + timedelta(days=number) for number in range((day.today - first).days)]


def slips_of(day: Day, slips: Slips) -> Iterator[tuple[str, bytes]]:
    """Numbers for the visits of these days: they come before those of today."""
    told = source()
    daily = [entry["weekday"] for entry in told["service"] if entry.get("slip")]
    needed = sum(daily.count(each.isoweekday()) for each in days_of(day))
    needed += sum(
        entry.get("came", 0) + len(entry["without_ticket"])
        for entry in told["event"] for each in days_of(day) if _is_on(entry, each)
    )  # fmt: skip
    return iter([slips.next() for _ in range(needed)])


def write_month(month: Month) -> None:
    """Write the catalogue, the registers, and everything that happened; the plan for the year."""
    told, session = source(), month.session
    earlier = {each["name"]: each["before"] for each in told["price"] if "before" in each}
    month = replace(month, earlier_prices=earlier)
    write_registers(session, told, month.day, month.staff_id)
    session.add_all(Workplace(position=n, **entry) for n, entry in enumerate(told["workplace"]))
    services = list(session.scalars(select(PaidService).order_by(PaidService.position)))
    readers = cycle(month.tickets) if month.tickets else None
    receipts = count(1)
    for day in days_of(month.day):
        for entry in _of(told["service"], day):
            reader = next(readers) if entry.get("slip") and readers is not None else None
            _service(month, entry, day, reader)
        for entry in _of(told["ask"], day):
            _ask(month, entry, day)
        for entry in _of(told["sale"], day):
            _sale(month, entry, day, services[entry["price"] - 1], next(receipts))
        for entry in told["event"]:
            if _is_on(entry, day):
                _event(month, entry, day)
    _plan(month, told["target"])
    _sit(month)
    changes.note_building(session)
    changes.note_resource(session, *session.scalars(select(EResource.id)))
    audit.record(
        session, at=month.day.now, actor="system", action="imported",
        about=("consultation", CENTRE),
        details={"source": "sample", "days": len(days_of(month.day))},
    )  # fmt: skip


def _of(entries: list[_Entry], day: date) -> list[_Entry]:
    return [entry for entry in entries if entry["weekday"] == day.isoweekday()]


def _is_on(entry: _Entry, day: date) -> bool:
    return (entry["weekday"], entry["nth"]) == (day.isoweekday(), (day.day - 1) // 7 + 1)


def _service(month: Month, entry: _Entry, day: date, reader: Ticket | None) -> None:
    at = month.at(day, entry["at"])
    visit = None
    if reader is not None:
        leaves = at + timedelta(minutes=entry["minutes"]) + _AFTER
        visit = _visit(month, at - _BEFORE, leaves, ticket_id=reader.id)
        visits.mark(month.session, visit, CENTRE, at=at, staff_id=month.staff_id)
    month.session.add(
        Consultation(
            at=at, service=entry["service"], topic=entry["topic"], minutes=entry["minutes"],
            outcome=entry.get("outcome", "helped"), persons=entry.get("persons", 1),
            visit_id=None if visit is None else visit.id, staff_id=month.author(entry),
            branch_code=entry.get("advised"),
            struck_at=at + _AFTER if entry.get("struck") else None,
        )
    )  # fmt: skip


def _visit(month: Month, at: datetime, leaves: datetime, **who: Any) -> Visit:
    number, chance = next(month.numbers)
    beginning = visits.Beginning(
        visit_id=uuid7(at, chance), slip_number=number, at=at, origin=VisitOrigin.DESK, **who
    )
    visit = visits.begin(month.session, beginning, month.library, open_visits=())
    month.session.flush()
    visits.end(month.session, visit, at=leaves, handed_in=True)
    return visit


def _ask(month: Month, entry: _Entry, day: date) -> None:
    month.session.add(
        Demand(
            at=month.at(day, entry["at"]), topic=entry["topic"], asked=entry["asked"],
            missing=entry.get("missing", False), staff_id=month.author(entry),
        )
    )  # fmt: skip


def _sale(month: Month, entry: _Entry, day: date, service: PaidService, receipt: int) -> None:
    old = month.earlier_prices if day < raised_on(month.day) else {}
    price = old.get(service.name, service.price)
    month.session.add(
        Payment(
            paid_for=PaidFor.SERVICE, service_id=service.id, quantity=entry["quantity"],
            amount=price * entry["quantity"], concession=Concession.FULL, method=entry["method"],
            receipt_number=f"К-{receipt:04}", year=day.year, at=month.at(day, entry["at"]),
            staff_id=month.author(entry),
        )
    )  # fmt: skip


def raised_on(day: Day) -> date:
    """When the new prices of the sample came into force: the 15th of last month."""
    return days_of(day)[0].replace(day=15)


def _event(month: Month, entry: _Entry, day: date) -> None:
    starts = month.at(day, entry["starts"])
    ends = starts + timedelta(hours=entry["hours"])
    hall = month.session.scalars(select(Hall).where(Hall.name == entry["hall"])).one()
    event = EventOfDay(
        id=f"{day.isoformat()}-{entry['key']}", kind=entry["kind"], title=entry["title"],
        title_en=entry["title_en"], hall=hall.name, hall_id=hall.id, doors_at=starts - _AFTER,
        starts_at=starts, ends_at=ends, places=entry.get("places"),
        online_persons=entry.get("online"),
    )  # fmt: skip
    month.session.add(event)
    month.session.flush()
    for persons in entry["without_ticket"]:
        _visit(month, event.doors_at, ends + _AFTER, event_id=event.id, persons=persons)
    for number, reader in enumerate(month.tickets[: entry.get("signed_up", 0)]):
        came = number < entry["came"]
        _sign_up(month, event, reader, came=came)


def _sign_up(month: Month, event: EventOfDay, reader: Ticket, *, came: bool) -> None:
    visit = None
    if came:
        leaves = event.ends_at + _AFTER
        visit = _visit(month, event.doors_at, leaves, ticket_id=reader.id, event_id=event.id)
    month.session.add(
        EventSignup(
            event_id=event.id, patron_id=reader.patron_id, at=event.starts_at - timedelta(days=3),
            staff_id=month.staff_id, came_at=event.doors_at if came else None,
            visit_id=None if visit is None else visit.id,
        )
    )  # fmt: skip


def _plan(month: Month, targets: dict[str, int]) -> None:
    """The same for every month of the years that the log touches."""
    for year in {day.year for day in days_of(month.day)} | {month.day.today.year}:
        month.session.add_all(
            PlanTarget(indicator=Indicator(name), month=date(year, number, 1), target=target)
            for name, target in targets.items()
            for number in range(1, _MONTHS + 1)
        )


def _sit(month: Month) -> None:
    """Two of those inside sit at a computer, one with time left; the first booked another."""
    session, day = month.session, month.day
    inside = session.scalars(
        select(Visit)
        .where(Visit.closed_at.is_(None), Visit.state == VisitState.INSIDE,
               Visit.ticket_id.is_not(None), Visit.opened_at >= day.begins)
        .order_by(Visit.opened_at)
        .limit(2)
    ).all()  # fmt: skip
    places = session.scalars(select(Workplace).order_by(Workplace.position)).all()
    for place, visit, left in zip(places, inside, (25, -5), strict=False):
        session.add(
            WorkplaceUse(
                visit_id=visit.id, workplace_id=place.id, asked_at=day.ago(35),
                started_at=day.ago(35), ends_at=day.now + timedelta(minutes=left),
                started_by=month.staff_id,
            )
        )  # fmt: skip
    hour = day.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
    for place, visit in zip(places[2:], inside, strict=False):
        session.add(
            WorkplaceBooking(
                workplace_id=place.id, ticket_id=visit.ticket_id, begins_at=hour,
                ends_at=hour + timedelta(hours=1), made_at=day.ago(30),
            )
        )  # fmt: skip
