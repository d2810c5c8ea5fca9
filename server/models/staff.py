"""Staff accounts and their sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.models.base import Base, BigId
from server.models.holdings import Department


class Role(StrEnum):
    """What a member of staff may do; the console's matrix of routes and roles reads these."""

    SERVICE_CENTRE = "service_centre"
    DEPARTMENT = "department"
    GUARD = "guard"
    """Sees the exit screen alone (R3.1.4)."""
    INFORMATION_CENTRE = "information_centre"
    DIRECTOR = "director"
    TECHNICIAN = "technician"
    ADMIN = "admin"


class Staff(Base):
    """An account of a person who works here."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role]
    department_code: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    """Where a department's librarian works."""
    password_hash: Mapped[str] = mapped_column(String(200))
    """argon2id, in its own encoded form."""
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(String(2), default="uk")
    created_at: Mapped[datetime]

    department: Mapped[Department | None] = relationship()


class StaffSession(Base):
    """A session lives on the server, so that revoking it ends it at once (threat 15)."""

    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 (hex) of the random token in the cookie."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship()
