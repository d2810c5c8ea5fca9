"""Facts for the rules, gathered from the database, as they are or as they were.

`POST facts` sends the same rows as records; the hot path of `server.services.checks` reads them
with one statement of its own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gate import records
from gate.events import FactsAnswer, FactsQuery, VisitRecord
from gate.facts import (
    BuildingFacts,
    CredentialKind,
    Freshness,
    LoanPlace,
    SlipState,
    Source,
    TicketFacts,
    TicketKind,
    VisitFacts,
)
from server.database import Database
from server.models import Loan, Patron, Ticket
from server.services import calendar_days, copy, house_record, lookup, presence, settings
from server.services.settings import LibrarySettings


def answer(
    database: Database, query: FactsQuery, *, at: datetime, station: str = ""
) -> FactsAnswer:
    """Fresh facts about one credential or one event, as records, for a station of one house."""
    with database.reading() as session:
        library = settings.read(session).at_station(station)
        ticket_id, visit_id = find(session, query.credential, query.value)
        tickets = [] if ticket_id is None else [ticket_id]
        visits = [] if visit_id is None else [visit_id]
        events = [] if query.event_id is None else [query.event_id]
        visit = next(iter(copy.visit_records(session, visits).values()), None)
        if visit is not None and _is_lost_slip(visit, query):
            void = {"slip_number": query.value, "slip_state": SlipState.VOID}
            visit = visit.model_copy(update=void)
        if visit is not None and visit.ticket_id is not None:
            tickets = [visit.ticket_id]
        found = copy.ticket_records(session, tickets, today=library.day(at), at=at)
        return FactsAnswer(
            epoch=library.epoch,
            as_of=at,
            ticket=next(iter(found.values()), None),
            visit=visit,
            event=next(iter(copy.event_records(session, events, at=at).values()), None),
            building=house_record.building_record(session, library, at=at),
        )


def _is_lost_slip(visit: VisitRecord, query: FactsQuery) -> bool:
    """Whether the slip in hand is the one for which a duplicate was issued (X07)."""
    by_slip = query.credential is CredentialKind.SLIP_CODE
    return by_slip and visit.slip_number != query.value


def find(
    session: Session, kind: CredentialKind | None, value: str
) -> tuple[str | None, UUID | None]:
    """Ticket id and visit id for what was shown: a slip's visit, or a ticket's open one."""
    if kind is None:
        return None, None
    if kind is CredentialKind.SLIP_CODE:
        return None, lookup.visit_of_slip(session, value)
    ticket_id = lookup.ticket_id_of(session, kind, value)
    return ticket_id, None if ticket_id is None else lookup.open_visit_of(session, ticket_id)


def of_ticket(
    session: Session,
    ticket_id: str | None,
    library: LibrarySettings,
    *,
    at: datetime,
    past: bool = False,
) -> TicketFacts | None:
    """A ticket and its patron; with `past` as they were at `at`. None where there is none."""
    if ticket_id is None:
        return None
    found = copy.ticket_records(session, [ticket_id], today=library.day(at), at=at, past=past)
    return next(map(records.ticket_facts, found.values()), None)


def is_staff(session: Session, ticket_id: str | None) -> bool:
    """Whether a ticket is a staff pass (E41)."""
    ticket = None if ticket_id is None else session.get(Ticket, ticket_id)
    return ticket is not None and ticket.kind is TicketKind.STAFF


def of_visit(
    session: Session, visit_id: UUID | None, *, past: datetime | None = None
) -> VisitFacts | None:
    """A visit with what is out on it, or was at `past`. None where there is none."""
    if visit_id is None:
        return None
    found = copy.visit_records(session, [visit_id], past=past)
    return next(map(records.visit_facts, found.values()), None)


def as_shown(
    visit: VisitFacts | None, credential: CredentialKind | None, value: str
) -> VisitFacts | None:
    """A visit as the slip in hand tells of it: void, where it is the lost one (X07)."""
    by_slip = credential is CredentialKind.SLIP_CODE
    if visit is None or not by_slip or visit.slip_number == value:
        return visit
    return replace(visit, slip_number=value, slip_state=SlipState.VOID)


def of_building(session: Session, library: LibrarySettings, *, at: datetime) -> BuildingFacts:
    """The house at an instant; people are counted only where a limit needs it."""
    today = library.day(at)
    limited = library.building_limit is not None
    inside = presence.count_inside(session, today, library) if limited else 0
    return building(library, today, inside)


def of_department(
    session: Session, library: LibrarySettings, code: str, *, at: datetime
) -> BuildingFacts:
    """The house with the hours of one of its departments, for what is done there (R3.2.7)."""
    calendar = calendar_days.at_desk(session, library, code)
    opening = calendar.doors(library.day(at), library.zone)
    opens, closes = opening or (None, None)
    house = of_building(session, library, at=at)
    return replace(house, opens_at=opens, closes_at=closes, closed_today=opening is None)


def building(library: LibrarySettings, today: date, inside: int) -> BuildingFacts:
    """The house on one of its days, with so many people inside."""
    opening = library.doors(today)
    return BuildingFacts(
        opens_at=opening[0] if opening else None,
        closes_at=opening[1] if opening else None,
        closed_today=opening is None,
        open_day=library.is_open_day(today),
        inside=inside,
        limit=library.building_limit,
        emergency=library.emergency,
        has_shelter=library.has_shelter,
    )


def out_with(session: Session, ticket_id: str) -> tuple[int, int]:
    """How many documents a ticket's patron has out in reading rooms, and at home."""
    rows = session.execute(
        select(Loan.place, func.count())
        .join(Patron, Patron.id == Loan.patron_id)
        .join(Ticket, Ticket.patron_id == Patron.id)
        .where(Ticket.id == ticket_id, Loan.returned_at.is_(None))
        .group_by(Loan.place)
    )
    counts = dict(rows.all())
    return counts.get(LoanPlace.READING_ROOM, 0), counts.get(LoanPlace.HOME, 0)


def fresh(at: datetime) -> Freshness:
    """The server's own facts are as fresh as they get."""
    return Freshness(source=Source.SERVER, as_of=at)
