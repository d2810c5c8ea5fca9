"""Computers of the centre booked for an hour to come (C3.1.1): no place twice, freed for a no-show.

Whoever books or sits down holds the rows of all places first, so that of two who want the same one
the second sees what the first did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, joinedload

from gate.calendar import days_from
from server.database import Database
from server.models import (
    Ticket,
    Visit,
    Workplace,
    WorkplaceBooking,
    WorkplaceUse,
)
from server.services import audit, calendar_days, reach, settings
from server.services.reach import EVERYWHERE, Reach
from server.services.settings import LibrarySettings

STEP = timedelta(minutes=30)
"""Bookings begin by half hours from the opening on, and are so many of them long."""
LONGEST = timedelta(hours=4)
EARLY = timedelta(minutes=10)
"""So long before its hour a booking may be taken, if the place is free."""
MOST = 3
"""Bookings to come of one person."""

Time = tuple[datetime, datetime]


class NotBooked(ValueError):
    """Why not, as a code.

    `past`, `too_far`, `closed` (out of the centre's hours), `late` (longer than they are),
    `length`, `taken`, `already` (they have another at that time), `too_many`, `over` (it is no
    longer there to be cancelled).
    """


@dataclass(frozen=True, slots=True)
class Whose:
    """Whoever books: the reader of a ticket, or a visit without one, which ends today."""

    ticket_id: str | None
    visit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be booked; without a place the first that is free."""

    begins_at: datetime
    minutes: int
    workplace_id: int | None = None

    @property
    def ends_at(self) -> datetime:
        """First instant after it."""
        return self.begins_at + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Opening:
    """A time of a day from which a place is free, and how long the longest is."""

    begins_at: datetime
    longest: timedelta


def whose(session: Session, visit_id: UUID) -> Whose:
    """Whose bookings a visit may make and take."""
    ticket_id = session.get_one(Visit, visit_id).ticket_id
    return Whose(ticket_id, None if ticket_id else visit_id)


def hold(session: Session, within: Reach = EVERYWHERE) -> Sequence[Workplace]:
    """The places in use in their order, until the end of the transaction nobody else's to give."""
    return session.scalars(
        select(Workplace)
        .where(Workplace.retired_at.is_(None), within.departments(Workplace.department_code))
        .order_by(Workplace.position, Workplace.name)
        .with_for_update()
    ).all()


def standing(library: LibrarySettings, at: datetime) -> ColumnElement[bool]:
    """Bookings that keep a place at an instant: not cancelled, not begun, not missed."""
    return and_(
        WorkplaceBooking.cancelled_at.is_(None),
        WorkplaceBooking.use_id.is_(None),
        WorkplaceBooking.begins_at > at - timedelta(minutes=library.booking_grace_min),
        WorkplaceBooking.ends_at > at,
    )


def coming(
    session: Session, library: LibrarySettings, at: datetime
) -> Mapping[int, WorkplaceBooking]:
    """The next booking of each place that has one."""
    rows = session.scalars(
        select(WorkplaceBooking)
        .where(standing(library, at))
        .order_by(WorkplaceBooking.begins_at.desc())
    )
    return {row.workplace_id: row for row in rows}


def of_reader(
    session: Session, who: Whose, library: LibrarySettings, at: datetime,
    within: Reach = EVERYWHERE,
) -> Sequence[WorkplaceBooking]:  # fmt: skip
    """What somebody has booked and not taken yet, the next first."""
    return session.scalars(
        select(WorkplaceBooking)
        .join(Workplace, Workplace.id == WorkplaceBooking.workplace_id)
        .where(standing(library, at), _of(who), within.departments(Workplace.department_code))
        .order_by(WorkplaceBooking.begins_at)
        .options(joinedload(WorkplaceBooking.workplace))
    ).all()


def between(
    session: Session, since: datetime, until: datetime, within: Reach = EVERYWHERE
) -> Sequence[WorkplaceBooking]:
    """Every booking that begins in a time, whatever became of it."""
    return session.scalars(
        select(WorkplaceBooking)
        .join(Workplace, Workplace.id == WorkplaceBooking.workplace_id)
        .where(
            WorkplaceBooking.begins_at >= since, WorkplaceBooking.begins_at < until,
            within.departments(Workplace.department_code),
        )
        .order_by(WorkplaceBooking.begins_at, WorkplaceBooking.id)
        .options(
            joinedload(WorkplaceBooking.workplace), joinedload(WorkplaceBooking.ticket),
            joinedload(WorkplaceBooking.visit),
        )
    ).all()  # fmt: skip


def hours(
    session: Session, library: LibrarySettings, day: date, within: Reach = EVERYWHERE
) -> Time | None:
    """When the centre is open: its department's hours, or its building's (C5.4)."""
    department = reach.centre(session, within)
    if department is None:
        return library.at_branch(within.branch).opening(day)
    return calendar_days.of_department(session, library, department).opening(day, library.zone)


def days(
    session: Session, library: LibrarySettings, at: datetime, within: Reach = EVERYWHERE
) -> Sequence[date]:
    """Days that may be booked now."""
    found = days_from(library.day(at), library.booking_days + 1)
    opening = {day: hours(session, library, day, within) for day in found}
    return [day for day, open_ in opening.items() if open_ is not None and open_[1] - at > STEP]


def openings(
    session: Session, library: LibrarySettings, day: date, at: datetime,
    within: Reach = EVERYWHERE,
) -> Sequence[Opening]:  # fmt: skip
    """From when somebody may sit on a day, and how long, whichever the place."""
    open_ = hours(session, library, day, within)
    if open_ is None:
        return []
    ours = (Workplace.retired_at.is_(None), within.departments(Workplace.department_code))
    places = session.scalars(select(Workplace.id).where(*ours)).all()
    busy = taken(session, library, at)
    found = []
    for begins_at in slots(open_):
        rooms = [free_for(busy.get(place, ()), begins_at, open_[1]) for place in places]
        if begins_at >= at and max(rooms, default=timedelta(0)) >= STEP:
            found.append(Opening(begins_at, max(rooms)))
    return found


def slots(open_: Time) -> Iterator[datetime]:
    """The half hours of a day."""
    begins_at, closes_at = open_
    while begins_at + STEP <= closes_at:
        yield begins_at
        begins_at += STEP


def taken(session: Session, library: LibrarySettings, at: datetime) -> Mapping[int, list[Time]]:
    """When each place is not free from now on: bookings, and whoever sits there."""
    busy: dict[int, list[Time]] = defaultdict(list)
    for booking in session.scalars(select(WorkplaceBooking).where(standing(library, at))):
        busy[booking.workplace_id].append((booking.begins_at, booking.ends_at))
    for use in session.scalars(
        select(WorkplaceUse).where(
            WorkplaceUse.ended_at.is_(None), WorkplaceUse.workplace_id.is_not(None)
        )
    ):
        if use.workplace_id is not None and use.ends_at is not None:
            busy[use.workplace_id].append((use.started_at or at, max(use.ends_at, at)))
    return busy


def free_for(busy: Sequence[Time], begins_at: datetime, closes_at: datetime) -> timedelta:
    """How long a place is free from an instant; nothing where it is taken then."""
    if any(first <= begins_at < last for first, last in busy):
        return timedelta(0)
    ends = [first for first, _ in busy if first > begins_at]
    return max(min((closes_at, *ends)) - begins_at, timedelta(0))


def book(
    database: Database, who: Whose, wish: Wish, *, staff_id: int | None, actor: str, at: datetime,
    within: Reach = EVERYWHERE,
) -> WorkplaceBooking:  # fmt: skip
    """Keep a place for somebody. Raises NotBooked, LookupError for an unknown place."""
    with database.writing() as session:
        library = settings.read(session)
        _check_time(session, library, wish, at, _building(session, wish, within))
        places = hold(session, within)
        _check_reader(session, library, who, wish, at)
        booking = WorkplaceBooking(
            workplace_id=_place(places, taken(session, library, at), wish),
            ticket_id=who.ticket_id, visit_id=who.visit_id, begins_at=wish.begins_at,
            ends_at=wish.ends_at, made_at=at, made_by=staff_id,
        )  # fmt: skip
        session.add(booking)
        session.flush()
        _note(session, booking, "booking_made", actor, at)
        session.refresh(booking, ["workplace"])
        return booking


def cancel(
    database: Database, booking_id: int, *, actor: str, at: datetime, who: Whose | None = None
) -> WorkplaceBooking:
    """Give a booked place back; with `who` one's own alone. Raises NotBooked."""
    with database.writing() as session:
        query = select(WorkplaceBooking).where(
            WorkplaceBooking.id == booking_id, standing(settings.read(session), at)
        )
        if who is not None:
            query = query.where(_of(who))
        booking = session.scalar(query.with_for_update())
        if booking is None:
            raise NotBooked("over")
        booking.cancelled_at = at
        _note(session, booking, "booking_cancelled", actor, at)
        session.refresh(booking, ["workplace"])
        return booking


def _of(who: Whose) -> ColumnElement[bool]:
    """A reader's own, whichever of their tickets it was made with."""
    if who.ticket_id is None:
        return WorkplaceBooking.visit_id == who.visit_id
    reader = select(Ticket.patron_id).where(Ticket.id == who.ticket_id).scalar_subquery()
    theirs = select(Ticket.id).where(Ticket.patron_id == reader)
    return WorkplaceBooking.ticket_id.in_(theirs)


def _building(session: Session, wish: Wish, within: Reach) -> Reach:
    """Whose hours a wish is to keep: those of the place, where one is named."""
    place = None if wish.workplace_id is None else session.get(Workplace, wish.workplace_id)
    return within if place is None else reach.of_department(session, place.department_code)


def _check_time(
    session: Session, library: LibrarySettings, wish: Wish, at: datetime, within: Reach
) -> None:
    length = timedelta(minutes=wish.minutes)
    if not STEP <= length <= LONGEST or length % STEP:
        raise NotBooked("length")
    if wish.begins_at < at.replace(second=0, microsecond=0):
        raise NotBooked("past")
    day = library.day(wish.begins_at)
    if (day - library.day(at)).days > library.booking_days:
        raise NotBooked("too_far")
    open_ = hours(session, library, day, within)
    if open_ is None or not open_[0] <= wish.begins_at < open_[1]:
        raise NotBooked("closed")
    if wish.ends_at > open_[1]:
        raise NotBooked("late")


def _check_reader(
    session: Session, library: LibrarySettings, who: Whose, wish: Wish, at: datetime
) -> None:
    mine = of_reader(session, who, library, at)
    if any(_meet((each.begins_at, each.ends_at), wish) for each in mine):
        raise NotBooked("already")
    if len(mine) >= MOST:
        raise NotBooked("too_many")
    if who.ticket_id is None and library.day(wish.begins_at) != library.day(at):
        raise NotBooked("too_far")


def _place(places: Sequence[Workplace], busy: Mapping[int, list[Time]], wish: Wish) -> int:
    wanted = [each.id for each in places if wish.workplace_id in (None, each.id)]
    if not wanted:
        raise LookupError(f"no workplace {wish.workplace_id}")
    for place in wanted:
        if not any(_meet(time, wish) for time in busy.get(place, ())):
            return place
    raise NotBooked("taken")


def _meet(time: Time, wish: Wish) -> bool:
    return time[0] < wish.ends_at and wish.begins_at < time[1]


def _note(
    session: Session, booking: WorkplaceBooking, action: str, actor: str, at: datetime
) -> None:
    audit.record(
        session, at=at, actor=actor, action=action, about=("workplace_booking", str(booking.id)),
        details={"workplace": booking.workplace_id, "begins": booking.begins_at.isoformat()},
    )  # fmt: skip
