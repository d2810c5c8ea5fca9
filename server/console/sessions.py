"""Sign-in and the sessions of staff.

The cookie holds a random token and nothing else; its hash is a row here, so that a session ends at
once when it is revoked (threat 15). Signing in always makes a new token, so that one planted before
is worth nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from server.database import Database
from server.models import Role, Staff, StaffSession
from server.services import audit

LONGEST = timedelta(hours=14)
"""A session ends after a working day even when it is never idle."""
_TOUCH_AFTER = timedelta(seconds=60)
_TOKEN_BYTES = 32
# 19 MiB and 2 passes: the least that OWASP advises, and little enough for a small computer.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who works at this browser."""

    staff_id: int
    login: str
    name: str
    role: Role
    language: str
    department_code: str | None

    @property
    def initials(self) -> str:
        """Two letters for the corner of the page."""
        return "".join(part[:1] for part in self.name.split()[:2]).upper()

    @property
    def actor(self) -> str:
        """The name under which the audit log knows them."""
        return f"staff:{self.staff_id}"


def hash_password(password: str) -> str:
    """argon2id in its encoded form."""
    return _HASHER.hash(password)


def sign_in(
    database: Database, login: str, password: str, *, at: datetime, idle: timedelta
) -> str | None:
    """Open a session and answer its token; None where login and password don't fit.

    An unknown login takes as long as a wrong password, so that time tells nobody who works here.
    """
    with database.reading() as session:
        staff = session.scalar(select(Staff).where(Staff.login == login.strip().casefold()))
    fits = _fits(staff.password_hash if staff else _nobodys_hash(), password)
    if staff is None or not fits or not staff.active:
        _note_refusal(database, staff, at)
        return None
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with database.writing() as session:
        session.add(
            StaffSession(
                token_hash=_hash(token), staff_id=staff.id, created_at=at, last_seen_at=at,
                expires_at=at + idle, ended_at=None,
            )
        )  # fmt: skip
        audit.record(
            session, at=at, actor=f"staff:{staff.id}", action="signed_in",
            about=("staff", str(staff.id)),
        )  # fmt: skip
    return token


def find(
    database: Database, token: str, *, at: datetime, idle: timedelta, awake: bool = True
) -> SignedIn | None:
    """Whose session this is; None where it is over or never was. `awake`: keep it alive, too."""
    with database.reading() as session:
        found = session.scalar(
            select(StaffSession)
            .where(StaffSession.token_hash == _hash(token))
            .options(joinedload(StaffSession.staff))
        )
        if found is None or not _goes_on(found, at):
            return None
        staff = found.staff
        stale = awake and at - found.last_seen_at > _TOUCH_AFTER
        signed_in = SignedIn(
            staff_id=staff.id,
            login=staff.login,
            name=staff.name,
            role=staff.role,
            language=staff.language,
            department_code=staff.department_code,
        )
    if stale:
        _touch(database, token, at, idle)
    return signed_in


def _goes_on(found: StaffSession, at: datetime) -> bool:
    young = at < found.created_at + LONGEST
    return found.ended_at is None and at < found.expires_at and young and found.staff.active


def end(database: Database, token: str, *, at: datetime) -> None:
    """End one session."""
    with database.writing() as session:
        found = session.get(StaffSession, _hash(token))
        if found is None or found.ended_at is not None:
            return
        found.ended_at = at
        audit.record(
            session, at=at, actor=f"staff:{found.staff_id}", action="signed_out",
            about=("staff", str(found.staff_id)),
        )  # fmt: skip


def end_all(database: Database, staff_id: int, *, actor: str, at: datetime) -> None:
    """End every session of one person, wherever it is open."""
    with database.writing() as session:
        session.execute(
            update(StaffSession)
            .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
            .values(ended_at=at)
        )
        audit.record(
            session, at=at, actor=actor, action="sessions_revoked", about=("staff", str(staff_id))
        )


def choose_language(database: Database, staff_id: int, language: str) -> None:
    """Remember the language in which somebody works."""
    with database.writing() as session:
        session.execute(update(Staff).where(Staff.id == staff_id).values(language=language))


def _touch(database: Database, token: str, at: datetime, idle: timedelta) -> None:
    with database.writing() as session:
        session.execute(
            update(StaffSession)
            .where(StaffSession.token_hash == _hash(token), StaffSession.ended_at.is_(None))
            .values(last_seen_at=at, expires_at=at + idle)
        )


def _note_refusal(database: Database, staff: Staff | None, at: datetime) -> None:
    about = ("staff", str(staff.id) if staff else "unknown")
    with database.writing() as session:
        audit.record(session, at=at, actor="system", action="sign_in_refused", about=about)


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _nobodys_hash() -> str:
    return hash_password(secrets.token_urlsafe(_TOKEN_BYTES))
