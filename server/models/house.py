"""The house itself: its halls (R4.1.10, R4.1.11)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.models.base import Base, BigId
from server.models.holdings import Department


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
