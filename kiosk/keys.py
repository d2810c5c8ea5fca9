"""The station's own key for slips, and the ring of public keys that codes are checked with."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path
from typing import Final

import structlog

from gate.codes import KeyRing, SigningKey, new_signing_key
from gate.events import KeyRecord
from gate.keys import PublicKey
from gate.records import public_key
from kiosk.store import Database, copy
from kiosk.store.files import write_whole

_log = structlog.get_logger()

_KEY_BYTES: Final = 32


class BadKeyFile(ValueError):
    """The file of the slip key holds something else."""


def make_slip_key(path: Path) -> SigningKey:
    """Make the station's key and keep it in a file that nobody else may read.

    Raises FileExistsError where there is one: a key is never replaced unasked.
    """
    if path.exists():
        raise FileExistsError(path)
    private = secrets.token_bytes(_KEY_BYTES)
    write_whole(path, private.hex())
    return new_signing_key(private)


def load_slip_key(path: Path) -> SigningKey:
    """The station's key. Raises OSError, or BadKeyFile."""
    try:
        return new_signing_key(bytes.fromhex(path.read_text("ascii").strip()))
    except ValueError as error:
        raise BadKeyFile(f"{path} holds no slip key") from error


class Keys:
    """The ring of the keys in the copy, made anew when they change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._ring: KeyRing | None = None

    def ring(self) -> KeyRing:
        """The keys of tickets and slips that are known at this moment."""
        with self._lock:
            if self._ring is None:
                with self._database.read() as tx:
                    self._ring = KeyRing(filter(None, map(_usable, copy.keys(tx))))
            return self._ring

    def changed(self) -> None:
        """The copy's keys changed."""
        with self._lock:
            self._ring = None


def _usable(record: KeyRecord) -> PublicKey | None:
    """One broken row must not blind the station for every code."""
    try:
        return public_key(record)
    except ValueError:
        _log.warning("key_unusable", key=record.key_id)
        return None
