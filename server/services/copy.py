"""What stations may know: rows of the database as records of the wire, many at a time.

One display name and nothing else that is personal leaves the server here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from gate.events import (
    BanRecord,
    DepartmentCountRecord,
    EventRecord,
    KeyRecord,
    OwnItemRecord,
    TicketRecord,
    VisitRecord,
)
from gate.facts import CredentialKind, LoanPlace, TicketState, VisitState
from server.models import (
    Ban,
    Credential,
    DepartmentVisit,
    EventOfDay,
    Hall,
    IdentityDocument,
    Key,
    Loan,
    OwnItem,
    Patron,
    Ticket,
    Visit,
)
from server.services import people, places


def ticket_records(
    session: Session, ids: Sequence[str], *, today: date, at: datetime, past: bool = False
) -> dict[str, TicketRecord]:
    """Tickets by their ids, those that exist.

    With `past` as they were at `at`, as far as that was kept: a ban lifted since then held, a
    ticket replaced since then was active, a loan returned since then was out.
    """
    if not ids:
        return {}
    tickets = session.scalars(
        select(Ticket).where(Ticket.id.in_(ids)).options(joinedload(Ticket.patron))
    ).all()
    patrons = {ticket.patron_id for ticket in tickets}
    bans = bans_of(session, Ban.patron_id.in_(patrons), at, past=past)
    late = overdue_of(session, Loan.patron_id.in_(patrons), today, at if past else None)
    kept_slips = slips_not_returned(session, Visit.ticket_id.in_(ids))
    credentials = _credentials(session, ids)
    return {
        ticket.id: _ticket_record(
            ticket,
            today,
            state=state_at(ticket, at) if past else ticket.state,
            ban=bans.get(ticket.patron_id),
            overdue=late.get(ticket.patron_id, 0),
            slip_not_returned=ticket.id in kept_slips,
            credentials=tuple(credentials[ticket.id]),
        )
        for ticket in tickets
    }


def _ticket_record(
    ticket: Ticket,
    today: date,
    *,
    state: TicketState,
    ban: BanRecord | None,
    overdue: int,
    slip_not_returned: bool,
    credentials: tuple[tuple[CredentialKind, str], ...],
) -> TicketRecord:
    patron = ticket.patron
    return TicketRecord(
        ticket_id=ticket.id,
        number=ticket.number,
        kind=ticket.kind,
        state=state,
        valid_from=ticket.valid_from,
        valid_until=ticket.valid_until,
        registered_for=ticket.registered_for,
        fee_paid=ticket.fee_paid,
        home_loans=people.may_take_home(patron.residence),
        ban=ban,
        consent_missing_until=consent_missing_until(
            patron.birth_date, patron.guardian_consent_on, today
        ),
        document_to_renew_from=document_to_renew_from(
            patron.birth_date,
            patron.identity_document,
            patron.document_renew_from,
            ticket.valid_from,
        ),
        agreement_until=patron.agreement_until,
        overdue_loans=overdue,
        slip_not_returned=slip_not_returned,
        display_name=patron.display_name,
        credentials=credentials,
    )


def consent_missing_until(born: date | None, consent_on: date | None, today: date) -> date | None:
    """As in `people`; a day that is over matters no more, and would tell when somebody was born."""
    until = people.consent_missing_until(born, consent_on)
    return None if until is None or until <= today else until


def document_to_renew_from(
    born: date | None, document: IdentityDocument, changed_on: date | None, begin: date
) -> date | None:
    """As in `people`; a day before the ticket began is told as that day, which is no birthday."""
    day = people.document_to_renew_from(born, document, changed_on)
    return None if day is None else max(day, begin)


def state_at(ticket: Ticket, at: datetime) -> TicketState:
    """The state of a ticket at an instant: whatever it is now, it was active before."""
    changed_later = ticket.state_since is not None and ticket.state_since > at
    return TicketState.ACTIVE if changed_later else ticket.state


def out(at: datetime | None) -> ColumnElement[bool]:
    """Loans that are out: now, or that were at an instant."""
    if at is None:
        return Loan.returned_at.is_(None)
    return (Loan.issued_at <= at) & or_(Loan.returned_at.is_(None), Loan.returned_at > at)


def bans_of(
    session: Session, whose: ColumnElement[bool], at: datetime, *, past: bool = False
) -> dict[int, BanRecord]:
    """One ban a patron: of those in force the one that ends last, else the next to begin."""
    # Rows, because a snapshot of a large library reads thousands of them.
    rows = session.execute(
        select(Ban.patron_id, Ban.since, Ban.until).where(whose, not_over(at, past=past))
    )
    by_patron: dict[int, list[Any]] = defaultdict(list)
    for ban in rows:
        if ban.patron_id is not None:
            by_patron[ban.patron_id].append(ban)
    chosen = {patron: gravest(bans, at) for patron, bans in by_patron.items()}
    return {patron: BanRecord(since=ban.since, until=ban.until) for patron, ban in chosen.items()}


def not_over(at: datetime, *, past: bool = False) -> ColumnElement[bool]:
    """Bans that are in force or yet to begin, neither lifted nor over; `past` as in `bans_of`."""
    lifted_later = (Ban.lifted_at > at) if past else false()
    return or_(Ban.lifted_at.is_(None), lifted_later) & or_(Ban.until.is_(None), Ban.until > at)


def held(ban: Ban, at: datetime) -> bool:
    """Whether a ban was in force at an instant, or yet to begin, as far as was known then."""
    not_lifted = ban.lifted_at is None or ban.lifted_at > at
    return not_lifted and (ban.until is None or ban.until > at)


def gravest(bans: Sequence[Ban], at: datetime) -> Ban:
    """Of bans in force the one that ends last, else the next to begin."""
    in_force = [ban for ban in bans if ban.since <= at]
    if not in_force:
        return min(bans, key=lambda ban: ban.since)
    return max(in_force, key=lambda ban: (ban.until is None, ban.until or ban.since))


def overdue_of(
    session: Session, whose: ColumnElement[bool], today: date, past: datetime | None = None
) -> dict[int, int]:
    """Loans home that are overdue, or were at an instant, by patron."""
    rows = session.execute(
        select(Loan.patron_id, func.count())
        .where(whose, overdue(today, past))
        .group_by(Loan.patron_id)
    )
    return dict(rows.all())


def overdue(today: date, past: datetime | None = None) -> ColumnElement[bool]:
    """Loans home that are overdue, or were at an instant."""
    return out(past) & (Loan.place == LoanPlace.HOME) & (Loan.due_on < today)


_later = aliased(Visit)
_KEPT_SLIPS = select(Visit.ticket_id).where(
    Visit.state == VisitState.NOT_RETURNED,
    Visit.closed_at.is_not(None),
    ~exists().where(
        _later.ticket_id == Visit.ticket_id,
        _later.opened_at > Visit.opened_at,
        _later.closed_at.is_not(None),
    ),
)
"""Put together once: that takes longer than asking."""


def slips_not_returned(session: Session, which: ColumnElement[bool]) -> set[str]:
    """Tickets whose last ended visit left its slip outside (E28)."""
    rows = session.scalars(_KEPT_SLIPS.where(which))
    return {ticket_id for ticket_id in rows if ticket_id is not None}


def _credentials(
    session: Session, ids: Sequence[str]
) -> dict[str, list[tuple[CredentialKind, str]]]:
    found: dict[str, list[tuple[CredentialKind, str]]] = defaultdict(list)
    rows = session.scalars(
        select(Credential).where(Credential.ticket_id.in_(ids)).order_by(Credential.id)
    )
    for row in rows:
        found[row.ticket_id].append((row.kind, row.value))
    return found


def visit_records(
    session: Session, ids: Sequence[UUID], *, past: datetime | None = None
) -> dict[UUID, VisitRecord]:
    """Visits by their ids, in whatever state, with what is out on them, or was at `past`."""
    if not ids:
        return {}
    visits = session.scalars(select(Visit).where(Visit.id.in_(ids))).all()
    reading, home = _loans_out(session, ids, out(past))
    marks = _marks(session, ids)
    items = _own_items(session, ids)
    helped = _helped(session, [visit.ticket_id for visit in visits])
    return {
        visit.id: VisitRecord(
            visit_id=visit.id,
            slip_number=visit.slip_number,
            state=visit.state,
            station=visit.station_code or "",
            branch=visit.branch_code or "",
            opened_at=visit.opened_at,
            ticket_id=visit.ticket_id,
            event_id=visit.event_id,
            persons=visit.persons,
            slip_state=visit.slip_state,
            reading_room=tuple(reading[visit.id]),
            home_today=home.get(visit.id, 0),
            marks=len(marks[visit.id]),
            marked_by=marks[visit.id][-1][0] if marks[visit.id] else "",
            marked_at=marks[visit.id][-1][1] if marks[visit.id] else None,
            own_items=tuple(items[visit.id]),
            closed_at=visit.closed_at,
            needs_help=visit.needs_help or visit.ticket_id in helped,
        )
        for visit in visits
    }


def _loans_out(
    session: Session, ids: Sequence[UUID], is_out: ColumnElement[bool]
) -> tuple[dict[UUID, list[DepartmentCountRecord]], dict[UUID, int]]:
    rows = session.execute(
        select(Loan.visit_id, Loan.place, Loan.department_code, func.count())
        .where(Loan.visit_id.in_(ids), is_out)
        .group_by(Loan.visit_id, Loan.place, Loan.department_code)
        .order_by(Loan.department_code)
    )
    reading: dict[UUID, list[DepartmentCountRecord]] = defaultdict(list)
    home: dict[UUID, int] = defaultdict(int)
    for visit_id, place, department, count in rows:
        if visit_id is None:
            continue
        if place is LoanPlace.READING_ROOM:
            reading[visit_id].append(DepartmentCountRecord(department=department, count=count))
        else:
            home[visit_id] += count
    return reading, home


def _marks(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[tuple[str, datetime]]]:
    """Departments that marked each slip, with the time, the last one last."""
    found: dict[UUID, list[tuple[str, datetime]]] = defaultdict(list)
    rows = session.execute(
        select(DepartmentVisit.visit_id, DepartmentVisit.department_code, DepartmentVisit.first_at)
        .where(DepartmentVisit.visit_id.in_(ids))
        .order_by(DepartmentVisit.first_at)
    )
    for visit_id, department, at in rows:
        found[visit_id].append((department, at))
    return found


def _helped(session: Session, ticket_ids: Iterable[str | None]) -> set[str]:
    """Tickets of those who need help in an evacuation."""
    query = select(Ticket.id).join(Patron, Patron.id == Ticket.patron_id)
    wanted = [ticket_id for ticket_id in ticket_ids if ticket_id is not None]
    return set(session.scalars(query.where(Ticket.id.in_(wanted), Patron.needs_help)))


def _own_items(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[OwnItemRecord]]:
    found: dict[UUID, list[OwnItemRecord]] = defaultdict(list)
    rows = session.scalars(select(OwnItem).where(OwnItem.visit_id.in_(ids)).order_by(OwnItem.id))
    for item in rows:
        found[item.visit_id].append(
            OwnItemRecord(kind=item.kind, count=item.count, approved_by=item.approved_name)
        )
    return found


def event_records(session: Session, ids: Sequence[str], *, at: datetime) -> dict[str, EventRecord]:
    """Events by their ids, with the places left now; cancelled ones are left out."""
    if not ids:
        return {}
    events = session.execute(
        select(EventOfDay, Hall.branch_code)
        .outerjoin(Hall, Hall.id == EventOfDay.hall_id)
        .where(EventOfDay.id.in_(ids), EventOfDay.cancelled_at.is_(None))
    ).all()
    taken = places.taken(session, ids, at)
    return {
        event.id: EventRecord(
            event_id=event.id,
            title=event.title,
            title_en=event.title_en,
            hall=event.hall,
            doors_at=event.doors_at,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            places=event.places,
            places_left=places.left(event.places, taken.get(event.id, 0)),
            branch=branch or "",
        )
        for event, branch in events
    }


def key_records(session: Session, ids: Sequence[str] | None = None) -> dict[str, KeyRecord]:
    """Public keys by their ids, or all of them."""
    query = select(Key).order_by(Key.not_before)
    if ids is not None:
        query = query.where(Key.key_id.in_(ids))
    return {
        key.key_id: KeyRecord(
            key_id=key.key_id,
            public_key=key.public_key,
            use=key.use.value,
            station=key.station_code,
            not_before=key.not_before,
            not_after=key.not_after,
            revoked_at=key.revoked_at,
        )
        for key in session.scalars(query)
    }
