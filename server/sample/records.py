"""The sample's first people as rows, with all that hangs on them: bans, cards, loans, visits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy.orm import Session

from gate.events import OwnItemRecord, uuid7
from gate.facts import CredentialKind, LoanPlace, TicketState, VisitState
from gate.rules import home_loans_allowed
from server.models import Ban, Credential, Loan, Organisation, Patron, Ticket, Visit, VisitOrigin
from server.sample.days import Day
from server.sample.holdings import Shelves
from server.sample.slips import Slips
from server.sample.staff import Employed
from server.sample.states import Case, Stay, Values
from server.services import audit, changes, facts, visits
from server.services.names import fold
from server.services.settings import LibrarySettings

_LENDING = "2"
_READING = "3"
_LOCAL_STUDIES = "5"
_FEW = 2


@dataclass(frozen=True, slots=True)
class House:
    """What people of the sample find when they come."""

    day: Day
    library: LibrarySettings
    shelves: Shelves
    slips: Slips
    staff: Employed


def write_organisations(session: Session, day: Day) -> None:
    """The two for which readers of the sample come: one by a good agreement, one late (E42)."""
    for name, code, days in (("Ліцей № 7", "21560045", 200), ("Ліцей № 9", "21560068", -1)):
        session.add(
            Organisation(
                name=name, name_key=fold(name), code=code, contact="+380 44 200 20 0" + name[-1],
                agreement_number=f"{day.today.year}/{name[-1]}", agreement_until=day.days(days),
            )
        )  # fmt: skip
        session.flush()


def write_person(session: Session, cases: list[Case], house: House) -> None:
    """Write a person with the tickets of all cases and note it in the audit log."""
    patron = Patron(**cases[0].patron)
    session.add(patron)
    session.flush()
    tickets = [Ticket(**case.ticket, patron_id=patron.id) for case in cases]
    session.add_all(tickets)
    session.flush()
    if tickets[0].state is TicketState.REPLACED and len(tickets) > 1:
        tickets[0].replaced_by = tickets[1].id
    for case, ticket in zip(cases, tickets, strict=True):
        _write_bans(session, case, patron, house)
        _write_credentials(session, case, ticket)
        _write_home_loans(session, case, patron, house)
        session.flush()
        if case.stay is not None:
            _write_stay(session, case.stay, ticket, house)
        audit.record(
            session, at=house.day.now, actor="system", action="imported",
            about=("ticket", ticket.id), details={"source": "sample", "state": case.state},
        )  # fmt: skip
    changes.note_ticket(session, *(ticket.id for ticket in tickets))


def card_uid(patron: Values) -> str:
    """The UID of a person's card, seven bytes; all tickets of the person share it (E30)."""
    person = f"{patron['name_key']} {patron['birth_date']}"
    return "04" + sha256(person.encode()).hexdigest()[:12].upper()


def _write_bans(session: Session, case: Case, patron: Patron, house: House) -> None:
    director = house.staff.ids["director"]
    for order, ban in enumerate(case.bans, start=1):
        lifted = {"lifted_by": director} if "lifted_at" in ban else {}
        session.add(
            Ban(
                **ban, **lifted, patron_id=patron.id, author_id=director,
                order_number=f"{case.ticket['number'][-3:]}/{order}",
            )
        )  # fmt: skip


def _write_credentials(session: Session, case: Case, ticket: Ticket) -> None:
    for kind in case.credentials:
        card = kind is CredentialKind.CARD
        value = card_uid(case.patron) if card else ticket.number
        session.add(
            Credential(kind=kind, value=value, ticket_id=ticket.id, linked_at=ticket.issued_at)
        )


def _write_home_loans(session: Session, case: Case, patron: Patron, house: House) -> None:
    term = house.library.home_days
    for due in case.home_due:
        issued = house.day.at(due - timedelta(days=term), 13, 15)
        _lend(session, house, patron.id, _LENDING, LoanPlace.HOME, issued, due=due)


def _write_stay(session: Session, stay: Stay, ticket: Ticket, house: House) -> None:
    visit = _begin(session, stay, ticket, house)
    at = stay.opened_at
    reading = _LOCAL_STUDIES if stay.reading <= _FEW else _READING
    for _ in range(stay.reading):
        _lend(session, house, ticket.patron_id, reading, LoanPlace.READING_ROOM, at, visit.id)
    due = house.library.next_open_day(house.day.days(house.library.home_days))
    for _ in range(stay.home):
        _lend(session, house, ticket.patron_id, _LENDING, LoanPlace.HOME, at, visit.id, due)
    marked = {reading: stay.reading, _LENDING: stay.home}
    for department, count in marked.items():
        if count:
            staff = house.staff.librarian(department)
            visits.mark(session, visit, department, at=at, staff_id=staff)
    if stay.state is VisitState.NOT_RETURNED:
        visits.end_without_exit(session, visit, house.day.begins)
    elif stay.state is VisitState.AWAY:
        visit.state, visit.changed_at = VisitState.AWAY, house.day.ago(20)


def _begin(session: Session, stay: Stay, ticket: Ticket, house: House) -> Visit:
    number, chance = house.slips.next()
    at = stay.opened_at
    known = facts.of_ticket(session, ticket.id, house.library, at=at)
    items = (
        OwnItemRecord(kind=kind, count=1, approved_by="Світлана Кравець") for kind in stay.items
    )
    return visits.begin(
        session,
        visits.Beginning(
            visit_id=uuid7(at, chance),
            slip_number=number,
            at=at,
            origin=VisitOrigin.DESK,
            ticket_id=ticket.id,
            home_loans=home_loans_allowed(known, at, house.library.policy),
            own_items=tuple(items),
        ),
        house.library,
    )


def _lend(
    session: Session, house: House, patron_id: int, department: str, place: LoanPlace,
    at: datetime, visit_id: UUID | None = None, due: date | None = None,
) -> None:  # fmt: skip
    document = house.shelves.take(department, home=place is LoanPlace.HOME)
    session.add(
        Loan(
            document_id=document.id,
            patron_id=patron_id,
            visit_id=visit_id,
            department_code=department,
            place=place,
            issued_at=at,
            issued_by=house.staff.librarian(department),
            due_on=due,
        )
    )
