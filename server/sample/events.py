"""Halls, and events of the sample's day: over, running, full, opening soon, later, at night."""

from __future__ import annotations

import tomllib
from datetime import datetime
from importlib.resources import files
from typing import Any

from sqlalchemy.orm import Session

from gate.events import uuid7
from gate.facts import VisitState
from server.models import EventOfDay, Hall, VisitOrigin
from server.sample.days import Day
from server.sample.slips import Slips
from server.services import audit, changes, visits
from server.services.settings import LibrarySettings

_TIMES = ("doors", "starts", "ends")


def write_events(session: Session, day: Day, library: LibrarySettings, slips: Slips) -> int:
    """Write the events and those who are in them already; answers how many events."""
    source = tomllib.loads(files("server.sample").joinpath("events.toml").read_text("utf-8"))
    halls = [Hall(position=place, **entry) for place, entry in enumerate(source["hall"])]
    session.add_all(halls)
    session.flush()
    ids = {hall.name: hall.id for hall in halls}
    for entry in source["event"]:
        event = _event(entry, day, ids[entry["hall"]])
        session.add(event)
        session.flush()
        changes.note_event(session, event.id)
        audit.record(
            session, at=day.now, actor="system", action="imported", about=("event", event.id),
            details={"source": "sample"},
        )  # fmt: skip
        for persons in entry.get("visitors", ()):
            _visitors(session, event, persons, library, slips)
    return len(source["event"])


def _event(entry: dict[str, Any], day: Day, hall_id: int | None = None) -> EventOfDay:
    doors, starts, ends = _times(entry, day)
    return EventOfDay(
        id=f"{day.today.isoformat()}-{entry['key']}",
        title=entry["title"],
        title_en=entry["title_en"],
        hall=entry["hall"],
        hall_id=hall_id,
        doors_at=doors,
        starts_at=starts,
        ends_at=ends,
        places=entry.get("places"),
    )


def _times(entry: dict[str, Any], day: Day) -> list[datetime]:
    """By the clock where it has a time of day that is late enough, else from now."""
    near = [day.near(entry[name]) for name in _TIMES]
    by_clock = [_clock(day, text) for text in entry.get("clock", ())]
    return by_clock if by_clock and by_clock[0] > near[0] else near


def _clock(day: Day, text: str) -> datetime:
    hour, minute = map(int, text.split(":"))
    return day.at(day.today, hour, minute)


def _visitors(
    session: Session, event: EventOfDay, persons: int, library: LibrarySettings, slips: Slips
) -> None:
    """A group, or somebody alone, who came without a ticket when the doors opened (R2.4, V07)."""
    number, chance = slips.next()
    at = event.doors_at
    visits.begin(
        session,
        visits.Beginning(
            visit_id=uuid7(at, chance),
            slip_number=number,
            at=at,
            origin=VisitOrigin.DESK,
            state=VisitState.INSIDE,
            event_id=event.id,
            persons=persons,
        ),
        library,
    )
