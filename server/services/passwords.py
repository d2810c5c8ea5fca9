"""Passwords of staff: argon2id, and what a new one must be like (threat 15)."""

from __future__ import annotations

import secrets
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST = 12
LONGEST = 200
_FEWEST_DIFFERENT = 5
_NOBODYS_BYTES = 32
# 19 MiB and 2 passes: the least that OWASP advises, and little enough for a small computer.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Fault(StrEnum):
    """Why a password will not do."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    HAS_LOGIN = "has_login"
    TOO_PLAIN = "too_plain"
    """A few signs over and over."""
    SAME = "same"
    """It is the old one."""


class Unfit(ValueError):
    """The password is not taken; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def hash_password(password: str) -> str:
    """argon2id in its encoded form."""
    return _HASHER.hash(password)


def fits(password_hash: str, password: str) -> bool:
    """Whether this is the password behind the hash."""
    try:
        return _HASHER.verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False


@cache
def nobodys_hash() -> str:
    """A hash that no password fits: checked where there is no account, so that it takes as long."""
    return hash_password(secrets.token_urlsafe(_NOBODYS_BYTES))


def check(password: str, login: str) -> None:
    """Whether a password may be somebody's; length counts, not kinds of signs. Raises Unfit."""
    if len(password) < SHORTEST:
        raise Unfit(Fault.TOO_SHORT)
    if len(password) > LONGEST:
        raise Unfit(Fault.TOO_LONG)
    if login.casefold() in password.casefold():
        raise Unfit(Fault.HAS_LOGIN)
    if len(set(password)) < _FEWEST_DIFFERENT:
        raise Unfit(Fault.TOO_PLAIN)
