"""What people ask about their own data, and until when it is to be answered (R4.1.1)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.models.base import Base, BigId
from server.models.people import Patron


class RightKind(StrEnum):
    """What the law on personal data lets somebody ask for."""

    ACCESS = "access"
    """To know what is kept, and to have a copy."""
    CORRECTION = "correction"
    OBJECTION = "objection"
    """Against a use of the data."""
    ERASURE = "erasure"


class DataRequest(Base):
    """A demand of a reader about their own data, with its term."""

    __tablename__ = "data_request"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patron.id"), index=True)
    kind: Mapped[RightKind]
    text: Mapped[str] = mapped_column(String(1000), default="")
    received_at: Mapped[datetime]
    received_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    due_on: Mapped[date]
    """Last day for an answer."""
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    outcome: Mapped[str] = mapped_column(String(1000), default="")

    patron: Mapped[Patron] = relationship()
