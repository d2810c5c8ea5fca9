"""Computers of the centre: who sits where by which slip, until when, and who waits (C3.1.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from gate.reasons import Reason
from server.database import Database
from server.models import Visit, Workplace, WorkplaceBooking, WorkplaceUse
from server.services import (
    audit,
    centre_readers,
    reach,
    settings,
    workplace_bookings,
)
from server.services.by import By
from server.services.reach import EVERYWHERE, Reach
from server.services.workplace_bookings import EARLY, LONGEST


class NotPossible(ValueError):
    """Why not, as a code.

    `no_visit`, `event_slip`, `taken`, `sits_already`, `over`, `too_long`, `others_wait`,
    `no_workplace`, `booked` (somebody else, before the time would be over), `too_early`.
    """


@dataclass(frozen=True, slots=True)
class Room:
    """The centre's computers as they are, who waits, the first first, and the next bookings."""

    places: Sequence[tuple[Workplace, WorkplaceUse | None]]
    waiting: Sequence[WorkplaceUse]
    coming: Mapping[int, WorkplaceBooking] = field(default_factory=dict)
    """By place."""


def room(session: Session, at: datetime, within: Reach = EVERYWHERE) -> Room:
    """Every workplace in use in the buildings of a reach, with whoever sits there."""
    places = session.scalars(
        select(Workplace)
        .where(Workplace.retired_at.is_(None), within.departments(Workplace.department_code))
        .order_by(Workplace.position, Workplace.name)
    ).all()
    sitting = {use.workplace_id: use for use in _uses(session) if use.workplace_id is not None}
    return Room(
        [(place, sitting.get(place.id)) for place in places],
        _waiting(session, within),
        workplace_bookings.coming(session, settings.read(session), at),
    )


def _waiting(session: Session, within: Reach) -> Sequence[WorkplaceUse]:
    return [use for use in _uses(session, within) if use.workplace_id is None]


def _uses(session: Session, within: Reach = EVERYWHERE) -> Sequence[WorkplaceUse]:
    return session.scalars(
        select(WorkplaceUse)
        .join(Visit, Visit.id == WorkplaceUse.visit_id)
        .where(
            WorkplaceUse.ended_at.is_(None),
            Visit.closed_at.is_(None),
            within.departments(WorkplaceUse.department_code),
        )
        .order_by(WorkplaceUse.asked_at, WorkplaceUse.id)
        .options(joinedload(WorkplaceUse.workplace))
    ).all()


def wait(database: Database, visit_id: UUID, by: By, within: Reach = EVERYWHERE) -> int:
    """Stand at the end of the queue; answers how many are before. Raises NotPossible."""
    try:
        with database.writing() as session:
            before = len(_waiting(session, within))
            stand(session, visit_id, by.actor, by.at, within)
            return before
    except IntegrityError:
        raise NotPossible("sits_already") from None


def stand(
    session: Session, visit_id: UUID, actor: str, at: datetime, within: Reach = EVERYWHERE
) -> WorkplaceUse:
    """Put a visit at the end of the queue. Raises NotPossible, IntegrityError where it has one."""
    _may_sit(session, visit_id, at)
    place = next(iter(workplace_bookings.hold(session, within)), None)
    if place is None:
        raise NotPossible("no_workplace")
    _end_those_who_left(session)
    use = WorkplaceUse(visit_id=visit_id, asked_at=at, department_code=place.department_code)
    session.add(use)
    session.flush()
    _note(session, use, "workplace_asked", actor, at)
    return use


def start(database: Database, workplace_id: int, visit_id: UUID, minutes: int, by: By) -> int:
    """Seat a visit, from the queue or straight away; answers the use. Raises NotPossible."""
    if not timedelta(0) < timedelta(minutes=minutes) <= LONGEST:
        raise NotPossible("too_long")
    ends_at = by.at + timedelta(minutes=minutes)
    try:
        with database.writing() as session:
            _hold(session, workplace_id)
            next_ = workplace_bookings.coming(session, settings.read(session), by.at)
            if workplace_id in next_ and next_[workplace_id].begins_at < ends_at:
                raise NotPossible("booked")
            use = _seat(session, workplace_id, visit_id, ends_at, by.at)
            use.started_by = by.staff_id
            _note(session, use, "workplace_started", by.actor, by.at)
            return use.id
    except IntegrityError:
        raise NotPossible("taken") from None


