"""What keeps order in the house: damage, complaints and suggestions (R4.1.13, R4.3, R5.1)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.models.base import Base, BigId
from server.models.holdings import Document
from server.models.people import Patron


class DamageState(StrEnum):
    """What became of a damage."""

    OPEN = "open"
    PAID = "paid"
    REPLACED = "replaced"
    """The same document, or one found equal, was brought."""
    WAIVED = "waived"


class DebtorKind(StrEnum):
    """Who makes a damage good (R4.3.5)."""

    READER = "reader"
    PARENTS = "parents"
    INSTITUTION = "institution"


class Damage(Base):
    """A harm to the library's property, made good in full (R4.3.4, R5.1.7)."""

    __tablename__ = "damage"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patron.id"), index=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    what: Mapped[str] = mapped_column(String(500))
    amount: Mapped[int]
    """What its repair or replacement costs, in kopiykas."""
    debtor_kind: Mapped[DebtorKind]
    debtor_name: Mapped[str] = mapped_column(String(200), default="")
    """Parents or institution; empty where the reader answers."""
    guarantor_id: Mapped[int | None] = mapped_column(ForeignKey("guarantor.id"))
    """Who guaranteed for the minor, where that is on record (R1.5)."""
    state: Mapped[DamageState] = mapped_column(default=DamageState.OPEN)
    noted_at: Mapped[datetime]
    noted_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    settlement: Mapped[str] = mapped_column(String(500), default="")
    """Receipt number, what was brought instead, or why it was waived."""

    patron: Mapped[Patron] = relationship()
    document: Mapped[Document | None] = relationship()


class ComplaintKind(StrEnum):
    """What was written into the book."""

    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    THANKS = "thanks"


class Complaint(Base):
    """An entry of the book of complaints and suggestions (R4.1.13)."""

    __tablename__ = "complaint"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[ComplaintKind]
    text: Mapped[str] = mapped_column(String(4000))
    author: Mapped[str] = mapped_column(String(200), default="")
    """As they named themselves; empty where they did not."""
    contact: Mapped[str] = mapped_column(String(200), default="")
    received_at: Mapped[datetime]
    received_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    due_on: Mapped[date]
    """Last day for an answer."""
    answer: Mapped[str] = mapped_column(String(4000), default="")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
