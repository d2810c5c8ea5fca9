"""Tables that the library fills in itself: services with their prices, violations, permits."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.models.base import Base, BigId
from server.models.house import Hall


class PaidService(Base):
    """A line of the catalogue of services, free or with a price (R1.3, R5.1.8, C3.2)."""

    __tablename__ = "paid_service"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    unit: Mapped[str] = mapped_column(String(40), default="")
    """What the price is for: a page, an hour."""
    price: Mapped[int]
    """Kopiykas; 0 is a free service."""
    approved_on: Mapped[date | None]
    """Day on which the price list with it was approved."""
    order_number: Mapped[str] = mapped_column(String(60), default="")
    department_code: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    """Whose service it is; None: the library's."""
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]


class ViolationCode(Base):
    """A prohibited act that the library adds to those of the rules, or gives other words (R4.4).

    Also how long it usually keeps somebody out.
    """

    __tablename__ = "violation_code"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    term_days: Mapped[int | None]
    """For how many days it usually keeps somebody out; None: each order says it anew."""
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]


class PermitKind(StrEnum):
    """What is permitted (R5.1.9)."""

    PRESS = "press"
    """Photo, television or video by the press."""
    ADVERT = "advert"
    """To put up an advert or a notice."""
    EVENT = "event"
    """To hold an event in the house."""


class Permit(Base):
    """A permit given to a person or an organisation (R5.1.9)."""

    __tablename__ = "permit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[PermitKind]
    holder: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(200), default="")
    subject: Mapped[str] = mapped_column(String(500))
    """What exactly is permitted."""
    hall_id: Mapped[int | None] = mapped_column(ForeignKey("hall.id"))
    first: Mapped[date]
    last: Mapped[date]
    paper: Mapped[str] = mapped_column(String(100), default="")
    """Number and day of the letter or order."""
    retired_at: Mapped[datetime | None]
    """Withdrawn since."""

    hall: Mapped[Hall | None] = relationship()
