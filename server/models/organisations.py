"""Organisations that read by agreement (R1.8)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base, BigId


class Organisation(Base):
    """An organisation whose readers come by its agreement."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), default="", index=True)
    """Its name folded, see server.services.names.fold: quotes and capitals make no other."""
    code: Mapped[str] = mapped_column(String(12), default="")
    """Its number in the state register (ЄДРПОУ); empty where it told none."""
    contact: Mapped[str] = mapped_column(String(200), default="")
    """Who speaks for it, with a telephone or address."""
    agreement_number: Mapped[str] = mapped_column(String(60), default="")
    agreement_until: Mapped[date | None]
    """Last day of its agreement; each reader's row repeats it, which is where a check looks."""
    retired_at: Mapped[datetime | None]
