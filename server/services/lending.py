"""A department's desk: find a document, issue it, take it back, mark the slip (R3.2).

The database holds that a document is with one reader at a time: of two desks that issue it in the
same second one gets it, the other a clear refusal (S10).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from gate.calendar import Calendar
from gate.events import uuid7
from gate.facts import (
    Decision,
    DocumentClass,
    LoanPlace,
    ServiceFacts,
    ServiceKind,
)
from gate.reasons import Verdict
from gate.rules import decide_service, home_loans_allowed
from server.database import Database
from server.models import Department, Document, Loan, Patron, Ticket, Visit, VisitOrigin
from server.services import (
    audit,
    calendar_days,
    changes,
    desk_slips,
    facts,
    holds,
    lookup,
    request_ends,
    settings,
    visits,
)
from server.services.keys import Entropy
from server.services.settings import LibrarySettings

_SERVICE = {
    LoanPlace.READING_ROOM: ServiceKind.ISSUE_READING_ROOM,
    LoanPlace.HOME: ServiceKind.ISSUE_HOME,
}
_SHORT_TERM = (DocumentClass.HIGH_DEMAND, DocumentClass.PERIODICAL)


class Problem(StrEnum):
    """Why a document can't be lent, whoever asks."""

    UNKNOWN_DOCUMENT = "unknown_document"
    ALREADY_OUT = "already_out"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What became of a wish for a document: a loan, or why there is none."""

    decision: Decision | None = None
    """What the rules say; None where the document itself is the problem."""
    problem: Problem | None = None
    loan_id: int | None = None
    document_id: int | None = None
    title: str = ""
    due_on: date | None = None
    out_to_same_reader: bool = False
    """With ALREADY_OUT: this very reader has it."""

    @property
    def done(self) -> bool:
        """Whether there is a loan now."""
        return self.loan_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A document that came back; it is taken even if nobody had it on loan (S12)."""

    document_id: int
    title: str
    loan_id: int | None
    """None where it was not out."""
    visit_id: UUID | None = None
    department_code: str = ""
    """The department that waited for it."""
    held: bool = False
    """It goes to the reserve shelf: somebody waits for it (R3.2.10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who works where."""

    department: str
    staff_id: int

    @property
    def actor(self) -> str:
        """The name under which the audit log knows them."""
        return f"staff:{self.staff_id}"


def find_document(session: Session, code: str) -> Document | None:
    """A document by its barcode or inventory number, as scanned or typed."""
    code = code.strip()
    return session.scalar(
        select(Document)
        .where(or_(Document.barcode == code, Document.inventory_number == code))
        .order_by(Document.barcode != code)
        .limit(1)
        .options(joinedload(Document.department))
    )


def open_loan(session: Session, document_id: int) -> Loan | None:
    """The loan by which a document is out now."""
    return session.scalar(
        select(Loan).where(Loan.document_id == document_id, Loan.returned_at.is_(None))
    )


def issue(
    database: Database, visit_id: UUID | None, code: str, place: LoanPlace, *, desk: Desk,
    at: datetime,
) -> Issued:  # fmt: skip
    """Lend a document to the reader of a visit, if the rules allow it; marks the slip.

    `visit_id` None: somebody without a slip, which the rules refuse (S01).
    """
    try:
        with database.writing() as session:
            document = find_document(session, code)
            if document is None:
                return Issued(problem=Problem.UNKNOWN_DOCUMENT)
            return _issue(session, visit_id, document, place, desk=desk, at=at)
    except IntegrityError:
        return _already_out(database, visit_id, code)


