"""Reports that are sent by themselves."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base, BigId


class ReportRhythm(StrEnum):
    """How often a report goes, and over which period: always the last whole one."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class SavedReport(Base):
    """A report with its readers."""

    __tablename__ = "saved_report"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    report: Mapped[str] = mapped_column(String(40))
    """Code of the report."""
    rhythm: Mapped[ReportRhythm]
    recipients: Mapped[str] = mapped_column(String(500))
    """Addresses, with commas between them."""
    language: Mapped[str] = mapped_column(String(8))
    created_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    sent_for: Mapped[date]
    """Last day of the period that was sent last."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
