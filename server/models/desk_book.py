"""What the Service Centre's desk keeps of a day: slips, shifts, ways out, its inbox (R3)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.models.base import Base, BigId, partial_index
from server.models.holdings import Department
from server.models.staff import Staff
from server.models.visits import Visit


class LostSlip(Base):
    """A slip that was lost and is void since its duplicate was issued (R3.2.9, X07)."""

    __tablename__ = "lost_slip"

    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), index=True)
    replaced_by: Mapped[str] = mapped_column(String(40))
    """Number of the duplicate."""
    lost_at: Mapped[datetime]
    allowed_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(String(200))
    found_at: Mapped[datetime | None]
    """When it turned up again and was handed in."""

    staff: Mapped[Staff] = relationship()


class DeskPrint(Base):
    """A slip was printed at the desk: the first of the desk's own, or a reprint (R4.4)."""

    __tablename__ = "desk_print"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slip_number: Mapped[str] = mapped_column(String(40), index=True)
    printed_at: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class DepartmentNotice(Base):
    """A department is told that a visit ended with its documents still out (X19)."""

    __tablename__ = "department_notice"
    __table_args__ = (
        partial_index(
            "ix_department_notice_open",
            "department_code",
            where="seen_at IS NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Made of visit, date and department: closing a day twice tells nobody twice."""
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"))
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    day: Mapped[date]
    documents: Mapped[int]
    raised_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    visit: Mapped[Visit] = relationship()
    department: Mapped[Department] = relationship()


class UrgentExit(Base):
    """Somebody was let out at once for their health; the reason is written afterwards (X20)."""

    __tablename__ = "urgent_exit"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visit.id"))
    """None where nobody asked for the slip."""
    reason: Mapped[str] = mapped_column(String(1000), default="")
    reason_at: Mapped[datetime | None]
    reason_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Shift(Base):
    """A shift at the Service Centre of a building, from its opening list to its closing list."""

    __tablename__ = "shift"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    branch_code: Mapped[str | None] = mapped_column(ForeignKey("branch.code"))
    """None: in the library's own building."""
    day: Mapped[date] = mapped_column(index=True)
    librarian: Mapped[str] = mapped_column(String(200))
    """Name of the librarian on duty."""
    opened_at: Mapped[datetime]
    opened_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    opening: Mapped[dict[str, Any]]
    """What was looked at, by code."""
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    closing: Mapped[dict[str, Any] | None]
    """Figures and checks of the closing list."""
    note: Mapped[str] = mapped_column(String(2000), default="")
    """For the next shift."""


class InboxKind(StrEnum):
    """What waits for a person and has no column of its own to say that it was looked at."""

    HELP_CALL = "help_call"
    UNPROCESSABLE = "unprocessable"
    SLIP_NOT_RETURNED = "slip_not_returned"
    UNRESOLVED = "unresolved"
    MAIL_FAILED = "mail_failed"
    CERTIFICATE = "certificate"
    """A station sees the end of the server's certificate coming."""


class InboxDone(Base):
    """Somebody looked at an entry of the inbox."""

    __tablename__ = "inbox_done"

    kind: Mapped[InboxKind] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Id of the event or visit."""
    at: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    note: Mapped[str] = mapped_column(String(1000), default="")
