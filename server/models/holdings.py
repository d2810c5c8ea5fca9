"""Departments, documents and their loans (R3)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gate.facts import DocumentClass, LoanPlace
from server.models.base import Base, BigId, partial_index
from server.models.branches import Branch
from server.models.people import Patron
from server.services.names import fold

_KEY_MOST = 700


class DepartmentKind(StrEnum):
    """Form of service of a department (R3)."""

    SERVICE_CENTRE = "service_centre"
    LENDING = "lending"
    READING_ROOM = "reading_room"
    INTERNET = "internet"
    INFORMATION = "information"


class Department(Base):
    """A department that marks slips and lends documents."""

    __tablename__ = "department"

    code: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    kind: Mapped[DepartmentKind] = mapped_column(default=DepartmentKind.READING_ROOM)
    phone: Mapped[str] = mapped_column(String(40), default="")
    branch_code: Mapped[str | None] = mapped_column(ForeignKey("branch.code"))
    """None: in the library's own building."""
    hall: Mapped[str] = mapped_column(String(100), default="")
    """Where it is, as a sign at the entrance says it; the halls themselves are `Hall`."""
    position: Mapped[int] = mapped_column(default=0)
    """Order in lists and on slips."""
    hours: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """Monday to Sunday, each `[opens, closes]` in minutes since midnight or None for a day off;
    None alone: open as its house is."""
    retired_at: Mapped[datetime | None]
    """Works no longer since; old marks and loans keep its name."""

    branch: Mapped[Branch | None] = relationship()


def _search_key(context: Any) -> str:
    """Of a row that is being written, whatever way."""
    row = context.get_current_parameters()
    return search_key(row.get("author") or "", row["title"])


def search_key(author: str, title: str) -> str:
    """Author and title folded for searching."""
    return fold(f"{author} {title}")[:_KEY_MOST]


class Document(Base):
    """One copy of a book, an issue of a periodical, a device."""

    __tablename__ = "document"
    __table_args__ = (
        partial_index("ix_document_lost", "id", where="is_lost"),
        # The class of what was lent, without the rows: reports count by it.
        Index("ix_document_counted", "id", "document_class"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    inventory_number: Mapped[str] = mapped_column(String(40), unique=True)
    barcode: Mapped[str] = mapped_column(String(40), unique=True)
    shelf_mark: Mapped[str] = mapped_column(String(60), default="")
    author: Mapped[str] = mapped_column(String(200), default="")
    title: Mapped[str] = mapped_column(String(500))
    search_key: Mapped[str] = mapped_column(
        String(_KEY_MOST), default=_search_key, server_default=""
    )
    """Author and title folded; kept by itself."""
    year: Mapped[int | None]
    document_class: Mapped[DocumentClass] = mapped_column(default=DocumentClass.ORDINARY)
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"), index=True)
    is_lost: Mapped[bool] = mapped_column(default=False)

    department: Mapped[Department] = relationship()


@event.listens_for(Document, "before_update")
def _keep_found(_mapper: object, _connection: object, document: Document) -> None:
    document.search_key = search_key(document.author or "", document.title)


class Loan(Base):
    """A document with a reader, in a reading room or at home (R3.2).

    The database itself holds that a document has one open loan at most (S10).
    """

    __tablename__ = "loan"
    __table_args__ = (
        partial_index(
            "uq_loan_open_document",
            "document_id",
            unique=True,
            where="returned_at IS NULL",
        ),
        partial_index(
            "ix_loan_open_patron",
            "patron_id",
            where="returned_at IS NULL",
        ),
        partial_index("ix_loan_open_due", "due_on", where="returned_at IS NULL"),
        Index("ix_loan_issued_at", "issued_at"),
        partial_index("ix_loan_returned_at", "returned_at", where="returned_at IS NOT NULL"),
        Index("ix_loan_visit_id", "visit_id"),
        Index("ix_loan_patron_id_issued_at", "patron_id", "issued_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patron.id"))
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visit.id"))
    """None where the form of service needs no visit, or for loans older than this system."""
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    """Who issued it and waits for it."""
    place: Mapped[LoanPlace]
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    due_on: Mapped[date | None]
    """Last day at home; None in a reading room, where the visit ends it."""
    renewals: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was renewed; from the second time on the document is shown (R3.3.1)."""
    defects: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """What the reader showed at issue: torn pages, marks (R3.2.4)."""
    returned_at: Mapped[datetime | None]
    returned_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    system: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """The library system that tells of it (`sip2`, `koha`); empty: lent here."""

    document: Mapped[Document] = relationship()
    patron: Mapped[Patron] = relationship()
    department: Mapped[Department] = relationship()
