"""Judging once more, at the event's own time, what a station decided by its copy.

The station's decision stands: it happened. Where the verdicts differ, staff hear of it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gate.events import EntryDecided, ExitDecided
from gate.facts import (
    BuildingFacts,
    Decision,
    EntryFacts,
    EventFacts,
    ExitFacts,
    Freshness,
    SlipState,
    Source,
    TicketFacts,
    VisitFacts,
    VisitState,
)
from gate.reasons import Reason
from gate.rules import decide_entry, decide_exit
from server.models import EventOfDay, Visit
from server.services import facts
from server.services.settings import LibrarySettings

ONLY_THERE = frozenset(
    {
        Reason.EVACUATION, Reason.SHELTER, Reason.NO_SHELTER, Reason.SHELTER_FULL, Reason.HALL_FULL,
        Reason.OUTSIDE_AGAIN, Reason.UNKNOWN_CODE,
        Reason.BAD_SIGNATURE, Reason.BUILDING_FULL, Reason.EVENT_FULL, Reason.COPY_TOO_OLD,
        Reason.CLOCK_UNTRUSTED, Reason.CARRIED_NOT_LENT, Reason.SLIP_UNKNOWN,
    }
)  # fmt: skip
"""What a station saw, or could not know, at that moment: nobody can judge it afterwards."""


class Past(Protocol):
    """Where the facts of a past moment come from."""

    def ticket_then(self, ticket_id: str | None, at: datetime) -> TicketFacts | None:
        """A ticket and its patron."""
        ...

    def visit_then(self, visit_id: UUID | None, at: datetime) -> VisitFacts | None:
        """A visit with what was out on it."""
        ...

    def last_visit_id(self, event: EntryDecided) -> UUID | None:
        """The visit of the event's ticket that was open before the event."""
        ...


class Records:
    """The whole past, looked up for one event."""

    def __init__(self, session: Session, library: LibrarySettings) -> None:
        self._session = session
        self._library = library

    def ticket_then(self, ticket_id: str | None, at: datetime) -> TicketFacts | None:
        """A ticket and its patron."""
        return facts.of_ticket(self._session, ticket_id, self._library, at=at, past=True)

    def visit_then(self, visit_id: UUID | None, at: datetime) -> VisitFacts | None:
        """A visit with what was out on it."""
        return facts.of_visit(self._session, visit_id, past=at)

    def last_visit_id(self, event: EntryDecided) -> UUID | None:
        """The visit of the event's ticket that was open before the event."""
        query = select(Visit.id).where(
            Visit.ticket_id == event.ticket_id,
            Visit.opened_at < event.at,
            or_(Visit.closed_at.is_(None), Visit.closed_at > event.at),
        )
        return self._session.scalar(query.order_by(Visit.opened_at.desc()).limit(1))


def entry(
    session: Session, event: EntryDecided, station: str, library: LibrarySettings, past: Past
) -> Decision | None:
    """The decision by what is known now of that time; None where that can't be said."""
    if ONLY_THERE.intersection(event.reasons):
        return None
    ticket = past.ticket_then(event.ticket_id, event.at)
    if ticket is None and event.credential is not None:
        return None
    judged = EntryFacts(
        station=station,
        credential=event.credential,
        freshness=_hindsight(event.at),
        ticket=ticket,
        visit=_visit_then(event, past),
        event=_event(session, event.event_id),
        persons=event.persons,
        building=replace(_house(library, station, event.at), limit=None),
        policy=library.policy,
    )
    return decide_entry(judged, event.at)


def way_out(
    event: ExitDecided, station: str, library: LibrarySettings, past: Past
) -> Decision | None:
    """The same for an exit, by the loans of that time."""
    if ONLY_THERE.intersection(event.reasons) or event.visit_id is None:
        return None
    visit = past.visit_then(event.visit_id, event.at)
    if visit is None:
        return None
    judged = ExitFacts(
        station=station,
        credential=event.credential,
        freshness=_hindsight(event.at),
        visit=_as_open(visit),
        building=_house(library, station, event.at),
        policy=library.policy,
    )
    return decide_exit(judged, event.at)


def _house(library: LibrarySettings, station: str, at: datetime) -> BuildingFacts:
    return facts.building(library.at_station(station), library.day(at), 0)


def _hindsight(at: datetime) -> Freshness:
    return Freshness(source=Source.SERVER, as_of=at)


def _visit_then(event: EntryDecided, past: Past) -> VisitFacts | None:
    """The visit of this ticket that was open at that time, if any.

    Where it is the one that this entry goes on with, its reader was on the way back in.
    """
    if event.ticket_id is None:
        return None
    last = past.last_visit_id(event)
    found = past.visit_then(last, event.at)
    if found is None:
        return None
    goes_on = last == event.visit_id
    return replace(_as_open(found), state=VisitState.AWAY) if goes_on else _as_open(found)


def _as_open(visit: VisitFacts) -> VisitFacts:
    """Closed by now, it was open then."""
    if visit.is_open:
        return visit
    return replace(visit, state=VisitState.INSIDE, slip_state=SlipState.OPEN)


def _event(session: Session, event_id: str | None) -> EventFacts | None:
    """Without its places: whether one was free is known by the reservation alone."""
    event = None if event_id is None else session.get(EventOfDay, event_id)
    if event is None:
        return None
    return EventFacts(event_id=event.id, opens_at=event.doors_at, ends_at=event.ends_at)
