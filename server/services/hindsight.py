"""What is known now of past moments: read with a few queries for all events of a batch.

It holds all that a verdict rests on and none of what only warns (overdue loans, slips not handed
in): where a station's verdict differs, `rejudging` looks again at everything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from gate import facts
from gate.events import EntryDecided, StationEvent
from gate.facts import DepartmentCount, LoanPlace, TicketFacts, VisitFacts
from server.models import Ban, Loan, Ticket, Visit
from server.services import copy
from server.services.settings import LibrarySettings


class Hindsight:
    """Tickets and visits that a batch names, as they were at any moment from its first on."""

    def __init__(
        self, session: Session, library: LibrarySettings, events: Sequence[StationEvent]
    ) -> None:
        self._library = library
        named = tickets_of(events)
        visit_ids = visits_of(events)
        since = min((event.at for event in events), default=datetime.max.replace(tzinfo=UTC))
        self._tickets = _tickets(session, named)
        self._bans = _bans(session, {ticket.patron_id for ticket in self._tickets.values()})
        self._visits: dict[UUID, Visit] = {}
        self._of_ticket: dict[str, list[Visit]] = defaultdict(list)
        going_on = or_(Visit.closed_at.is_(None), Visit.closed_at > since)
        of_tickets = Visit.ticket_id.in_(named) & going_on
        for visit in session.scalars(select(Visit).where(Visit.id.in_(visit_ids) | of_tickets)):
            self.learn(visit)
        self._loans = _loans(session, self._visits)

    def learn(self, visit: Visit) -> None:
        """Take in a visit, as one that began with this batch."""
        self._visits[visit.id] = visit
        if visit.ticket_id is not None:
            self._of_ticket[visit.ticket_id].append(visit)

    def visit(self, visit_id: UUID | None) -> Visit | None:
        """A visit that the batch names, as it is now."""
        return None if visit_id is None else self._visits.get(visit_id)

    def open_visits(self, ticket_id: str | None) -> list[Visit]:
        """Visits of a ticket that go on now; none where there is no ticket."""
        of_ticket = self._of_ticket[ticket_id] if ticket_id is not None else []
        return [visit for visit in of_ticket if visit.closed_at is None]

    def overlaps(self, visit_id: UUID | None) -> bool:
        """Whether another visit of the same ticket went on at the same time as this one."""
        visit = self.visit(visit_id)
        if visit is None or visit.ticket_id is None:
            return True
        others = (one for one in self._of_ticket[visit.ticket_id] if one.id != visit.id)
        return any(
            _before(one.opened_at, visit) and _before(visit.opened_at, one) for one in others
        )

    def knows_ticket(self, ticket_id: str) -> bool:
        """Whether there is such a ticket."""
        return ticket_id in self._tickets

    # --- As it was then --------------------------------------------------------------------

    def ticket_then(self, ticket_id: str | None, at: datetime) -> TicketFacts | None:
        """A ticket and its patron, as far as a verdict needs them."""
        ticket = None if ticket_id is None else self._tickets.get(ticket_id)
        if ticket is None:
            return None
        patron = ticket.patron
        bans = [ban for ban in self._bans[ticket.patron_id] if copy.held(ban, at)]
        ban = copy.gravest(bans, at) if bans else None
        return TicketFacts(
            ticket_id=ticket.id,
            kind=ticket.kind,
            state=copy.state_at(ticket, at),
            valid_from=ticket.valid_from,
            valid_until=ticket.valid_until,
            registered_for=ticket.registered_for,
            fee_paid=ticket.fee_paid,
            ban=None if ban is None else facts.Ban(since=ban.since, until=ban.until),
            consent_missing_until=copy.consent_missing_until(
                patron.birth_date, patron.guardian_consent_on, self._library.day(at)
            ),
            agreement_until=patron.agreement_until,
        )

    def visit_then(self, visit_id: UUID | None, at: datetime) -> VisitFacts | None:
        """A visit in its present state, with what was out on it then."""
        visit = self.visit(visit_id)
        if visit is None:
            return None
        reading: Counter[str] = Counter()
        for department, issued, returned in self._loans[visit.id]:
            if issued <= at and (returned is None or returned > at):
                reading[department] += 1
        return VisitFacts(
            visit_id=str(visit.id),
            slip_number=visit.slip_number,
            state=visit.state,
            station=visit.station_code or "",
            opened_at=visit.opened_at,
            ticket_id=visit.ticket_id,
            event_id=visit.event_id,
            persons=visit.persons,
            slip_state=visit.slip_state,
            reading_room=tuple(
                DepartmentCount(department=code, count=n) for code, n in sorted(reading.items())
            ),
        )

    def last_visit_id(self, event: EntryDecided) -> UUID | None:
        """The visit of this ticket that was open when the event happened, the newest of them."""
        then = [
            visit
            for visit in self._of_ticket[event.ticket_id or ""]
            if visit.opened_at < event.at
            and (visit.closed_at is None or visit.closed_at > event.at)
        ]
        return max(then, key=lambda visit: visit.opened_at).id if then else None


def visits_of(events: Iterable[StationEvent]) -> set[UUID]:
    """Visits that events name."""
    named = (getattr(event, "visit_id", None) for event in events)
    return {visit_id for visit_id in named if visit_id is not None}


def tickets_of(events: Iterable[StationEvent]) -> set[str]:
    """Tickets that events name."""
    named = (getattr(event, "ticket_id", None) for event in events)
    return {ticket_id for ticket_id in named if ticket_id is not None}


def _before(at: datetime, visit: Visit) -> bool:
    return visit.closed_at is None or at < visit.closed_at


def _tickets(session: Session, ids: set[str]) -> dict[str, Ticket]:
    if not ids:
        return {}
    query = select(Ticket).where(Ticket.id.in_(ids)).options(joinedload(Ticket.patron))
    return {ticket.id: ticket for ticket in session.scalars(query)}


def _bans(session: Session, patrons: set[int]) -> dict[int, list[Ban]]:
    if not patrons:
        return defaultdict(list)
    found: dict[int, list[Ban]] = defaultdict(list)
    for ban in session.scalars(select(Ban).where(Ban.patron_id.in_(patrons))):
        if ban.patron_id is not None:
            found[ban.patron_id].append(ban)
    return found


def _loans(
    session: Session, visits: Collection[UUID]
) -> dict[UUID, list[tuple[str, datetime, datetime | None]]]:
    """Documents of reading rooms by visit: department, issued, returned."""
    found: dict[UUID, list[tuple[str, datetime, datetime | None]]] = defaultdict(list)
    if not visits:
        return found
    rows = session.execute(
        select(Loan.visit_id, Loan.department_code, Loan.issued_at, Loan.returned_at).where(
            Loan.visit_id.in_(list(visits)), Loan.place == LoanPlace.READING_ROOM
        )
    )
    for visit_id, department, issued, returned in rows:
        if visit_id is not None:
            found[visit_id].append((department, issued, returned))
    return found
