"""The list of those who signed up for an event, as all who keep it read it (R4.1.11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.models import EventOfDay, EventSignup, Ticket, Visit
from server.services import audit, changes, places


def places_left(session: Session, event: EventOfDay, at: datetime) -> int | None:
    """Places that nobody has yet; None where there is no limit."""
    return places.left(event.places, places.taken(session, [event.id], at)[event.id])


def waiting(session: Session, event_id: str) -> Sequence[EventSignup]:
    """Who waits for a place, longest first."""
    query = select(EventSignup).where(
        EventSignup.event_id == event_id, EventSignup.waits, EventSignup.cancelled_at.is_(None),
        EventSignup.came_at.is_(None),
    )  # fmt: skip
    return session.scalars(query.order_by(EventSignup.id)).all()


def turn(session: Session, entry: EventSignup) -> int | None:
    """The number in the queue, from one; None for an entry that has its place."""
    queue = [each.id for each in waiting(session, entry.event_id)]
    return queue.index(entry.id) + 1 if entry.id in queue else None


def move_up(session: Session, event: EventOfDay, at: datetime) -> None:
    """Give what became free to those who wait, longest first, each who fits into what is left.

    With the beginning of the event the queue ends: from then on whoever stands at the door enters.
    """
    if event.cancelled_at is not None or event.starts_at <= at:
        return
    for entry in waiting(session, event.id):
        left = places_left(session, event, at)
        if left is None or entry.persons <= left:
            entry.waits, entry.placed_at = False, at
            note(session, entry, "event_place_given", "system", at)


def of_patron(session: Session, event_id: str, patron_id: int) -> EventSignup | None:
    """A reader's entry on the list of an event."""
    query = select(EventSignup).where(
        EventSignup.event_id == event_id, EventSignup.patron_id == patron_id,
        EventSignup.cancelled_at.is_(None),
    )  # fmt: skip
    return session.scalar(query)


def awaited(
    session: Session, ticket_ids: Collection[str]
) -> Mapping[str, Sequence[tuple[EventSignup, EventOfDay]]]:
    """Whom events still wait for among the readers of these tickets."""
    found: dict[str, list[tuple[EventSignup, EventOfDay]]] = defaultdict(list)
    if not ticket_ids:
        return found
    rows = session.execute(
        select(Ticket.id, EventSignup, EventOfDay)
        .join(EventSignup, EventSignup.patron_id == Ticket.patron_id)
        .join(EventOfDay, EventOfDay.id == EventSignup.event_id)
        .where(
            Ticket.id.in_(ticket_ids), EventSignup.cancelled_at.is_(None),
            EventSignup.came_at.is_(None), EventOfDay.cancelled_at.is_(None),
        )
        .order_by(EventOfDay.starts_at)
    )  # fmt: skip
    for ticket_id, entry, event in rows:
        found[ticket_id].append((entry, event))
    return found


def arrived(
    session: Session, visit: Visit, waiting: Sequence[tuple[EventSignup, EventOfDay]], actor: str
) -> None:
    """Tick off who came in for an event: by choosing it, or while its doors are open.

    Who waits for a place is ticked off by choosing alone, where there was one after all.
    """
    at = visit.opened_at
    for entry, event in waiting:
        chosen = visit.event_id == event.id
        has_place = visit.event_id is None and not entry.waits
        doors_open = has_place and event.doors_at <= at < event.ends_at
        if entry.came_at is None and (chosen or doors_open):
            visit.event_id = event.id
            session.flush()  # the visit is there before the entry names it
            entry.came_at, entry.visit_id, entry.waits = at, visit.id, False
            note(session, entry, "event_attended", actor, at)
            return


def note(session: Session, entry: EventSignup, action: str, actor: str, at: datetime) -> None:
    """Keep a change of the list, and tell stations of the places."""
    session.flush()
    changes.note_event(session, entry.event_id)
    audit.record(
        session, at=at, actor=actor, action=action, about=("event", entry.event_id),
        details={"entry": entry.id, "persons": entry.persons},
    )  # fmt: skip
