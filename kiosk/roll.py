"""The list of those inside by what this station knows, for paper and with the server away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from sqlite3 import Connection

from gate.events import BuildingRecord, VisitRecord
from gate.facts import Emergency, TicketKind, VisitState
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
        found = [one for one in visits.of_day(tx, state.seen, midnight) if one.state in _LISTED]
        lines = [_line(tx, one, building) for one in found]
    halls = {department.code: department.hall or department.name
             for department in building.departments}  # fmt: skip
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
        halls=tuple(_halls(lines, halls)),
    )


_Found = tuple[str, RollLine, str]


def _line(tx: Connection, visit: VisitRecord, building: BuildingRecord) -> _Found:
    """Kind of person, their line, and the code of the place where they were seen last."""
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
    )
    place = visit.marked_by or (f"event {event.hall}" if event else "")
    return kind, line, place


def _halls(lines: Iterable[_Found], halls: Mapping[str, str]) -> Iterator[RollHall]:
    def name(found: _Found) -> str:
        place = found[2]
        return place.removeprefix("event ") if place.startswith("event ") else halls.get(place, "")

    ordered = sorted(lines, key=lambda found: (name(found) == "", name(found), found[1].name))
    for hall, group in groupby(ordered, key=name):
        yield RollHall(name=hall, lines=tuple(line for _, line, _ in group))
