"""What a shift looks at when it opens and before it closes, beyond its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from gate.facts import VisitState
from server.models import Ban, EventOfDay, Hall, Shift, Visit
from server.services import bans, presence
from server.services.settings import LibrarySettings

_LEFT_OPEN = (VisitState.NOT_RETURNED, VisitState.UNRESOLVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSlips:
    """Slips of one event of the day (R2.4)."""

    event: EventOfDay
    issued: int
    handed_in: int
    still_inside: int
    missing: int
    """Their visitors left with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSeen:
    """How many persons were seen last in one place."""

    department_code: str
    """Empty where no department marked the slip."""
    hall: str
    """Hall of an event, for its visitors."""
    persons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The lists of a shift."""

    unresolved: Sequence[Visit]
    """Of the last day on which anybody came: slips not handed in, documents out."""
    inside: int
    """Persons in the building; none before the doors open."""
    new_bans: Sequence[Ban]
    """Imposed since the shift before opened."""
    events: Sequence[EventSlips]
    with_items: Sequence[Visit]
    """Still inside with own things that are to be shown at the exit."""
    last_seen: Sequence[LastSeen]


def glance(session: Session, library: LibrarySettings, at: datetime) -> Glance:
    """Everything for today."""
    today = library.day(at)
    here = _inside(session, library)
    return Glance(
        unresolved=_unresolved(session, library, today),
        inside=presence.count_inside(session, today, library),
        new_bans=_new_bans(session, library, at),
        events=_events(session, library, today),
        with_items=[visit for visit in here if visit.own_items],
        last_seen=_last_seen(here),
    )


def _inside(session: Session, library: LibrarySettings) -> Sequence[Visit]:
    query = select(Visit).where(
        Visit.closed_at.is_(None), Visit.state.in_(presence.IN_THE_BUILDING),
        Visit.branch_code.is_not_distinct_from(library.branch_code),
    )  # fmt: skip
    loaded = (selectinload(Visit.own_items), selectinload(Visit.marks), selectinload(Visit.event))
    return session.scalars(query.options(*loaded).order_by(Visit.opened_at)).all()


def _unresolved(session: Session, library: LibrarySettings, today: date) -> Sequence[Visit]:
    theirs = Visit.branch_code.is_not_distinct_from(library.branch_code)
    last = select(Visit.local_day).where(Visit.local_day < today, theirs)
    day = session.scalar(last.order_by(Visit.local_day.desc()).limit(1))
    query = select(Visit).where(Visit.local_day == day, Visit.state.in_(_LEFT_OPEN), theirs)
    return [] if day is None else session.scalars(query.order_by(Visit.opened_at)).all()


def _new_bans(session: Session, library: LibrarySettings, at: datetime) -> Sequence[Ban]:
    """Whoever opens a shift has not seen what the one before it could not tell yet."""
    theirs = Shift.branch_code.is_not_distinct_from(library.branch_code)
    opened = select(Shift.opened_at).where(Shift.closed_at.is_not(None), theirs)
    before = session.scalars(opened.order_by(Shift.opened_at.desc()).limit(1)).first()
    return [ban for ban in bans.in_force(session, at) if before is None or ban.since >= before]


def _events(session: Session, library: LibrarySettings, today: date) -> Sequence[EventSlips]:
    begins = datetime.combine(today, time.min, library.zone)
    query = select(EventOfDay).outerjoin(Hall, Hall.id == EventOfDay.hall_id).where(
        EventOfDay.ends_at > begins, EventOfDay.starts_at < begins + timedelta(days=1),
        EventOfDay.cancelled_at.is_(None),
        Hall.branch_code.is_not_distinct_from(library.branch_code),
    )  # fmt: skip
    return [_slips(session, event, today) for event in session.scalars(
        query.order_by(EventOfDay.starts_at, EventOfDay.id)
    )]  # fmt: skip


def _slips(session: Session, event: EventOfDay, today: date) -> EventSlips:
    """Slips of the event's own visitors; readers who join it have a reader's slip (V06)."""
    mine = select(Visit).where(
        Visit.event_id == event.id, Visit.ticket_id.is_(None), Visit.local_day == today,
        Visit.state != VisitState.NOT_PASSED,
    )  # fmt: skip
    slips = session.scalars(mine).all()
    return EventSlips(
        event=event, issued=len(slips), handed_in=sum(visit.handed_in for visit in slips),
        still_inside=sum(visit.closed_at is None for visit in slips),
        missing=sum(visit.keeps_slip for visit in slips),
    )  # fmt: skip


def _last_seen(here: Sequence[Visit]) -> Sequence[LastSeen]:
    persons: Counter[tuple[str, str]] = Counter()
    for visit in here:
        code = visit.marks[-1].department_code if visit.marks else ""
        hall = visit.event.hall if visit.event and not code else ""
        persons[code, hall] += visit.persons
    return [
        LastSeen(department_code=code, hall=hall, persons=count)
        for (code, hall), count in sorted(persons.items())
    ]
