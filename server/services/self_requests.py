"""Readers ask for documents at a kiosk, with ticket or slip (R3.2.1, R3.2.7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from gate.events import (
    Availability,
    DocumentRecord,
    DocumentsAnswer,
    DocumentsQuery,
    OrderAnswer,
    OrderOutcome,
    OrderQuery,
)
from gate.facts import CredentialKind
from gate.reasons import Reason, Verdict
from server.database import Database
from server.models import (
    Document,
    Hold,
    HoldState,
    Loan,
    Request,
    RequestKind,
    RequestState,
    Ticket,
    Visit,
)
from server.services import lookup, requests
from server.services.lending import find_document
from server.services.names import fold

MOST = 8
"""Documents on a screen."""
_MOST_WORDS = 6


def find(database: Database, query: DocumentsQuery) -> DocumentsAnswer:
    """The document of this inventory number, else those whose author and title hold every word."""
    with database.reading() as session:
        one = find_document(session, query.text.strip().upper()) or find_document(
            session, query.text
        )
        if one is not None:
            return DocumentsAnswer(found=(_record(session, one),))
        words = fold(query.text).split()[:_MOST_WORDS]
        if not words:
            return DocumentsAnswer()
        wanted = select(Document).where(~Document.is_lost).order_by(Document.id.desc())
        for word in words:
            wanted = wanted.where(Document.search_key.contains(word, autoescape=True))
        found = session.scalars(
            wanted.limit(MOST + 1).options(joinedload(Document.department))
        ).all()
        shown = tuple(_record(session, each) for each in found[:MOST])
        return DocumentsAnswer(found=shown, more=len(found) > MOST)


def _record(session: Session, found: Document) -> DocumentRecord:
    return DocumentRecord(
        document_id=found.id, title=found.title, author=found.author, year=found.year,
        shelf_mark=found.shelf_mark, inventory_number=found.inventory_number,
        department=found.department.name, department_en=found.department.name_en,
        availability=_availability(session, found.id),
    )  # fmt: skip


def _availability(session: Session, document_id: int) -> Availability:
    loan = exists().where(Loan.document_id == document_id, Loan.returned_at.is_(None))
    held = exists().where(Hold.document_id == document_id, Hold.state == HoldState.ON_SHELF)
    is_out, is_held = session.execute(select(loan, held)).one()
    if is_out:
        return Availability.OUT
    return Availability.HELD if is_held else Availability.FREE


def ask(database: Database, query: OrderQuery, *, station: str, at: datetime) -> OrderAnswer:
    """Take the request; asked again it is the same one. The stack's hours are the rules' affair."""
    with database.writing() as session:
        before = session.scalar(select(Request).where(Request.wish == query.id))
        document = session.get(Document, query.document_id)
        if before is not None or document is None:
            return _asked(session, before, document)
        visit = _visit(session, query)
        if visit is None:
            return OrderAnswer(outcome=OrderOutcome.NOT_INSIDE)
        refused = _refused(session, visit, document, at)
        if refused is not None:
            return OrderAnswer(outcome=refused)
        request = _request(session, query, visit, document, at)
        request.station_code = station
        session.add(request)
        session.flush()
        requests.note(session, request, "request_asked", f"station:{station}", at)
        return _asked(session, request, document)


def _asked(session: Session, request: Request | None, document: Document | None) -> OrderAnswer:
    if request is None or document is None:
        return OrderAnswer(outcome=OrderOutcome.DESK)
    ticket = session.scalar(
        select(Ticket.number)
        .join(Visit, Visit.ticket_id == Ticket.id)
        .where(Visit.id == request.visit_id)
    )
    return OrderAnswer(
        outcome=OrderOutcome.ASKED, number=request.id, ticket=ticket or "",
        reader=request.patron.display_name, document=_record(session, document),
    )  # fmt: skip


def _visit(session: Session, query: OrderQuery) -> Visit | None:
    """The open visit of a slip or of a ticket."""
    if query.credential is CredentialKind.SLIP_CODE:
        visit_id = lookup.visit_of_slip(session, query.value)
        visit = None if visit_id is None else session.get(Visit, visit_id)
        return None if visit is None or visit.closed_at is not None else visit
    ticket_id = lookup.ticket_id_of(session, query.credential, query.value)
    visit_id = None if ticket_id is None else lookup.open_visit_of(session, ticket_id)
    return None if visit_id is None else session.get(Visit, visit_id)


def _refused(
    session: Session, visit: Visit, document: Document, at: datetime
) -> OrderOutcome | None:
    decision = requests.decide(session, visit, RequestKind.STACK, document.department_code, at)
    if Reason.STACK_CLOSED in decision.codes:
        return OrderOutcome.TOO_LATE
    if decision.verdict is not Verdict.GRANT or visit.ticket_id is None:
        return OrderOutcome.DESK
    open_one = select(Request.visit_id).where(
        Request.document_id == document.id, Request.ended_at.is_(None)
    )
    asked_by = session.scalars(open_one).all()
    if asked_by:
        return OrderOutcome.ALREADY if visit.id in asked_by else OrderOutcome.TAKEN
    if _availability(session, document.id) is not Availability.FREE:
        return OrderOutcome.TAKEN
    return None


def _request(
    session: Session, query: OrderQuery, visit: Visit, document: Document, at: datetime
) -> Request:
    ticket = session.get_one(Ticket, visit.ticket_id)
    return Request(
        kind=RequestKind.STACK, patron_id=ticket.patron_id, visit_id=visit.id,
        department_code=document.department_code, state=RequestState.ASKED, asked_at=at,
        document_id=document.id, wish=query.id, shelf_mark=document.shelf_mark,
        author=document.author, title=document.title, volume="",
        published="" if document.year is None else str(document.year),
    )  # fmt: skip