def _issue(
    session: Session, visit_id: UUID | None, document: Document, place: LoanPlace, *, desk: Desk,
    at: datetime,
) -> Issued:  # fmt: skip
    library = settings.read(session)
    visit = None if visit_id is None else session.get(Visit, visit_id)
    patron = _patron_of(session, visit)
    about = Issued(document_id=document.id, title=document.title)
    taken = open_loan(session, document.id)
    if document.is_lost or taken is not None:
        same = taken is not None and patron is not None and taken.patron_id == patron.id
        problem = Problem.LOST if document.is_lost else Problem.ALREADY_OUT
        return replace(about, problem=problem, out_to_same_reader=same)
    held = patron is not None and holds.held_for_other(session, document.id, patron.id, place)
    decision = _decide(session, visit, document.document_class, place, library, at, held=held)
    if decision.verdict is not Verdict.GRANT or visit is None or patron is None:
        audit.record(
            session, at=at, actor=desk.actor, action="document_refused",
            about=("document", str(document.id)),
            details={"visit": str(visit_id), "reasons": decision.codes},
        )  # fmt: skip
        return replace(about, decision=decision)
    here = calendar_days.at_desk(session, library, desk.department)
    due_on = None
    if place is LoanPlace.HOME:
        due_on = due_day(library, here, document.document_class, at)
    loan = Loan(
        document_id=document.id, patron_id=patron.id, visit_id=visit.id,
        department_code=desk.department, place=place, issued_at=at, issued_by=desk.staff_id,
        due_on=due_on,
    )  # fmt: skip
    session.add(loan)
    session.flush()
    _note(session, "document_issued", loan, desk, at)
    holds.fulfil(session, document.id, patron.id, actor=desk.actor, at=at)
    request_ends.fulfil(session, document.id, patron.id, actor=desk.actor, at=at)
    visits.mark(session, visit, desk.department, at=at, staff_id=desk.staff_id)
    return replace(about, decision=decision, loan_id=loan.id, due_on=due_on)


def _patron_of(session: Session, visit: Visit | None) -> Patron | None:
    """The reader of a visit; held until the commit, so that limits are counted one by one."""
    if visit is None or visit.ticket_id is None:
        return None
    return session.scalar(
        select(Patron)
        .join(Ticket, Ticket.patron_id == Patron.id)
        .where(Ticket.id == visit.ticket_id)
        .with_for_update(of=Patron)
    )


def _decide(
    session: Session,
    visit: Visit | None,
    document_class: DocumentClass,
    place: LoanPlace,
    library: LibrarySettings,
    at: datetime,
    *,
    held: bool,
) -> Decision:
    ticket_id = None if visit is None else visit.ticket_id
    reading, home = (0, 0) if ticket_id is None else facts.out_with(session, ticket_id)
    judged = ServiceFacts(
        kind=_SERVICE[place],
        freshness=facts.fresh(at),
        held_for_other=held,
        visit=facts.of_visit(session, None if visit is None else visit.id),
        ticket=facts.of_ticket(session, ticket_id, library, at=at),
        document_class=document_class,
        reading_room_out=reading,
        home_out=home,
        building=facts.of_building(session, library, at=at),
        policy=library.policy,
    )
    return decide_service(judged, at).made_of(judged)


def due_day(
    library: LibrarySettings, here: Calendar, document_class: DocumentClass, at: datetime
) -> date:
    """Last day at home: by class, moved to the next day on which it is open here (R3.2.3, S06)."""
    short = document_class in _SHORT_TERM
    days = library.home_days_short if short else library.home_days
    return here.next_open_day(library.day(at) + timedelta(days=days))


def _already_out(database: Database, visit_id: UUID | None, code: str) -> Issued:
    """Another desk was faster."""
    with database.reading() as session:
        document = find_document(session, code)
        if document is None:
            return Issued(problem=Problem.UNKNOWN_DOCUMENT)
        loan = open_loan(session, document.id)
        return Issued(
            problem=Problem.ALREADY_OUT,
            document_id=document.id,
            title=document.title,
            out_to_same_reader=loan is not None and loan.visit_id == visit_id,
        )


def take_back(database: Database, code: str, *, desk: Desk, at: datetime) -> Returned | None:
    """A document is back, whoever brings it; marks the slip it was on (S12).

    None for a document that we don't know.
    """
    with database.writing() as session:
        document = find_document(session, code)
        if document is None:
            return None
        loan = open_loan(session, document.id)
        if loan is None:
            return Returned(document_id=document.id, title=document.title, loan_id=None)
        loan.returned_at, loan.returned_by = at, desk.staff_id
        session.flush()
        _note(session, "document_returned", loan, desk, at)
        library = settings.read(session)
        hold = holds.shelve(session, document.id, library, actor=desk.actor, at=at)
        visit = None if loan.visit_id is None else session.get(Visit, loan.visit_id)
        if visit is not None and visit.closed_at is None:
            visits.mark(session, visit, desk.department, at=at, staff_id=desk.staff_id)
        return Returned(
            document_id=document.id,
            title=document.title,
            loan_id=loan.id,
            visit_id=loan.visit_id,
            department_code=loan.department_code,
            held=hold is not None,
        )


