"""Places of an event, taken for a short while: the last one goes to one of two kiosks (V02)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import ReservationAnswer, ReservationQuery
from server.database import Database
from server.models import EventOfDay, Reservation
from server.services import changes, places, settings, signup_list


class UnknownEvent(LookupError):
    """There is no such event, or it was cancelled."""


def reserve(
    database: Database, query: ReservationQuery, *, station: str, at: datetime
) -> ReservationAnswer:
    """Take places until a visit uses them or the time runs out.

    The event's row is held until the commit, so that two who ask at once are answered one after
    the other. Asking again with the same id takes no second place. Raises UnknownEvent.
    """
    with database.writing() as session:
        event = session.scalar(
            select(EventOfDay)
            .where(EventOfDay.id == query.event_id, EventOfDay.cancelled_at.is_(None))
            .with_for_update()
        )
        if event is None:
            raise UnknownEvent(query.event_id)
        before = session.get(Reservation, query.id)
        if before is not None and (before.visit_id is not None or before.expires_at > at):
            return _answer(session, event, before, at)
        signup_list.move_up(session, event, at)
        left = _left(session, event, at)
        kept = _kept(session, event, query.ticket_id)
        left = None if left is None else left + kept
        if left is not None and left < query.persons:
            return ReservationAnswer(granted=False, places_left=left)
        ttl = timedelta(seconds=settings.read(session).reservation_ttl_s)
        taken = before or Reservation(
            id=query.id, event_id=event.id, station_code=station, persons=query.persons,
            created_at=at, expires_at=at + ttl,
        )  # fmt: skip
        taken.expires_at = at + ttl
        session.add(taken)
        session.flush()
        changes.note_event(session, event.id)
        return _answer(session, event, taken, at)


def _left(session: Session, event: EventOfDay, at: datetime) -> int | None:
    return places.left(event.places, places.taken(session, [event.id], at)[event.id])


def _kept(session: Session, event: EventOfDay, ticket_id: str | None) -> int:
    """Places that wait for the reader of this ticket, who signed up."""
    found = signup_list.awaited(session, () if ticket_id is None else (ticket_id,))
    awaited = found.get(ticket_id or "", ())
    return sum(entry.persons for entry, of in awaited if of.id == event.id and not entry.waits)


def _answer(
    session: Session, event: EventOfDay, taken: Reservation, at: datetime
) -> ReservationAnswer:
    return ReservationAnswer(
        granted=True, places_left=_left(session, event, at), expires_at=taken.expires_at
    )


def use(session: Session, reservation_id: UUID | None, visit_id: UUID) -> None:
    """From now on the visit takes the place. An unknown or used reservation changes nothing."""
    if reservation_id is None:
        return
    taken = session.get(Reservation, reservation_id)
    if taken is not None and taken.visit_id is None:
        taken.visit_id = visit_id
