"""A document: what it is and where it is now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import abort, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from gate.facts import DocumentClass
from server.console import reads
from server.console.blueprint import console
from server.console.centre import database, staff, words
from server.console.labels import document_class_name
from server.console.roles import may
from server.models import Document, Loan, Visit
from server.services import holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """The open loan of a document."""

    name: str
    visit_id: UUID | None
    slip_number: str
    issued_at: datetime
    department: str
    due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """All that the page shows."""

    title: str
    author: str
    department: str
    is_lost: bool
    room_only: bool
    loan: Whereabouts | None
    facts: Sequence[tuple[str, str]]


@console.get("/documents/<int:document_id>")
def document(document_id: int) -> str:
    """The page; 404 where there is no such document."""
    with database().reading() as session:
        found = session.get(Document, document_id, options=[joinedload(Document.department)])
        if found is None:
            abort(404)
        return render_template(
            "console/document.html",
            document=_view(session, found),
            document_id=document_id,
            holds=holds.open_holds(session, document_id=document_id),
        )


def _view(session: Session, found: Document) -> DocumentView:
    return DocumentView(
        title=found.title,
        author=found.author,
        department=reads.department_name(found.department, words()),
        is_lost=found.is_lost,
        room_only=found.document_class is DocumentClass.ROOM_ONLY,
        loan=_whereabouts(session, found.id),
        facts=list(_facts(found)),
    )


def _whereabouts(session: Session, document_id: int) -> Whereabouts | None:
    loan = session.scalar(
        select(Loan)
        .where(Loan.document_id == document_id, Loan.returned_at.is_(None))
        .options(joinedload(Loan.patron), joinedload(Loan.department))
    )
    if loan is None:
        return None
    visit = session.get(Visit, loan.visit_id) if loan.visit_id else None
    full = may(staff().role, "console.patron")
    return Whereabouts(
        name=loan.patron.full_name if full else loan.patron.display_name,
        visit_id=loan.visit_id,
        slip_number=visit.slip_number if visit else "",
        issued_at=loan.issued_at,
        department=reads.department_name(loan.department, words()),
        due_on=loan.due_on,
    )


def _facts(found: Document) -> Iterator[tuple[str, str]]:
    _ = words().gettext
    yield _("Інвентарний номер"), found.inventory_number
    yield _("Штрихкод"), found.barcode
    if found.shelf_mark:
        yield _("Шифр"), found.shelf_mark
    if found.year:
        yield _("Рік"), str(found.year)
    yield _("Відділ"), reads.department_name(found.department, words())
    yield _("Видача"), document_class_name(found.document_class)
