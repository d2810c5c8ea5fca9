"""Computers of the centre: who sits where by which slip, until when, and who waits (C3.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from gate.reasons import Reason
from server.database import Database
from server.models import Visit, Workplace, WorkplaceUse
from server.services import audit, centre_copy, centre_readers
from server.services.by import By

LONGEST = timedelta(hours=4)


class NotPossible(ValueError):
    """Why not, as a code.

    `no_visit`, `event_slip`, `taken`, `sits_already`, `over`, `too_long`, `others_wait`,
    `no_workplace`.
    """


@dataclass(frozen=True, slots=True)
class Room:
    """The centre's computers as they are, and who waits, the first first."""

    places: Sequence[tuple[Workplace, WorkplaceUse | None]]
    waiting: Sequence[WorkplaceUse]


def room(session: Session) -> Room:
    """Every workplace in use, with whoever sits there."""
    places = session.scalars(
        select(Workplace)
        .where(Workplace.retired_at.is_(None))
        .order_by(Workplace.position, Workplace.name)
    ).all()
    uses = session.scalars(
        select(WorkplaceUse)
        .join(Visit, Visit.id == WorkplaceUse.visit_id)
        .where(WorkplaceUse.ended_at.is_(None), Visit.closed_at.is_(None))
        .order_by(WorkplaceUse.asked_at, WorkplaceUse.id)
        .options(joinedload(WorkplaceUse.workplace))
    ).all()
    sitting = {use.workplace_id: use for use in uses if use.workplace_id is not None}
    waiting = [use for use in uses if use.workplace_id is None]
    return Room([(place, sitting.get(place.id)) for place in places], waiting)


def wait(database: Database, visit_id: UUID, by: By) -> int:
    """Stand at the end of the queue; answers how many are before. Raises NotPossible."""
    try:
        with database.writing() as session:
            before = len(room(session).waiting)
            stand(session, visit_id, by.actor, by.at)
            return before
    except IntegrityError:
        raise NotPossible("sits_already") from None


def stand(session: Session, visit_id: UUID, actor: str, at: datetime) -> WorkplaceUse:
    """Put a visit at the end of the queue. Raises NotPossible, IntegrityError where it has one."""
    _may_sit(session, visit_id, at)
    if not centre_copy.workplaces(session):
        raise NotPossible("no_workplace")
    _end_those_who_left(session)
    use = WorkplaceUse(visit_id=visit_id, asked_at=at)
    session.add(use)
    session.flush()
    _note(session, use, "workplace_asked", actor, at)
    return use


def start(database: Database, workplace_id: int, visit_id: UUID, minutes: int, by: By) -> int:
    """Seat a visit, from the queue or straight away; answers the use. Raises NotPossible."""
    if not timedelta(0) < timedelta(minutes=minutes) <= LONGEST:
        raise NotPossible("too_long")
    try:
        with database.writing() as session:
            _may_sit(session, visit_id, by.at)
            _end_those_who_left(session)
            use = going_on(session, visit_id)
            if use is not None and use.workplace_id is not None:
                raise NotPossible("sits_already")
            use = use or WorkplaceUse(visit_id=visit_id, asked_at=by.at)
            use.workplace_id, use.started_at, use.started_by = workplace_id, by.at, by.staff_id
            use.ends_at = by.at + timedelta(minutes=minutes)
            session.add(use)
            session.flush()
            _note(session, use, "workplace_started", by.actor, by.at)
            return use.id
    except IntegrityError:
        raise NotPossible("taken") from None


def extend(database: Database, use_id: int, minutes: int, by: By) -> datetime:
    """Let somebody sit longer, unless others wait; answers until when. Raises NotPossible."""
    with database.writing() as session:
        use = _going_on(session, use_id)
        if room(session).waiting:
            raise NotPossible("others_wait")
        began, ends = use.started_at or by.at, max(use.ends_at or by.at, by.at)
        if ends + timedelta(minutes=minutes) - began > LONGEST:
            raise NotPossible("too_long")
        use.ends_at = ends + timedelta(minutes=minutes)
        _note(session, use, "workplace_extended", by.actor, by.at)
        return use.ends_at


def end(database: Database, use_id: int, by: By) -> None:
    """The place is free, or somebody no longer waits. Raises NotPossible."""
    with database.writing() as session:
        stop(session, _going_on(session, use_id), by.actor, by.at)


def stop(session: Session, use: WorkplaceUse, actor: str, at: datetime) -> None:
    """The same within somebody's transaction."""
    use.ended_at = at
    _note(session, use, "workplace_ended", actor, at)


def going_on(session: Session, visit_id: UUID) -> WorkplaceUse | None:
    """Where a visit sits, or its place in the queue."""
    return session.scalar(
        select(WorkplaceUse)
        .where(WorkplaceUse.visit_id == visit_id, WorkplaceUse.ended_at.is_(None))
        .with_for_update(of=WorkplaceUse)
    )


def _going_on(session: Session, use_id: int) -> WorkplaceUse:
    use = session.get(WorkplaceUse, use_id, with_for_update=True)
    if use is None or use.ended_at is not None:
        raise NotPossible("over")
    return use


def _end_those_who_left(session: Session) -> None:
    """Somebody went home without standing up at the desk: their place is free since then."""
    left = session.execute(
        select(WorkplaceUse, Visit.closed_at)
        .join(Visit, Visit.id == WorkplaceUse.visit_id)
        .where(WorkplaceUse.ended_at.is_(None), Visit.closed_at.is_not(None))
    )
    for use, closed_at in left:
        use.ended_at = closed_at
    session.flush()


def _may_sit(session: Session, visit_id: UUID, at: datetime) -> None:
    refused = centre_readers.refusal(session, visit_id, at)
    if refused is Reason.EVENT_SLIP_NO_SERVICE:
        raise NotPossible("event_slip")
    if refused is not None:
        raise NotPossible("no_visit")


def _note(session: Session, use: WorkplaceUse, action: str, actor: str, at: datetime) -> None:
    audit.record(
        session, at=at, actor=actor, action=action, about=("workplace_use", str(use.id)),
        details={"workplace": use.workplace_id, "visit": str(use.visit_id)},
    )  # fmt: skip
