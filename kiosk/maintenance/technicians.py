"""What a technician proves themselves with: one code of digits, and any number of cards.

The file holds hashes alone: of the code by scrypt (RFC 7914), of a card by a keyed SHA-256, since
every reader's card is compared with them while the reader waits. A number can be copied;
it opens nothing but this page, and every entrance is told to the server.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path
from typing import Final

CODE_LEAST: Final = 6
CODE_MOST: Final = 12

_N, _R, _P = 2**14, 8, 1
_SALT_BYTES: Final = 16
_OWNER_ALONE: Final = 0o600


class BadCode(ValueError):
    """Not a code that a technician may have: 6 to 12 digits, not all the same."""


class TechnicianFile:
    """The secrets in their file; a missing or damaged file lets nobody in."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def has_code(self) -> bool:
        """Whether a code was ever set."""
        return bool(self._read()["codes"])

    @property
    def cards(self) -> int:
        """How many cards open the page."""
        return len(self._read()["cards"])

    def is_code(self, code: str) -> bool:
        """Whether this is the code; takes as long when there is none."""
        known = self._read()["codes"] or [_NOBODYS]
        found = [hmac.compare_digest(_stretched(code, _salt(each)), each) for each in known]
        return any(found)

    def is_card(self, uid: bytes) -> bool:
        """Whether this card is one of the technicians'."""
        cards = self._read()["cards"]
        return any(hmac.compare_digest(_keyed(uid, _salt(each)), each) for each in cards)

    def set_code(self, code: str) -> None:
        """Replace the code. Raises BadCode."""
        fits = code.isascii() and code.isdigit() and CODE_LEAST <= len(code) <= CODE_MOST
        if not fits or len(set(code)) == 1:
            raise BadCode(f"{CODE_LEAST} to {CODE_MOST} digits, not all the same")
        self._write(self._read() | {"codes": [_stretched(code, secrets.token_bytes(_SALT_BYTES))]})

    def add_card(self, uid: bytes) -> None:
        """Let this card in too."""
        if not self.is_card(uid):
            told, hashed = self._read(), _keyed(uid, secrets.token_bytes(_SALT_BYTES))
            self._write(told | {"cards": [*told["cards"], hashed]})

    def forget_cards(self) -> None:
        """Let no card in any more."""
        self._write(self._read() | {"cards": []})

    def _read(self) -> dict[str, list[str]]:
        try:
            told = json.loads(self._path.read_text("ascii"))
            return {kind: [str(each) for each in told[kind]] for kind in ("codes", "cards")}
        except (OSError, ValueError, KeyError, TypeError):
            return {"codes": [], "cards": []}

    def _write(self, told: dict[str, list[str]]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(f"{self._path.name}.new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(told, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


def _stretched(code: str, salt: bytes) -> str:
    return f"{salt.hex()}:{hashlib.scrypt(code.encode(), salt=salt, n=_N, r=_R, p=_P).hex()}"


def _keyed(uid: bytes, salt: bytes) -> str:
    return f"{salt.hex()}:{hmac.digest(salt, uid, 'sha256').hex()}"


def _salt(hashed: str) -> bytes:
    try:
        return bytes.fromhex(hashed.partition(":")[0])
    except ValueError:
        return bytes(_SALT_BYTES)


_NOBODYS: Final = f"{'00' * _SALT_BYTES}:"
"""Where there is no code, a wrong one takes as long."""
