"""Who signed up for an event, who came, and whose slips are still out (R2.4, R4.1.11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from gate.facts import VisitState
from server.database import Database
from server.models import EventOfDay, EventSignup, Patron, Ticket, Visit
from server.services import admissions, changes, events, signup_list
from server.services.admissions import PERSONS_MAX, Admitted
from server.services.by import By
from server.services.keys import Entropy


class Full(RuntimeError):
    """There are not so many places left."""


class Twice(ValueError):
    """This reader is on the list already."""


class TooLate(RuntimeError):
    """The event is over or called off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """Who came to an event."""

    signed_up: int
    """Persons on the list, each with a place."""
    waiting: int
    """Persons who wait for one."""
    came: int
    """Persons with a slip of the event, or ticked off without one."""
    inside: int
    slips_out: Sequence[Visit]
    """Visits that ended without their slip (R2.4)."""
    visits: Sequence[Visit]


def sign_up(
    database: Database, event_id: str, by: By, *, patron_id: int | None = None, name: str = "",
    contact: str = "", persons: int = 1,
) -> int:  # fmt: skip
    """Put somebody on the list; a reader by the ticket, others by name. Answers the entry's id.

    Where there is no place they wait for one, until the event begins. Raises LookupError,
    ValueError without a name or persons, Twice, Full, TooLate.
    """
    said = " ".join(name.split())[:200]
    if (patron_id is None and not said) or not 1 <= persons <= PERSONS_MAX:
        raise ValueError("somebody signs up")
    with database.writing() as session:
        event = events.known(session, event_id)
        if event.cancelled_at is not None or event.ends_at <= by.at:
            raise TooLate(event_id)
        if patron_id is not None:
            if session.get(Patron, patron_id) is None:
                raise LookupError(f"no patron {patron_id}")
            if signup_list.of_patron(session, event_id, patron_id) is not None:
                raise Twice(str(patron_id))
        waits = not _has_room(session, event, persons, by)
        if waits and event.starts_at <= by.at:
            raise Full(event_id)
        entry = EventSignup(
            event_id=event_id, patron_id=patron_id, persons=persons, at=by.at, waits=waits,
            name="" if patron_id is not None else said, contact=contact.strip()[:100],
            staff_id=by.staff_id,
        )  # fmt: skip
        session.add(entry)
        signup_list.note(session, entry, "event_signed_up", by.actor, by.at)
        return entry.id


def hand_on(database: Database, at: datetime) -> None:
    """Give to those who wait what a kiosk had reserved and nobody came for."""
    waited_for = (
        select(EventSignup.event_id)
        .join(EventOfDay, EventOfDay.id == EventSignup.event_id)
        .where(EventSignup.waits, EventSignup.cancelled_at.is_(None), EventOfDay.starts_at > at)
        .distinct()
    )
    with database.reading() as session:
        found = session.scalars(waited_for).all()
    for event_id in found:
        with database.writing() as session:
            signup_list.move_up(session, events.known(session, event_id), at)


def _has_room(session: Session, event: EventOfDay, persons: int, by: By) -> bool:
    """Whether so many places are free, once those who wait had theirs."""
    signup_list.move_up(session, event, by.at)
    left = signup_list.places_left(session, event, by.at)
    return left is None or persons <= left


def take_off(database: Database, signup_id: int, by: By) -> str:
    """Take an entry off the list; who waits longest has the place. Raises LookupError."""
    with database.writing() as session:
        entry = _known(session, signup_id)
        event = events.known(session, entry.event_id)
        entry.cancelled_at = by.at
        signup_list.note(session, entry, "event_signed_off", by.actor, by.at)
        signup_list.move_up(session, event, by.at)
        return entry.event_id


