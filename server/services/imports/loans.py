"""Loans that are out when a library changes over: a row is a document and the reader who has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from gate.facts import LoanPlace
from server.models import Document, Loan, Ticket
from server.services import changes, lending
from server.services.imports.cells import Cells, FaultCode
from server.services.imports.documents import department_of, departments_by_name
from server.services.imports.planning import Fate, Planned, Surroundings, Written
from server.services.imports.tables import Row


class Loans:
    """See `planning.Kind`. A loan is made or is there; it never changes by a list."""

    def plan(self, session: Session, rows: Sequence[Row], on: Surroundings) -> list[Planned]:
        """Judge rows."""
        departments = departments_by_name(session)
        documents = _documents(session, {row.values.get("document", "") for row in rows})
        patrons = _patrons(session, {row.values.get("ticket_number", "") for row in rows})
        out = _out(session, {document.id for document in documents.values()})
        return [_planned(row, departments, documents, patrons, out, on) for row in rows]

    def write(
        self, session: Session, planned: Sequence[Planned], on: Surroundings
    ) -> list[Written]:
        """Make the loans."""
        del on
        new = [dict(row.values) for row in planned if row.fate is Fate.CREATE]
        if not new:
            return []
        ids = session.scalars(insert(Loan).returning(Loan.id, sort_by_parameter_order=True), new)
        written = [Written(key=str(key)) for key in ids]
        changes.note_patron(session, *{values["patron_id"] for values in new})
        return written

    def take_back(self, session: Session, written: Sequence[Written], at: datetime) -> int:
        """Strike out those that nobody returned since."""
        del at
        loans = session.scalars(
            select(Loan).where(
                Loan.id.in_([int(row.key) for row in written]), Loan.returned_at.is_(None)
            )
        ).all()
        session.execute(delete(Loan).where(Loan.id.in_([loan.id for loan in loans])))
        changes.note_patron(session, *{loan.patron_id for loan in loans})
        return len(written) - len(loans)


def _documents(session: Session, codes: set[str]) -> dict[str, Document]:
    found = session.scalars(
        select(Document).where(
            or_(Document.inventory_number.in_(codes), Document.barcode.in_(codes))
        )
    ).all()
    by_barcode = {document.barcode: document for document in found}
    return {document.inventory_number: document for document in found} | by_barcode


def _patrons(session: Session, numbers: set[str]) -> dict[str, int]:
    rows = session.execute(
        select(Ticket.number, Ticket.patron_id).where(Ticket.number.in_(numbers))
    )
    return dict(rows.all())


def _out(session: Session, document_ids: set[int]) -> dict[int, int]:
    """Documents that are out, with the patron who has each."""
    rows = session.execute(
        select(Loan.document_id, Loan.patron_id).where(
            Loan.document_id.in_(document_ids), Loan.returned_at.is_(None)
        )
    )
    return dict(rows.all())


def _planned(
    row: Row,
    departments: Mapping[str, str],
    documents: Mapping[str, Document],
    patrons: Mapping[str, int],
    out: dict[int, int],
    on: Surroundings,
) -> Planned:
    cells = Cells(row.values)
    document = documents.get(cells.text("document", 40, needed=True))
    patron_id = patrons.get(cells.text("ticket_number", 40, needed=True))
    if document is None and row.values.get("document"):
        cells.blame("document", FaultCode.UNKNOWN_DOCUMENT)
    if patron_id is None and row.values.get("ticket_number"):
        cells.blame("ticket_number", FaultCode.UNKNOWN_TICKET)
    department = department_of(cells, departments)
    terms = _terms(cells, document, on)
    if document is None or patron_id is None or cells.faults:
        return Planned(row=row.number, faults=tuple(cells.faults))
    if document.id in out:
        if out[document.id] != patron_id:
            cells.blame("document", FaultCode.ALREADY_OUT)
        return Planned(row=row.number, faults=tuple(cells.faults), key=document.id)
    out[document.id] = patron_id
    values = {
        **terms, "document_id": document.id, "patron_id": patron_id,
        "department_code": department or document.department_code,
    }  # fmt: skip
    return Planned(row=row.number, values=values)


def _terms(cells: Cells, document: Document | None, on: Surroundings) -> dict[str, Any]:
    place = cells.code("place", LoanPlace) or LoanPlace.HOME
    issued_on = cells.day("issued_on") or on.today
    issued_at = datetime.combine(issued_on, time(12), tzinfo=on.library.zone).astimezone(UTC)
    due_on = cells.day("due_on")
    if due_on is None and place is LoanPlace.HOME and document is not None:
        due_on = lending.due_day(
            on.library, on.library.calendar, document.document_class, issued_at
        )
    return {"place": place, "issued_at": issued_at, "due_on": due_on}
