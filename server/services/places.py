"""Places of events: taken by visits, by reservations that still hold, by those signed up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gate.facts import VisitState
from server.models import EventOfDay, EventSignup, Reservation, Visit


def taken(session: Session, event_ids: Sequence[str], at: datetime) -> Counter[str]:
    """Places taken, by event. A visit counts from its slip on; who did not pass takes none.

    Who signed up has a place until the event begins, and who was ticked off keeps it; who waits
    for a place has none.
    """
    visits = session.execute(
        select(Visit.event_id, func.sum(Visit.persons))
        .where(Visit.event_id.in_(event_ids), Visit.state != VisitState.NOT_PASSED)
        .group_by(Visit.event_id)
    )
    held = session.execute(
        select(Reservation.event_id, func.sum(Reservation.persons))
        .where(
            Reservation.event_id.in_(event_ids),
            Reservation.visit_id.is_(None),
            Reservation.expires_at > at,
        )
        .group_by(Reservation.event_id)
    )
    signed_up = session.execute(
        select(EventSignup.event_id, func.sum(EventSignup.persons))
        .join(EventOfDay, EventOfDay.id == EventSignup.event_id)
        .where(
            EventSignup.event_id.in_(event_ids),
            EventSignup.cancelled_at.is_(None),
            EventSignup.waits.is_(False),
            EventSignup.visit_id.is_(None),
            or_(EventSignup.came_at.is_not(None), EventOfDay.starts_at > at),
        )
        .group_by(EventSignup.event_id)
    )
    found: Counter[str] = Counter()
    for event_id, persons in (*visits, *held, *signed_up):
        found[event_id or ""] += persons
    return found


def left(places: int | None, taken_places: int) -> int | None:
    """Places left, never less than none; None where there is no limit."""
    return None if places is None else max(0, places - taken_places)
