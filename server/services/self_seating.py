"""Somebody asks for a computer of the centre at a kiosk, by ticket or slip (C1.5, C3.1.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from heapq import heapify, heapreplace

from sqlalchemy.orm import Session

from gate.events import WorkplaceAnswer, WorkplaceOutcome, WorkplaceQuery
from gate.reasons import Reason
from server.database import Database
from server.models import WorkplaceUse
from server.services import centre_readers, workplaces
from server.services.workplaces import NotPossible, Room

USUAL = timedelta(hours=1)
"""How long somebody sits whose turn is before: nobody knows, so it is what staff offer first."""


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
        use = workplaces.going_on(session, visit_id)
        if query.cancel and (use is None or use.workplace_id is None):
            if use is not None:
                workplaces.stop(session, use, actor, at)
            return _ended(WorkplaceOutcome.LEFT)
        try:
            use = use or workplaces.stand(session, visit_id, actor, at)
        except NotPossible:
            return _ended(WorkplaceOutcome.DESK)
        return _stands(session, use, at)


def _ended(outcome: WorkplaceOutcome) -> WorkplaceAnswer:
    return WorkplaceAnswer(outcome=outcome)


def _stands(session: Session, use: WorkplaceUse, at: datetime) -> WorkplaceAnswer:
    if use.workplace is not None:
        return WorkplaceAnswer(
            outcome=WorkplaceOutcome.SITS, place=use.workplace.name, at=use.ends_at
        )
    room = workplaces.room(session)
    before = [waiting.id for waiting in room.waiting].index(use.id)
    free = [place for place, taken in room.places if taken is None]
    if before < len(free):
        return WorkplaceAnswer(
            outcome=WorkplaceOutcome.FREE, place=free[before].name, before=before
        )
    return WorkplaceAnswer(
        outcome=WorkplaceOutcome.WAITS, before=before, at=expected(room, before, at)
    )


def expected(room: Room, before: int, at: datetime) -> datetime | None:
    """When a place is about to be free for whoever has `before` others before them.

    Each takes the place that is free first, and keeps it for as long as is usual.
    """
    free_at = [
        at if taken is None or taken.ends_at is None else max(taken.ends_at, at)
        for _, taken in room.places
    ]
    if not free_at:
        return None
    heapify(free_at)
    for _ in range(before):
        heapreplace(free_at, free_at[0] + USUAL)
    return free_at[0]
