"""Events of the library: made, changed, cancelled; stations see it at once (R4.1.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import uuid7
from server.database import Database
from server.models import EventKind, EventOfDay, Hall
from server.services import audit, changes, signup_list
from server.services.by import By
from server.services.keys import Entropy
from server.services.settings import LibrarySettings

LONGEST = timedelta(days=31)


class Plan(BaseModel):
    """An event as it is planned. Times are aware; places None takes the hall's, or no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
    title_en: Annotated[str, StringConstraints(max_length=300, strip_whitespace=True)] = ""
    kind: EventKind
    description: Annotated[str, StringConstraints(max_length=2000)] = ""
    hall_id: int
    doors_at: AwareDatetime | None = None
    """None: with the beginning."""
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    places: Annotated[int, Field(ge=1, le=10_000)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.doors_at is not None and self.doors_at > self.starts_at:
            raise ValueError("doors_after_start")
        if not self.starts_at < self.ends_at <= self.starts_at + LONGEST:
            raise ValueError("ends_before_it_starts")
        return self


class NoHall(LookupError):
    """There is no such hall, or it is used no longer."""


def make(database: Database, plan: Plan, by: By, entropy: Entropy) -> str:
    """Write an event down; answers its id. Raises NoHall."""
    with database.writing() as session:
        event = EventOfDay(id=uuid7(by.at, entropy(10)).hex, cancelled_at=None)
        _apply(session, event, plan)
        session.add(event)
        session.flush()
        _note(session, event, by, None, _plain(event))
        return event.id


def change(database: Database, event_id: str, plan: Plan, by: By) -> None:
    """Change an event. Raises LookupError, NoHall."""
    with database.writing() as session:
        event = known(session, event_id)
        before = _plain(event)
        _apply(session, event, plan)
        session.flush()
        if before != _plain(event):
            _note(session, event, by, before, _plain(event))
            signup_list.move_up(session, event, by.at)


def cancel(database: Database, event_id: str, reason: str, by: By) -> None:
    """Call an event off; stations show it no more. Raises LookupError, ValueError (no reason)."""
    said = reason.strip()[:300]
    if not said:
        raise ValueError("an event is called off for a reason")
    with database.writing() as session:
        event = known(session, event_id)
        if event.cancelled_at is None:
            event.cancelled_at, event.cancel_reason = by.at, said
            _note(session, event, by, {"cancelled": None}, {"cancelled": said})


def restore(database: Database, event_id: str, by: By) -> None:
    """Take the calling off back. Raises LookupError."""
    with database.writing() as session:
        event = known(session, event_id)
        if event.cancelled_at is not None:
            before = event.cancel_reason
            event.cancelled_at, event.cancel_reason = None, ""
            _note(session, event, by, {"cancelled": before}, {"cancelled": None})


def note_online(database: Database, event_id: str, persons: int, by: By) -> None:
    """How many took part from elsewhere (C3.1.5). Raises LookupError, ValueError."""
    if not 0 <= persons <= 100_000:  # noqa: PLR2004
        raise ValueError("persons online")
    with database.writing() as session:
        event = known(session, event_id)
        before, event.online_persons = event.online_persons, persons
        _note(session, event, by, {"online": before}, {"online": persons})


def known(session: Session, event_id: str) -> EventOfDay:
    """An event. Raises LookupError."""
    event = session.get(EventOfDay, event_id, with_for_update=True)
    if event is None:
        raise LookupError(f"no event {event_id}")
    return event


def between(
    session: Session, library: LibrarySettings, first: date, last: date
) -> Sequence[EventOfDay]:
    """Events that go on at some time between two days, in their order."""
    begins = datetime.combine(first, time.min, library.zone)
    ends = datetime.combine(last + timedelta(days=1), time.min, library.zone)
    query = select(EventOfDay).where(EventOfDay.ends_at > begins, EventOfDay.starts_at < ends)
    return session.scalars(query.order_by(EventOfDay.starts_at, EventOfDay.id)).all()


def clashes(session: Session, event: EventOfDay) -> Sequence[EventOfDay]:
    """Other events in the same hall at the same time."""
    if event.hall_id is None:
        return ()
    query = select(EventOfDay).where(
        EventOfDay.hall_id == event.hall_id, EventOfDay.id != event.id,
        EventOfDay.cancelled_at.is_(None), EventOfDay.starts_at < event.ends_at,
        EventOfDay.ends_at > event.starts_at,
    )  # fmt: skip
    return session.scalars(query.order_by(EventOfDay.starts_at)).all()


def _apply(session: Session, event: EventOfDay, plan: Plan) -> None:
    hall = session.get(Hall, plan.hall_id)
    if hall is None or (hall.retired_at is not None and event.hall_id != hall.id):
        raise NoHall(str(plan.hall_id))
    event.title, event.title_en = plan.title, plan.title_en
    event.kind, event.description = plan.kind, plan.description.strip()
    event.hall, event.hall_id = hall.name, hall.id
    event.doors_at = plan.doors_at or plan.starts_at
    event.starts_at, event.ends_at = plan.starts_at, plan.ends_at
    event.places = plan.places if plan.places is not None else hall.capacity


def _plain(event: EventOfDay) -> Mapping[str, Any]:
    return {
        "title": event.title, "kind": event.kind, "hall": event.hall, "places": event.places,
        "doors": event.doors_at.isoformat(), "starts": event.starts_at.isoformat(),
        "ends": event.ends_at.isoformat(),
    }  # fmt: skip


def _note(
    session: Session, event: EventOfDay, by: By, before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:  # fmt: skip
    changes.note_event(session, event.id)
    audit.record(
        session, at=by.at, actor=by.actor, action="event_changed", about=("event", event.id),
        details={"before": before, "after": after},
    )  # fmt: skip
