"""The list of those inside by what this station knows, for paper and with the server away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from sqlite3 import Connection

from gate.events import BuildingRecord, EventRecord, VisitRecord
from gate.facts import Emergency, TicketKind, VisitState
from gate.records import hall_of
from kiosk import alerts
from kiosk.knowledge import timezone_of
from kiosk.store import Database, copy, tickets, visits
from templates.slips.content import RollContent, RollHall, RollLine

_LISTED = (VisitState.ADMITTED, VisitState.INSIDE, VisitState.EVACUATED)


def content(database: Database, station: str, at: datetime) -> RollContent | None:
    """All that the paper says; None before the first snapshot."""
    with database.read() as tx:
        state, building = copy.state(tx), copy.building(tx)
        if state is None or building is None:
            return None
        building = alerts.in_force(tx, building)
        zone = timezone_of(building)
        midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        found = [
            one for one in visits.of_day(tx, state.seen, midnight, building) if one.state in _LISTED
        ]
        lines = [_line(tx, one, building, station) for one in found]
    return RollContent(
        library=building.library_name,
        at=f"{at.astimezone(zone):%d.%m.%Y, %H:%M}",
        fire=building.emergency is Emergency.FIRE,
        air_raid=building.emergency is Emergency.AIR_RAID,
        station=station,
        heard_at=f"{state.as_of.astimezone(zone):%d.%m.%Y, %H:%M:%S}",
        readers=sum(kind == "reader" for kind, _, _ in lines),
        guests=sum(line.persons for kind, line, _ in lines if kind == "guest"),
        children=sum(line.persons - 1 for kind, line, _ in lines if kind == "reader"),
        staff=sum(kind == "staff" for kind, _, _ in lines),
        halls=tuple(_halls(lines)),
    )


_Found = tuple[str, RollLine, str]


def _line(tx: Connection, visit: VisitRecord, building: BuildingRecord, station: str) -> _Found:
    """Kind of person, their line, and the hall in which they were seen last."""
    ticket = None if visit.ticket_id is None else tickets.find(tx, visit.ticket_id)
    event = None if visit.event_id is None else copy.event(tx, visit.event_id)
    zone = timezone_of(building)
    seen = visit.marked_at or visit.opened_at
    kind = "guest" if visit.ticket_id is None else "reader"
    if ticket is not None and ticket.kind is TicketKind.STAFF:
        kind = "staff"
    line = RollLine(
        slip=visit.slip_number,
        name=(ticket.display_name if ticket else None) or (event.title if event else ""),
        seen=f"{seen.astimezone(zone):%H:%M}",
        persons=visit.persons,
        needs_help=visit.needs_help,
    )
    return kind, line, _place(visit, event, building, station)


def _place(
    visit: VisitRecord, event: EventRecord | None, building: BuildingRecord, station: str
) -> str:
    """The hall of the last mark, else that of the event, else the one that the way in leads to."""
    if not visit.marked_by:
        hall = hall_of(building, visit.station or station, event)
        return hall.name if hall else (event.hall if event else "")
    working = (hall.name for hall in building.halls if visit.marked_by in hall.departments)
    told = (one.hall or one.name for one in building.departments if one.code == visit.marked_by)
    return next(working, next(told, ""))


def _halls(lines: Iterable[_Found]) -> Iterator[RollHall]:
    """By hall, who needs help first; those whom no department saw at the end."""

    def name(found: _Found) -> str:
        return found[2]

    ordered = sorted(
        lines,
        key=lambda one: (name(one) == "", name(one), not one[1].needs_help, one[1].name),
    )
    for hall, group in groupby(ordered, key=name):
        yield RollHall(name=hall, lines=tuple(line for _, line, _ in group))
