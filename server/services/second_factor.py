"""The second factor: codes of thirty seconds (RFC 6238) and codes for a lost phone (threat 15).

Administrators and the director need one; anybody may have one. A code is good once: its time step
is kept, and only a later one is taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import pyotp
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.database import Database
from server.models import RecoveryCode, Role, Staff
from server.services import audit
from server.services.by import By
from server.services.keys import Entropy

NEEDED_BY = frozenset({Role.ADMIN, Role.DIRECTOR})
ISSUER = "Lystok"
STEP_S = 30
_STEPS_AROUND = 1
"""A clock may be one step ahead or behind."""
_CODES = 10
_GROUPS = 2
_GROUP_BYTES = 3


def is_needed(staff: Staff) -> bool:
    """Whether this account opens only with a second factor."""
    return staff.role in NEEDED_BY or staff.totp_since is not None


def draw(database: Database, staff_id: int) -> str:
    """A secret to be confirmed by a first code; drawn once, so that reloading a page keeps it.

    Raises LookupError for an unknown account, ValueError where a factor is confirmed already.
    """
    with database.writing() as session:
        staff = _account(session, staff_id)
        if staff.totp_since is not None:
            raise ValueError("there is a second factor")
        if staff.totp_secret is None:
            staff.totp_secret = pyotp.random_base32()
        return staff.totp_secret


def address(secret: str, login: str) -> str:
    """What an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def confirm(
    database: Database, staff_id: int, code: str, by: By, entropy: Entropy
) -> Sequence[str] | None:
    """Take the drawn secret into use with its first code; answers the recovery codes.

    None where the code is wrong; raises LookupError.
    """
    with database.writing() as session:
        staff = _account(session, staff_id)
        if staff.totp_since is not None or not _takes(staff, code, by.at):
            return None
        staff.totp_since = by.at
        _note(session, staff, by, "second_factor_set_up")
        return _new_codes(session, staff_id, by.at, entropy)


def check(database: Database, staff_id: int, code: str, by: By) -> bool:
    """Whether a code of the app, or a recovery code not used yet, opens the account now."""
    with database.writing() as session:
        staff = _account(session, staff_id)
        good = staff.totp_since is not None and _takes(staff, code, by.at)
        if not good and staff.totp_since is not None:
            good = _use_recovery(session, staff, code, by)
        if not good:
            _note(session, staff, by, "second_factor_refused")
        return good


def new_recovery_codes(
    database: Database, staff_id: int, by: By, entropy: Entropy
) -> Sequence[str]:
    """Make new codes; those before are worth nothing from now on. Raises LookupError."""
    with database.writing() as session:
        staff = _account(session, staff_id)
        _note(session, staff, by, "recovery_codes_made")
        return _new_codes(session, staff_id, by.at, entropy)


def forget(database: Database, staff_id: int, by: By) -> None:
    """Let somebody set up a second factor anew, as after a lost phone. Raises LookupError."""
    with database.writing() as session:
        staff = _account(session, staff_id)
        staff.totp_secret, staff.totp_since, staff.totp_step = None, None, None
        session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
        _note(session, staff, by, "second_factor_reset")


def codes_left(session: Session, staff_id: int) -> int:
    """How many recovery codes were not used yet."""
    query = select(RecoveryCode).where(
        RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None)
    )
    return len(session.scalars(query).all())


def _takes(staff: Staff, code: str, at: datetime) -> bool:
    """Whether the code is of a step around now and later than the last one taken."""
    typed = "".join(code.split())
    now = int(at.timestamp()) // STEP_S
    for step in range(now - _STEPS_AROUND, now + _STEPS_AROUND + 1):
        later = staff.totp_step is None or step > staff.totp_step
        if later and staff.totp_secret and _is_code(staff.totp_secret, typed, step):
            staff.totp_step = step
            return True
    return False


def _is_code(secret: str, typed: str, step: int) -> bool:
    return pyotp.utils.strings_equal(typed, pyotp.TOTP(secret).at(step * STEP_S))


def _use_recovery(session: Session, staff: Staff, code: str, by: By) -> bool:
    found = session.get(RecoveryCode, _hash(staff.id, code), with_for_update=True)
    if found is None or found.used_at is not None:
        return False
    found.used_at = by.at
    _note(session, staff, by, "recovery_code_used")
    return True


def _new_codes(session: Session, staff_id: int, at: datetime, entropy: Entropy) -> Sequence[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    codes = ["-".join(entropy(_GROUP_BYTES).hex() for _ in range(_GROUPS)) for _ in range(_CODES)]
    session.add_all(
        RecoveryCode(code_hash=_hash(staff_id, code), staff_id=staff_id, made_at=at)
        for code in codes
    )
    session.flush()
    return codes


def _hash(staff_id: int, code: str) -> str:
    """48 random bits behind a limiter need no slow hash."""
    plain = "".join(sign for sign in code.casefold() if sign.isalnum())
    return hashlib.sha256(f"{staff_id}:{plain}".encode()).hexdigest()


def _account(session: Session, staff_id: int) -> Staff:
    staff = session.get(Staff, staff_id, with_for_update=True)
    if staff is None:
        raise LookupError(f"no account {staff_id}")
    return staff


def _note(session: Session, staff: Staff, by: By, action: str) -> None:
    audit.record(session, at=by.at, actor=by.actor, action=action, about=("staff", str(staff.id)))