def start_booked(database: Database, booking_id: int, visit_id: UUID, by: By) -> WorkplaceUse:
    """Seat whoever booked, at their hour. Raises NotPossible."""
    try:
        with database.writing() as session:
            return take_booked(session, booking_id, visit_id, by.actor, by.at, by.staff_id)
    except IntegrityError:
        raise NotPossible("taken") from None


def take_booked(
    session: Session, booking_id: int, visit_id: UUID, actor: str, at: datetime,
    staff_id: int | None = None,
) -> WorkplaceUse:  # fmt: skip
    """The same within somebody's transaction; IntegrityError where somebody still sits there.

    Who sits at the place already goes on until the booked time is over.
    """
    booking = _due(session, booking_id, visit_id, at)
    _hold(session, booking.workplace_id)
    use = going_on(session, visit_id)
    if use is None or use.workplace_id != booking.workplace_id:
        use = _seat(session, booking.workplace_id, visit_id, booking.ends_at, at)
        use.started_by = staff_id
    use.ends_at, booking.use_id = booking.ends_at, use.id
    _note(session, use, "workplace_started", actor, at)
    return use


def _due(session: Session, booking_id: int, visit_id: UUID, at: datetime) -> WorkplaceBooking:
    """One's own booking whose hour has come."""
    who = workplace_bookings.whose(session, visit_id)
    mine = workplace_bookings.of_reader(session, who, settings.read(session), at)
    booking = next((each for each in mine if each.id == booking_id), None)
    if booking is None:
        raise NotPossible("over")
    if booking.begins_at > at + EARLY:
        raise NotPossible("too_early")
    return booking


def _hold(session: Session, workplace_id: int) -> None:
    if workplace_id not in [place.id for place in workplace_bookings.hold(session)]:
        raise NotPossible("no_workplace")


def _seat(
    session: Session, workplace_id: int, visit_id: UUID, ends_at: datetime, at: datetime
) -> WorkplaceUse:
    _may_sit(session, visit_id, at)
    _end_those_who_left(session)
    use = going_on(session, visit_id)
    if use is not None and use.workplace_id is not None:
        raise NotPossible("sits_already")
    use = use or WorkplaceUse(visit_id=visit_id, asked_at=at)
    use.workplace_id, use.started_at, use.ends_at = workplace_id, at, ends_at
    use.department_code = session.get_one(Workplace, workplace_id).department_code
    session.add(use)
    session.flush()
    return use


def extend(database: Database, use_id: int, minutes: int, by: By) -> datetime:
    """Let somebody sit longer, unless others wait, until the next booking at most.

    Answers until when. Raises NotPossible.
    """
    with database.writing() as session:
        workplace_bookings.hold(session)
        use = _going_on(session, use_id)
        if _waiting(session, reach.of_department(session, use.department_code)):
            raise NotPossible("others_wait")
        began, ends = use.started_at or by.at, max(use.ends_at or by.at, by.at)
        coming = workplace_bookings.coming(session, settings.read(session), by.at)
        until = longer(ends, minutes, coming.get(use.workplace_id or 0))
        if until <= ends:
            raise NotPossible("booked")
        if until - began > LONGEST:
            raise NotPossible("too_long")
        use.ends_at = until
        _note(session, use, "workplace_extended", by.actor, by.at)
        return until


def longer(ends: datetime, minutes: int, coming: WorkplaceBooking | None) -> datetime:
    """Until when somebody may sit whose time is made longer: no longer than the next booking."""
    until = ends + timedelta(minutes=minutes)
    return until if coming is None else min(until, coming.begins_at)


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


def at_place(session: Session, workplace_id: int) -> WorkplaceUse | None:
    """Who sits there; whoever went home without standing up sits there no longer."""
    _end_those_who_left(session)
    return session.scalar(
        select(WorkplaceUse).where(
            WorkplaceUse.workplace_id == workplace_id, WorkplaceUse.ended_at.is_(None)
        )
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
