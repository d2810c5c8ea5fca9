"""A library that was just founded: one administrator, and nothing else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gate.codes import new_signing_key
from gate.events import PairQuery
from gate.pairing import code_of
from server import founding
from server.database import Database, open_database
from server.models import Base, Staff
from server.services import keys, stations
from server.services.passwords import hash_password
from tests.server.console.library import FACTOR_SECRET, NOON, PASSWORD

_HASH = hash_password(PASSWORD)
_STATION_KEY = new_signing_key(b"\1" * 32).public_raw
SHOWN = code_of(_STATION_KEY)
"""What the first station shows on its screen."""


@dataclass(frozen=True, slots=True)
class NewLibrary:
    """Its database, and the folder of its keys."""

    database: Database
    keys: Path

    def join(self, station: str = "K1", key: bytes = _STATION_KEY) -> None:
        """The station that was let in asks again, and is in. Raises PairingRefused."""
        query = PairQuery(code=SHOWN, station=station, slip_public_key=key.hex())
        stations.pair(self.database, query, at=NOON, entropy=os.urandom)


def found(folder: Path) -> NewLibrary:
    """Make one; its administrator has a password and a second factor that tests know."""
    database = open_database(f"sqlite:///{folder / 'new.sqlite'}")
    Base.metadata.create_all(database.engine)
    founding.first_administrator(database, at=NOON, entropy=os.urandom)
    with database.writing() as session:
        admin = session.query(Staff).one()
        admin.password_hash, admin.totp_secret, admin.totp_since = _HASH, FACTOR_SECRET, NOON
    keys.create(database, folder / "keys", actor="system", at=NOON, entropy=os.urandom)
    return NewLibrary(database, folder / "keys")
