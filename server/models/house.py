"""The house itself: its halls, and days that differ from their week (R4.1.10, R4.1.11, R5.1.2)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.models.base import Base, BigId
from server.models.branches import Branch
from server.models.holdings import Department


class CalendarKind(StrEnum):
    """How a day differs from its week."""

    CLOSED = "closed"
    SANITARY = "sanitary"
    """Closed to readers, the staff clean and repair."""
    HOURS = "hours"
    """Open at other hours."""
    OPEN_DAY = "open_day"
    """Anybody comes in without a ticket (E34)."""


class CalendarEntry(Base):
    """A day, or days in a row, on which the library, a branch or a department keeps other hours.

    Of a branch's days and the library's the branch's hold (R5.1.2).
    """

    __tablename__ = "calendar_entry"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    """Of two entries for one day the later one holds."""
    first: Mapped[date]
    last: Mapped[date] = mapped_column(index=True)
    kind: Mapped[CalendarKind]
    opens: Mapped[int | None]
    """Minutes since midnight; None where the day is closed or keeps the hours of its week."""
    closes: Mapped[int | None]
    branch_code: Mapped[str | None] = mapped_column(ForeignKey("branch.code"))
    """One building alone; None, as the department: the library with all its branches."""
    department_code: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    notice: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """What readers are told of it."""
    notice_en: Mapped[str] = mapped_column(String(300), default="", server_default="")
    announce_from: Mapped[date]
    """First day on which readers are told."""
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    cancelled_at: Mapped[datetime | None]

    branch: Mapped[Branch | None] = relationship()
    department: Mapped[Department | None] = relationship()


class Hall(Base):
    """A room that people are in: it may have a limit, a department, be a shelter."""

    __tablename__ = "hall"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    name_en: Mapped[str] = mapped_column(String(100), default="", server_default="")
    floor: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """As people say it: `2`, `цоколь`."""
    capacity: Mapped[int | None]
    """How many persons it holds; None: no limit."""
    branch_code: Mapped[str | None] = mapped_column(ForeignKey("branch.code"))
    """None: in the library's own building."""
    department_code: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    """The department that works in it."""
    is_shelter: Mapped[bool] = mapped_column(default=False, server_default=false())
    phone_zone: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether one may talk on the phone here (R4.1.10)."""
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    """Order in lists."""
    retired_at: Mapped[datetime | None]
    """No longer used since; events of the past keep it."""

    department: Mapped[Department | None] = relationship()
    branch: Mapped[Branch | None] = relationship()