def undo(database: Database, loan_id: int, *, desk: Desk, at: datetime) -> bool:
    """Take back the last step on a loan: an issue is struck out, a return is reopened.

    What was struck out never was: no report counts it, and who had waited waits again. False where
    it can't be: no such loan, or the document is with somebody else by now.
    """
    try:
        with database.writing() as session:
            loan = session.get(Loan, loan_id)
            if loan is None:
                return False
            if loan.returned_at is None:
                _note(session, "issue_undone", loan, desk, at)
                holds.reopen(session, loan)
                request_ends.reopen(session, loan)
                session.delete(loan)
            else:
                loan.returned_at = loan.returned_by = None
                session.flush()
                _note(session, "return_undone", loan, desk, at)
                holds.unshelve(session, loan.document_id)
            return True
    except IntegrityError:
        return False


def mark(database: Database, visit_id: UUID, *, desk: Desk, at: datetime) -> bool:
    """The department saw this slip (R3.1.2). False where it had, or the visit is over."""
    with database.writing() as session:
        visit = session.get(Visit, visit_id)
        if visit is None or visit.closed_at is not None:
            return False
        marked = visits.mark(session, visit, desk.department, at=at, staff_id=desk.staff_id)
        if marked:
            audit.record(
                session, at=at, actor=desk.actor, action="slip_marked",
                about=("visit", str(visit_id)), details={"department": desk.department},
            )  # fmt: skip
        return marked


def open_visit(
    database: Database, ticket_id: str, *, desk: Desk, at: datetime, entropy: Entropy
) -> UUID:
    """Somebody is inside whose entrance was not recorded: open the visit now (S11).

    Answers the visit that is open already, where there is one. Raises LookupError for a ticket
    that we don't know.
    """
    with database.writing() as session:
        room = session.get_one(Department, desk.department)
        library = settings.read(session).at_branch(room.branch_code)
        ticket = facts.of_ticket(session, ticket_id, library, at=at)
        if ticket is None:
            raise LookupError(f"no ticket {ticket_id}")
        present = lookup.open_visit_of(session, ticket_id)
        if present is not None:
            return present
        visit = visits.begin(
            session,
            visits.Beginning(
                visit_id=uuid7(at, entropy(10)),
                slip_number=desk_slips.new_number(session, at=at, entropy=entropy),
                at=at,
                origin=VisitOrigin.DEPARTMENT,
                ticket_id=ticket_id,
                home_loans=home_loans_allowed(ticket, at, library.policy),
            ),
            library,
        )
        audit.record(
            session, at=at, actor=desk.actor, action="visit_opened_without_entry",
            about=("visit", str(visit.id)), details={"department": desk.department},
        )  # fmt: skip
        return visit.id


def documents_out(session: Session, visit_id: UUID) -> list[Loan]:
    """What is out on a visit, the oldest first."""
    rows = session.scalars(
        select(Loan)
        .where(Loan.visit_id == visit_id, Loan.returned_at.is_(None))
        .order_by(Loan.issued_at, Loan.id)
        .options(joinedload(Loan.document), joinedload(Loan.department))
    )
    return list(rows)


def _note(session: Session, action: str, loan: Loan, desk: Desk, at: datetime) -> None:
    """Audit and stations hear of every change of a loan."""
    audit.record(
        session, at=at, actor=desk.actor, action=action, about=("loan", str(loan.id)),
        details={
            "document": loan.document_id, "visit": str(loan.visit_id),
            "department": desk.department, "place": loan.place,
        },
    )  # fmt: skip
    if loan.visit_id is not None:
        changes.note_visit(session, loan.visit_id)
    if loan.due_on is not None:
        changes.note_patron(session, loan.patron_id)
