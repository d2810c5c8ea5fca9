"""Accounts of staff: made, changed, closed; what is taken away is gone at once (threat 15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.database import Database
from server.models import Role, Staff, StaffSession
from server.services import audit, passwords
from server.services.by import By


class Account(BaseModel):
    """What an administrator writes of an account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
    role: Role
    department_code: str | None = None


class NewAccount(Account):
    """An account to be made."""

    login: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z0-9._-]{2,60}$", strip_whitespace=True, to_lower=True),
    ]


class LoginTaken(ValueError):
    """Somebody has this login."""


class LastAdministrator(ValueError):
    """Nobody would be left to administer accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session that goes on somewhere."""

    key: str
    """Beginning of the token's hash: it names the session and opens nothing."""
    staff_id: int
    created_at: datetime
    last_seen_at: datetime
    browser: str
    is_confirmed: bool


_KEY_SIGNS = 16


def make(database: Database, told: NewAccount, password: str, by: By) -> int:
    """Make an account; its password is to be changed at the first sign-in. Raises LoginTaken."""
    try:
        with database.writing() as session:
            staff = Staff(
                login=told.login, name=told.name, role=told.role, created_at=by.at,
                department_code=told.department_code, must_change_password=True,
                password_hash=passwords.hash_password(password),
            )  # fmt: skip
            session.add(staff)
            session.flush()
            _note(session, staff, by, "staff_created", None, _plain(staff))
            return staff.id
    except IntegrityError as error:
        raise LoginTaken(told.login) from error


def change(database: Database, staff_id: int, told: Account, by: By) -> None:
    """Change name, role and department. Raises LookupError, LastAdministrator."""
    with database.writing() as session:
        staff = _account(session, staff_id)
        before = _plain(staff)
        staff.name, staff.role = told.name, told.role
        staff.department_code = told.department_code
        session.flush()
        _keep_an_administrator(session)
        if before != _plain(staff):
            _note(session, staff, by, "staff_changed", before, _plain(staff))


def set_active(database: Database, staff_id: int, by: By, *, active: bool) -> None:
    """Close an account with all its sessions, or open it again. LookupError, LastAdministrator."""
    with database.writing() as session:
        staff = _account(session, staff_id)
        if staff.active == active:
            return
        staff.active = active
        session.flush()
        _keep_an_administrator(session)
        end_sessions(session, staff_id, by.at)
        _note(session, staff, by, "staff_changed", {"active": not active}, {"active": active})


def reset_password(database: Database, staff_id: int, password: str, by: By) -> None:
    """Give somebody a new password, to be changed at once; their sessions end. LookupError."""
    with database.writing() as session:
        staff = _account(session, staff_id)
        staff.password_hash = passwords.hash_password(password)
        staff.must_change_password = True
        end_sessions(session, staff_id, by.at)
        _note(session, staff, by, "password_reset", None, None)


def change_password(
    database: Database, staff_id: int, old: str, new: str, by: By, *, but: str
) -> bool:
    """Take a new password from somebody who knows the old one; their other sessions end.

    `but` is the hash of the token that goes on. False where the old one is wrong; raises Unfit.
    """
    with database.reading() as session:
        staff = session.get_one(Staff, staff_id)
    if not passwords.fits(staff.password_hash, old):
        return False
    if new == old:
        raise passwords.Unfit(passwords.Fault.SAME)
    passwords.check(new, staff.login)
    hashed = passwords.hash_password(new)
    with database.writing() as session:
        staff = _account(session, staff_id)
        staff.password_hash, staff.must_change_password = hashed, False
        end_sessions(session, staff_id, by.at, but=but)
        _note(session, staff, by, "password_changed", None, None)
    return True


def sessions_of(session: Session, staff_id: int, at: datetime) -> Sequence[OpenSession]:
    """Where somebody is signed in, the latest first."""
    rows = session.scalars(
        select(StaffSession)
        .where(
            StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None),
            StaffSession.expires_at > at,
        )
        .order_by(StaffSession.last_seen_at.desc())
    )  # fmt: skip
    return [
        OpenSession(
            key=row.token_hash[:_KEY_SIGNS], staff_id=row.staff_id, created_at=row.created_at,
            last_seen_at=row.last_seen_at, browser=row.browser,
            is_confirmed=row.confirmed_at is not None,
        )
        for row in rows
    ]  # fmt: skip


def end_session(database: Database, staff_id: int, key: str, by: By) -> bool:
    """End one session of somebody. False where it is over."""
    with database.writing() as session:
        rows = session.scalars(
            select(StaffSession).where(
                StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None)
            )
        )
        found = next((row for row in rows if row.token_hash[:_KEY_SIGNS] == key), None)
        if found is None:
            return False
        found.ended_at = by.at
        _note(session, _account(session, staff_id), by, "session_revoked", None, None)
        return True


def end_sessions(session: Session, staff_id: int, at: datetime, *, but: str = "") -> None:
    """End every session of somebody, `but` the one with this token's hash."""
    session.execute(
        update(StaffSession)
        .where(
            StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None),
            StaffSession.token_hash != but,
        )
        .values(ended_at=at)
    )  # fmt: skip


def _account(session: Session, staff_id: int) -> Staff:
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise LookupError(f"no account {staff_id}")
    return staff


def _keep_an_administrator(session: Session) -> None:
    left = session.scalar(
        select(func.count()).select_from(Staff).where(Staff.role == Role.ADMIN, Staff.active)
    )
    if not left:
        raise LastAdministrator("one administrator stays")


def _plain(staff: Staff) -> Mapping[str, Any]:
    return {"name": staff.name, "role": staff.role, "department": staff.department_code}


def _note(
    session: Session, staff: Staff, by: By, action: str,
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None,
) -> None:  # fmt: skip
    details = {} if before is after is None else {"before": before, "after": after}
    audit.record(
        session, at=by.at, actor=by.actor, action=action, about=("staff", str(staff.id)),
        details=details,
    )  # fmt: skip
