"""Somebody asks for a computer of the centre at a kiosk, by ticket or slip (C1.5, C3.1.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from heapq import heapify, heapreplace
from uuid import UUID

from sqlalchemy.orm import Session

from gate.events import WorkplaceAnswer, WorkplaceOutcome, WorkplaceQuery
from gate.reasons import Reason
from server.database import Database
from server.models import WorkplaceBooking, WorkplaceUse
from server.services import centre_readers, reach, settings, workplace_bookings, workplaces
from server.services.reach import Reach
from server.services.workplace_bookings import EARLY
from server.services.workplaces import NotPossible, Room

USUAL = timedelta(hours=1)
"""How long somebody sits whose turn is before: nobody knows, so it is what staff offer first."""

SOON = timedelta(minutes=15)
"""So near before the next booking nobody is sent to a place."""


def ask(
    database: Database, query: WorkplaceQuery, *, station: str, at: datetime
) -> WorkplaceAnswer:
    """Stand in the queue, or leave it; asked again it tells how it stands."""
    actor = f"station:{station}"
    with database.writing() as session:
        visit_id = centre_readers.visit_shown(session, query.credential, query.value)
        refused = centre_readers.refusal(session, visit_id, at)
        if visit_id is None or refused is not None:
            by_event = refused is Reason.EVENT_SLIP_NO_SERVICE
            return _ended(WorkplaceOutcome.DESK if by_event else WorkplaceOutcome.NOT_INSIDE)
        here = reach.of_station(session, station)
        use = workplaces.going_on(session, visit_id)
        booking = None if query.cancel else _due(session, visit_id, use, here, at)
        if booking is not None:
            return _take(session, booking, visit_id, actor, at)
        if query.cancel and (use is None or use.workplace_id is None):
            if use is not None:
                workplaces.stop(session, use, actor, at)
            return _ended(WorkplaceOutcome.LEFT)
        try:
            use = use or workplaces.stand(session, visit_id, actor, at, here)
        except NotPossible:
            return _ended(WorkplaceOutcome.DESK)
        return _stands(session, use, at)


def _due(
    session: Session, visit_id: UUID, use: WorkplaceUse | None, here: Reach, at: datetime
) -> WorkplaceBooking | None:
    """What they booked here, once its hour has come, unless they sit elsewhere."""
    who = workplace_bookings.whose(session, visit_id)
    mine = workplace_bookings.of_reader(session, who, settings.read(session), at, here)
    sits_at = None if use is None else use.workplace_id
    due = (each for each in mine if each.begins_at <= at + EARLY)
    return next((each for each in due if sits_at in (None, each.workplace_id)), None)


def _take(
    session: Session, booking: WorkplaceBooking, visit_id: UUID, actor: str, at: datetime
) -> WorkplaceAnswer:
    """Their booking begins, unless somebody still sits there."""
    sits = workplaces.at_place(session, booking.workplace_id)
    if sits is not None and sits.visit_id != visit_id:
        return WorkplaceAnswer(
            outcome=WorkplaceOutcome.WAITS, place=booking.workplace.name, at=sits.ends_at
        )
    try:
        use = workplaces.take_booked(session, booking.id, visit_id, actor, at)
    except NotPossible:
        return _ended(WorkplaceOutcome.DESK)
    return WorkplaceAnswer(
        outcome=WorkplaceOutcome.SITS, place=booking.workplace.name, at=use.ends_at
    )


def _ended(outcome: WorkplaceOutcome) -> WorkplaceAnswer:
    return WorkplaceAnswer(outcome=outcome)


def _stands(session: Session, use: WorkplaceUse, at: datetime) -> WorkplaceAnswer:
    if use.workplace is not None:
        return WorkplaceAnswer(
            outcome=WorkplaceOutcome.SITS, place=use.workplace.name, at=use.ends_at
        )
    room = workplaces.room(session, at, reach.of_department(session, use.department_code))
    before = [waiting.id for waiting in room.waiting].index(use.id)
    free = [
        place for place, taken in room.places
        if taken is None and not _is_soon(room.coming.get(place.id), at)
    ]  # fmt: skip
    if before < len(free):
        return WorkplaceAnswer(
            outcome=WorkplaceOutcome.FREE, place=free[before].name, before=before
        )
    return WorkplaceAnswer(
        outcome=WorkplaceOutcome.WAITS, before=before, at=expected(room, before, at)
    )


def _is_soon(booking: WorkplaceBooking | None, at: datetime) -> bool:
    """Whether it is not worth sitting down before the next booking."""
    return booking is not None and booking.begins_at - at < SOON


def expected(room: Room, before: int, at: datetime) -> datetime | None:
    """When a place is about to be free for whoever has `before` others before them.

    Each takes the place that is free first, and keeps it for as long as is usual. A booking that
    is near comes first.
    """
    free_at = []
    for place, taken in room.places:
        free = at if taken is None or taken.ends_at is None else max(taken.ends_at, at)
        booking = room.coming.get(place.id)
        free_at.append(booking.ends_at if booking and _is_soon(booking, free) else free)
    if not free_at:
        return None
    heapify(free_at)
    for _ in range(before):
        heapreplace(free_at, free_at[0] + USUAL)
    return free_at[0]
