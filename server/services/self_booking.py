"""Somebody books a computer of the centre at a kiosk, by ticket or slip (C1.5, C3.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from gate.events import (
    BookingAnswer,
    BookingOutcome,
    BookingQuery,
    BookingRecord,
    OpeningRecord,
)
from gate.reasons import Reason
from server.database import Database
from server.models import WorkplaceBooking
from server.services import centre_readers, reach, settings, workplace_bookings
from server.services.reach import Reach
from server.services.settings import LibrarySettings
from server.services.workplace_bookings import NotBooked, Whose, Wish

_MINUTE = timedelta(minutes=1)
_REFUSED = {
    "taken": BookingOutcome.TAKEN, "already": BookingOutcome.ALREADY,
    "too_many": BookingOutcome.TOO_MANY,
}  # fmt: skip
"""Everything else is a time that can't be booked, or given back, any more."""


def ask(database: Database, query: BookingQuery, *, station: str, at: datetime) -> BookingAnswer:
    """Book, give back, or tell what may be booked."""
    with database.reading() as session:
        visit_id = centre_readers.visit_shown(session, query.credential, query.value)
        refused = centre_readers.refusal(session, visit_id, at)
        if visit_id is None or refused is not None:
            by_event = refused is Reason.EVENT_SLIP_NO_SERVICE
            out = BookingOutcome.DESK if by_event else BookingOutcome.NOT_INSIDE
            return BookingAnswer(outcome=out)
        who = workplace_bookings.whose(session, visit_id)
        here = reach.of_station(session, station)
    outcome, booked = _act(database, query, who, here, f"station:{station}", at)
    with database.reading() as session:
        library = settings.read(session)
        day = query.day or (query.begins_at and library.day(query.begins_at))
        return BookingAnswer(
            outcome=outcome, booked=None if booked is None else _record(booked),
            mine=tuple(map(_record, workplace_bookings.of_reader(session, who, library, at))),
            days=tuple(_days(session, library, who, here, at)),
            openings=() if day is None else tuple(
                OpeningRecord(begins_at=each.begins_at, minutes=each.longest // _MINUTE)
                for each in workplace_bookings.openings(session, library, day, at, here)
            ),
            kept_min=library.booking_grace_min, most=workplace_bookings.MOST,
        )  # fmt: skip


def _act(
    database: Database, query: BookingQuery, who: Whose, here: Reach, actor: str, at: datetime
) -> tuple[BookingOutcome, WorkplaceBooking | None]:
    try:
        if query.cancel is not None:
            gone = workplace_bookings.cancel(database, query.cancel, who=who, actor=actor, at=at)
            return BookingOutcome.CANCELLED, gone
        if query.begins_at is None:
            return BookingOutcome.OPEN, None
        wish = Wish(query.begins_at, query.minutes)
        kept = workplace_bookings.book(
            database, who, wish, staff_id=None, actor=actor, at=at, within=here
        )
    except (NotBooked, LookupError) as refused:
        return _REFUSED.get(str(refused), BookingOutcome.NOT_THEN), None
    return BookingOutcome.BOOKED, kept


def _days(
    session: Session, library: LibrarySettings, who: Whose, here: Reach, at: datetime
) -> Sequence[date]:
    """Who has no ticket books for today alone."""
    found = workplace_bookings.days(session, library, at, here)
    return found if who.ticket_id else [day for day in found if day == library.day(at)]


def _record(booking: WorkplaceBooking) -> BookingRecord:
    return BookingRecord(
        booking_id=booking.id, place=booking.workplace.name, begins_at=booking.begins_at,
        ends_at=booking.ends_at,
    )  # fmt: skip
