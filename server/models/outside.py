"""What another library system said of a patron, when it was last asked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.models.base import Base
from server.models.people import Patron


class OutsideAccount(Base):
    """One patron's account in the library system. Their loans stand among all loans, marked."""

    __tablename__ = "outside_account"

    patron_id: Mapped[int] = mapped_column(ForeignKey("patron.id"), primary_key=True)
    system: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(40), index=True)
    """The ticket number that it was asked by."""
    known: Mapped[bool]
    blocks: Mapped[list[Any]] = mapped_column(JSON)
    """Codes of `server.library_systems.contract.Block`, sorted."""
    expires_on: Mapped[date | None]
    holds: Mapped[int] = mapped_column(default=0)
    differences: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """What the two sides say differently: codes of `server.library_systems.mirror.Difference`."""
    as_of: Mapped[datetime]
    """When the system last answered; the loans are as they were then."""

    patron: Mapped[Patron] = relationship()
