"""Staff accounts and their sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, false
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
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Somebody else knows it: made with the account, or reset."""
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    """Base32 secret of the second factor (RFC 6238), drawn or confirmed."""
    totp_since: Mapped[datetime | None]
    """Confirmed by a first code; None while it is only drawn."""
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    """Time step of the last code that was taken: no code is good twice."""

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
    confirmed_at: Mapped[datetime | None]
    """When the second factor was shown, by those who need one."""
    browser: Mapped[str] = mapped_column(String(120), default="", server_default="")
    """What browser and system it is, for the list of sessions."""

    staff: Mapped[Staff] = relationship()


class RecoveryCode(Base):
    """A code that stands in for the second factor once, when the phone is lost."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 (hex); the codes themselves are shown once."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
