"""A patron: who it is, whether they may come in now and why, what they have out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import abort, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from gate.facts import CredentialKind, Decision, EntryFacts, LoanPlace, TicketKind, TicketState
from gate.reasons import Verdict
from gate.rules import decide_entry
from server.console import reads
from server.console.blueprint import console
from server.console.centre import database, library, now, words
from server.console.labels import (
    ban_reason_name,
    category_name,
    residence_name,
    ticket_kind_name,
    ticket_state_name,
    visit_state_name,
)
from server.console.said import Saying, sayings
from server.console.why import Opened, opened
from server.models import Ban, Loan, Patron, Photo, Ticket, Visit
from server.services import facts
from templates.judgements import verdict_text

_VISITS_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLine:
    """A ticket of the patron."""

    number: str
    kind: str
    state: str
    active: bool
    valid_until: date
    registered_for: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanLine:
    """A document that is out."""

    loan_id: int
    document_id: int
    title: str
    author: str
    inventory_number: str
    department: str
    due_on: date | None
    overdue: bool
    renewals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLine:
    """A visit of the patron."""

    visit_id: UUID
    slip_number: str
    since: datetime
    until: datetime | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BanLine:
    """A ban of the patron, in force or past."""

    since: datetime
    until: datetime | None
    reason: str
    order_number: str
    holds: bool
    lifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PatronView:
    """All that the page shows."""

    patron_id: int
    has_photo: bool
    name: str
    former_surnames: str
    initials: str
    category: str
    ticket: TicketLine | None
    verdict: Verdict
    verdict_text: str
    reasons: Sequence[Saying]
    why: Sequence[Opened]
    inside: VisitLine | None
    tickets: Sequence[TicketLine]
    loans: Sequence[LoanLine]
    visits: Sequence[VisitLine]
    bans: Sequence[BanLine]
    facts: Sequence[tuple[str, str]]


@console.get("/patrons/<int:patron_id>")
def patron(patron_id: int) -> str:
    """The page; 404 where there is no such patron."""
    with database().reading() as session:
        found = session.get(Patron, patron_id, options=[selectinload(Patron.bans)])
        if found is None:
            abort(404)
        return render_template(
            "console/patron.html", patron=_view(session, found), patron_id=patron_id
        )


def _view(session: Session, found: Patron) -> PatronView:
    current = best_ticket(found.tickets)
    decision = _if_they_came_now(session, current)
    visits = _visits(session, found)
    return PatronView(
        patron_id=found.id,
        has_photo=session.get(Photo, found.id) is not None,
        name=found.full_name,
        former_surnames=found.former_surnames,
        initials=(found.surname[:1] + found.given_name[:1]).upper(),
        category=category_name(found.category),
        ticket=_ticket_line(current) if current else None,
        verdict=decision.verdict,
        verdict_text=verdict_text(words(), decision.verdict, "staff", "entry"),
        reasons=sayings(decision),
        why=opened(decision),
        inside=next((_visit_line(visit) for visit in visits if visit.closed_at is None), None),
        tickets=[_ticket_line(ticket) for ticket in found.tickets],
        loans=[_loan_line(loan) for loan in reads.loans_of_patron(session, found.id)],
        visits=[_visit_line(visit) for visit in visits],
        bans=[_ban_line(ban) for ban in found.bans],
        facts=list(_facts(found)),
    )


def best_ticket(tickets: Sequence[Ticket]) -> Ticket | None:
    """The ticket that counts: an active one before others, permanent before a day's, newest."""
    return min(
        tickets,
        key=lambda ticket: (
            ticket.state is not TicketState.ACTIVE,
            ticket.kind is TicketKind.ONE_TIME,
            -ticket.issued_at.timestamp(),
        ),
        default=None,
    )


def _if_they_came_now(session: Session, ticket: Ticket | None) -> Decision:
    """What the rules would say at the door; a visit that goes on is shown beside it."""
    judged = EntryFacts(
        station="",
        credential=CredentialKind.DESK,
        freshness=facts.fresh(now()),
        ticket=facts.of_ticket(session, ticket.id if ticket else None, library(), at=now()),
        building=facts.of_building(session, library(), at=now()),
        policy=library().policy,
    )
    return decide_entry(judged, now()).made_of(judged)


def _visits(session: Session, found: Patron) -> Sequence[Visit]:
    query = (
        select(Visit)
        .where(Visit.ticket_id.in_([ticket.id for ticket in found.tickets]))
        .order_by(Visit.opened_at.desc())
        .limit(_VISITS_SHOWN)
    )
    return session.scalars(query).all()


def _ticket_line(ticket: Ticket) -> TicketLine:
    return TicketLine(
        number=ticket.number,
        kind=ticket_kind_name(ticket.kind),
        state=ticket_state_name(ticket.state),
        active=ticket.state is TicketState.ACTIVE,
        valid_until=ticket.valid_until,
        registered_for=ticket.registered_for,
    )


def _loan_line(loan: Loan) -> LoanLine:
    home = loan.place is LoanPlace.HOME
    return LoanLine(
        loan_id=loan.id,
        renewals=loan.renewals,
        document_id=loan.document_id,
        title=loan.document.title,
        author=loan.document.author,
        inventory_number=loan.document.inventory_number,
        department=reads.department_name(loan.department, words()),
        due_on=loan.due_on if home else None,
        overdue=home and loan.due_on is not None and loan.due_on < library().day(now()),
    )


def _visit_line(visit: Visit) -> VisitLine:
    return VisitLine(
        visit_id=visit.id,
        slip_number=visit.slip_number,
        since=visit.opened_at,
        until=visit.closed_at,
        state=visit_state_name(visit.state, handed_in=visit.handed_in),
    )


def _ban_line(ban: Ban) -> BanLine:
    lifted = ban.lifted_at is not None
    over = ban.until is not None and ban.until <= now()
    return BanLine(
        since=ban.since,
        until=ban.until,
        reason=ban_reason_name(ban.reason),
        order_number=ban.order_number,
        holds=ban.since <= now() and not over and not lifted,
        lifted=lifted,
    )


def _facts(found: Patron) -> Iterator[tuple[str, str]]:
    _ = words().gettext
    if found.birth_date:
        yield _("Народження"), words().date(found.birth_date)
    yield _("Реєстрація"), residence_name(found.residence)
    if found.phone:
        yield _("Телефон"), found.phone
    if found.email:
        yield _("Пошта"), found.email
    if found.organisation:
        yield _("Організація"), found.organisation.name
    if found.agreement_until:
        yield _("Договір до"), words().date(found.agreement_until)
    if found.note:
        yield _("Примітка"), found.note
