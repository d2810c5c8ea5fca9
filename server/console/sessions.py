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

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from server.database import Database
from server.models import Role, Staff, StaffSession
from server.services import audit, passwords, second_factor

LONGEST = timedelta(hours=14)
"""A session ends after a working day even when it is never idle."""
_TOUCH_AFTER = timedelta(seconds=60)
_TOKEN_BYTES = 32
_BROWSER_SIGNS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who works at this browser."""

    staff_id: int
    login: str
    name: str
    role: Role
    language: str
    department_code: str | None
    must_change_password: bool = False
    factor_missing: bool = False
    """A second factor is needed and was not shown in this session."""
    has_factor: bool = False

    @property
    def initials(self) -> str:
        """Two letters for the corner of the page."""
        return "".join(part[:1] for part in self.name.split()[:2]).upper()

    @property
    def actor(self) -> str:
        """The name under which the audit log knows them."""
        return f"staff:{self.staff_id}"


def sign_in(
    database: Database, login: str, password: str, *, at: datetime, idle: timedelta,
    browser: str = "",
) -> str | None:  # fmt: skip
    """Open a session and answer its token; None where login and password don't fit.

    An unknown login takes as long as a wrong password, so that time tells nobody who works here.
    """
    with database.reading() as session:
        staff = session.scalar(select(Staff).where(Staff.login == login.strip().casefold()))
    kept = staff.password_hash if staff else passwords.nobodys_hash()
    fits = passwords.fits(kept, password)
    if staff is None or not fits or not staff.active:
        _note_refusal(database, staff, at)
        return None
    with database.writing() as session:
        token = _open(session, staff.id, at, at + idle, browser)
        audit.record(
            session, at=at, actor=f"staff:{staff.id}", action="signed_in",
            about=("staff", str(staff.id)),
        )  # fmt: skip
    return token


def confirm(database: Database, token: str, *, at: datetime, idle: timedelta) -> str | None:
    """The second factor was shown: go on under a new token. None where the session is over."""
    with database.writing() as session:
        before = _ended(session, token, at)
        if before is None:
            return None
        fresh = _open(session, before.staff_id, at, at + idle, before.browser)
        session.get_one(StaffSession, hash_token(fresh)).confirmed_at = at
        audit.record(
            session, at=at, actor=f"staff:{before.staff_id}", action="second_factor_shown",
            about=("staff", str(before.staff_id)),
        )  # fmt: skip
        return fresh


def renew(database: Database, token: str, *, at: datetime, idle: timedelta) -> str | None:
    """The password is another: the session goes on under a new token, no longer than before.

    So whoever copied the one before is out too. None where the session is over.
    """
    with database.writing() as session:
        before = _ended(session, token, at)
        if before is None:
            return None
        fresh = _open(session, before.staff_id, at, at + idle, before.browser)
        after = session.get_one(StaffSession, hash_token(fresh))
        after.created_at, after.confirmed_at = before.created_at, before.confirmed_at
        return fresh


def _ended(session: Session, token: str, at: datetime) -> StaffSession | None:
    """The session of a token, which is over now; None where it was already."""
    found = session.get(StaffSession, hash_token(token))
    if found is None or found.ended_at is not None:
        return None
    found.ended_at = at
    return found


def _open(session: Session, staff_id: int, at: datetime, expires_at: datetime, browser: str) -> str:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.add(
        StaffSession(
            token_hash=hash_token(token), staff_id=staff_id, created_at=at, last_seen_at=at,
            expires_at=expires_at, ended_at=None, browser=browser[:_BROWSER_SIGNS],
        )
    )  # fmt: skip
    session.flush()
    return token


def find(
    database: Database, token: str, *, at: datetime, idle: timedelta, awake: bool = True
) -> SignedIn | None:
    """Whose session this is; None where it is over or never was. `awake`: keep it alive, too."""
    with database.reading() as session:
        found = session.scalar(
            select(StaffSession)
            .where(StaffSession.token_hash == hash_token(token))
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
            must_change_password=staff.must_change_password,
            factor_missing=found.confirmed_at is None and second_factor.is_needed(staff),
            has_factor=staff.totp_since is not None,
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
        found = _ended(session, token, at)
        if found is not None:
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
            .where(StaffSession.token_hash == hash_token(token), StaffSession.ended_at.is_(None))
            .values(last_seen_at=at, expires_at=at + idle)
        )


def _note_refusal(database: Database, staff: Staff | None, at: datetime) -> None:
    about = ("staff", str(staff.id) if staff else "unknown")
    with database.writing() as session:
        audit.record(session, at=at, actor="system", action="sign_in_refused", about=about)


def hash_token(token: str) -> str:
    """Under which a session is kept."""
    return hashlib.sha256(token.encode()).hexdigest()
