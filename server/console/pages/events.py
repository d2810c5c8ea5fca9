"""The programme of today, with places left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.console.blueprint import console
from server.console.buildings import hall_said
from server.console.centre import database, library, now, words
from server.models import EventOfDay
from server.services import places
from templates.words import SOURCE_LANGUAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An event as the programme shows it."""

    event_id: str
    title: str
    hall: str
    doors_at: datetime
    starts_at: datetime
    ends_at: datetime
    places: int | None
    left: int | None
    is_cancelled: bool
    is_open: bool
    """Doors are open."""
    is_on: bool
    is_over: bool


@console.get("/events")
def events() -> str:
    """The programme of the day, from morning to evening."""
    with database().reading() as session:
        listed = [_listed(session, event) for event in _today(session)]
    return render_template("console/events.html", events=listed, now=now())


def _today(session: Session) -> Sequence[EventOfDay]:
    zone = library().zone
    begins = datetime.combine(library().day(now()), time.min, zone)
    query = select(EventOfDay).where(
        EventOfDay.ends_at > begins, EventOfDay.starts_at < begins + timedelta(days=1)
    )
    return session.scalars(query.order_by(EventOfDay.starts_at, EventOfDay.id)).all()


def _listed(session: Session, event: EventOfDay) -> Listed:
    taken = places.taken(session, [event.id], now())[event.id]
    foreign = words().language != SOURCE_LANGUAGE and event.title_en
    return Listed(
        event_id=event.id,
        title=event.title_en if foreign else event.title,
        hall=hall_said(session, event),
        doors_at=event.doors_at,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        places=event.places,
        left=places.left(event.places, taken),
        is_cancelled=event.cancelled_at is not None,
        is_open=event.doors_at <= now(),
        is_on=event.starts_at <= now() < event.ends_at,
        is_over=event.ends_at <= now(),
    )
