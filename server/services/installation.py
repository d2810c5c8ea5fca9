"""A library begins: its epoch, the server's own numbers, the first ticket key and account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from server.database import Database
from server.models import Role, SettingsRevision, Staff, Station, StationRole
from server.services import audit, keys, settings
from server.services.keys import Entropy

DESK_STATION = "00"
"""Not a machine: slips that desks issue count under these two signs."""
_EPOCH_BYTES = 8


def is_founded(database: Database) -> bool:
    """Whether this database holds a library already."""
    with database.reading() as session:
        return session.get(SettingsRevision, 1) is not None


def found(
    database: Database,
    keys_directory: Path,
    *,
    values: Mapping[str, Any],
    at: datetime,
    entropy: Entropy,
) -> None:
    """Begin a library in an empty database; `values` are settings that differ from the defaults.

    Raises FileExistsError where there is one already.
    """
    if is_founded(database):
        raise FileExistsError("this database holds a library already")
    with database.writing() as session:
        session.add(Station(code=DESK_STATION, name="", role=StationRole.READER, created_at=at))
        first = {"epoch": entropy(_EPOCH_BYTES).hex(), **values}
        settings.put(session, first, actor="system", at=at)
    keys.create(database, keys_directory, actor="system", at=at, entropy=entropy)


def add_staff(
    database: Database,
    *,
    login: str,
    name: str,
    role: Role,
    password_hash: str,
    department: str | None = None,
    actor: str,
    at: datetime,
) -> int:
    """Make an account. Raises sqlalchemy.exc.IntegrityError where the login is taken."""
    with database.writing() as session:
        staff = Staff(
            login=login.strip().casefold(), name=name, role=role, department_code=department,
            password_hash=password_hash, created_at=at,
        )  # fmt: skip
        session.add(staff)
        session.flush()
        audit.record(
            session, at=at, actor=actor, action="staff_added", about=("staff", str(staff.id)),
            details={"role": role},
        )  # fmt: skip
        return staff.id