def put_back(database: Database, signup_id: int, by: By) -> str:
    """Take the taking off back: to the place, or where it is given away, to wait in the old turn.

    Answers the event's id. Raises LookupError, Twice, Full.
    """
    with database.writing() as session:
        entry = _known(session, signup_id)
        event = events.known(session, entry.event_id)
        if entry.cancelled_at is None:
            return entry.event_id
        if entry.patron_id is not None and signup_list.of_patron(
            session, entry.event_id, entry.patron_id
        ):
            raise Twice(str(entry.patron_id))
        entry.waits = not _has_room(session, event, entry.persons, by)
        if entry.waits and event.starts_at <= by.at:
            raise Full(entry.event_id)
        entry.cancelled_at = None
        signup_list.note(session, entry, "event_signed_up", by.actor, by.at)
        return entry.event_id


def come(database: Database, signup_id: int, by: By, entropy: Entropy) -> Admitted | None:
    """Tick somebody off. Who is inside with an own slip is counted by it; others get an event slip.

    None where the own slip does. Where the doors refuse, nothing is ticked. Raises LookupError,
    Full for somebody inside who still waits for a place.
    """
    with database.writing() as session:
        entry = _known(session, signup_id)
        event = events.known(session, entry.event_id)
        own = _open_visit(session, entry.patron_id)
        if own is not None:
            if entry.waits and not _has_room(session, event, entry.persons, by):
                raise Full(entry.event_id)
            own.event_id = own.event_id or entry.event_id
            _tick(session, entry, by, own)
            return None
        # The place held for this entry is the one it takes now.
        entry.cancelled_at = by.at
        session.flush()
        admitted = admissions.to_event(
            session, entry.event_id, persons=entry.persons, staff_id=by.staff_id, at=by.at,
            entropy=entropy,
        )  # fmt: skip
        entry.cancelled_at = None
        if admitted.visit_id is not None:
            _tick(session, entry, by, session.get_one(Visit, admitted.visit_id))
        return admitted


def _tick(session: Session, entry: EventSignup, by: By, visit: Visit) -> None:
    entry.came_at, entry.visit_id, entry.waits = by.at, visit.id, False
    changes.note_visit(session, visit.id)
    signup_list.note(session, entry, "event_attended", by.actor, by.at)


def _open_visit(session: Session, patron_id: int | None) -> Visit | None:
    if patron_id is None:
        return None
    query = (
        select(Visit)
        .join(Ticket, Ticket.id == Visit.ticket_id)
        .where(Ticket.patron_id == patron_id, Visit.closed_at.is_(None))
        .order_by(Visit.opened_at.desc())
    )
    return session.scalar(query.limit(1))


def entries(session: Session, event_id: str) -> Sequence[EventSignup]:
    """The list; behind it those who wait, in their turn, and at its end those taken off."""
    query = select(EventSignup).where(EventSignup.event_id == event_id)
    rows = session.scalars(query.options(joinedload(EventSignup.patron))).all()
    return sorted(rows, key=_order)


def _order(entry: EventSignup) -> tuple[bool, bool, int]:
    return entry.cancelled_at is not None, entry.waits, entry.id


def attendance(session: Session, event: EventOfDay) -> Attendance:
    """Who came: by slips of the event, by own slips, and by the list alone."""
    visits = session.scalars(
        select(Visit)
        .where(Visit.event_id == event.id, Visit.state != VisitState.NOT_PASSED)
        .order_by(Visit.opened_at)
        .options(joinedload(Visit.ticket).joinedload(Ticket.patron))
    ).all()
    listed = [each for each in entries(session, event.id) if each.cancelled_at is None]
    ticked = sum(each.persons for each in listed if each.came_at and each.visit_id is None)
    return Attendance(
        signed_up=sum(each.persons for each in listed if not each.waits),
        waiting=sum(each.persons for each in listed if each.waits),
        came=ticked + sum(visit.persons for visit in visits),
        inside=sum(visit.persons for visit in visits if visit.closed_at is None),
        slips_out=[visit for visit in visits if visit.keeps_slip and visit.ticket_id is None],
        visits=visits,
    )


def name_of(entry: EventSignup) -> str:
    """Who it is, for staff."""
    return entry.patron.full_name if entry.patron is not None else entry.name


def _known(session: Session, signup_id: int) -> EventSignup:
    entry = session.get(EventSignup, signup_id, with_for_update=True)
    if entry is None:
        raise LookupError(f"no entry {signup_id}")
    return entry
