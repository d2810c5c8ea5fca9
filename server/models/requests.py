"""Queues for documents, and request forms for the stack and for other libraries (R3.2)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.models.base import Base, BigId, partial_index
from server.models.holdings import Department, Document
from server.models.people import Patron


class HoldState(StrEnum):
    """How far a hold is."""

    WAITING = "waiting"
    """The document is out, or on the shelf for somebody before."""
    ON_SHELF = "on_shelf"
    """It lies on the reserve shelf for this reader (R3.2.10)."""
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Nobody came for it in time (S09)."""


class Hold(Base):
    """A reader's place in the queue for a document."""

    __tablename__ = "hold"
    __table_args__ = (
        partial_index(
            "uq_hold_open", "document_id", "patron_id", unique=True, where="ended_at IS NULL"
        ),
        partial_index("ix_hold_shelf", "shelf_until", where="ended_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    patron_id: Mapped[int] = mapped_column(ForeignKey("patron.id"), index=True)
    state: Mapped[HoldState] = mapped_column(default=HoldState.WAITING)
    placed_at: Mapped[datetime]
    placed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    shelved_on: Mapped[date | None]
    """First day on the reserve shelf."""
    shelf_until: Mapped[date | None]
    """Last day on the reserve shelf."""
    extended: Mapped[bool] = mapped_column(default=False)
    """Kept some days more on the reader's wish; others may read it meanwhile (R3.2.11)."""
    ended_at: Mapped[datetime | None]

    document: Mapped[Document] = relationship()
    patron: Mapped[Patron] = relationship()


class RequestKind(StrEnum):
    """Where what is asked for lies."""

    STACK = "stack"
    INTERLIBRARY = "interlibrary"
    """In another library; the reader pays the postage and reads it here (R3.2.5, R3.2.6)."""


class RequestState(StrEnum):
    """How far a request is."""

    ASKED = "asked"
    FETCHED = "fetched"
    """It waits at the issue desk."""
    DONE = "done"
    REFUSED = "refused"
    """Filled in wrongly, or not to be had (R3.2.1)."""


class Request(Base):
    """A request form: what a reader wants fetched."""

    __tablename__ = "request"
    __table_args__ = (partial_index("ix_request_open", "asked_at", where="ended_at IS NULL"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[RequestKind] = mapped_column(default=RequestKind.STACK)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patron.id"), index=True)
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visit.id"))
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    """Where the reader will read it."""
    shelf_mark: Mapped[str] = mapped_column(String(60))
    author: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(500))
    published: Mapped[str] = mapped_column(String(100))
    """Place and year."""
    volume: Mapped[str] = mapped_column(String(60))
    state: Mapped[RequestState] = mapped_column(default=RequestState.ASKED)
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """None: the reader, at a kiosk."""
    station_code: Mapped[str | None] = mapped_column(ForeignKey("station.code"))
    """The kiosk."""
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    """The very copy, where it was chosen from a list."""
    wish: Mapped[UUID | None] = mapped_column(unique=True)
    """Born at the kiosk: what is sent twice is asked once."""
    answer: Mapped[str] = mapped_column(String(300), default="")
    """Why it was refused."""
    postage: Mapped[int | None]
    """Kopiykas."""
    receipt_number: Mapped[str] = mapped_column(String(60), default="")
    ended_at: Mapped[datetime | None]

    patron: Mapped[Patron] = relationship()
    department: Mapped[Department] = relationship()
