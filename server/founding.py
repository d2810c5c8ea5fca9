"""What a new server needs before it can run: tables, an epoch, keys, a secret, an administrator.

Every step leaves alone what is there already, so that an interrupted beginning is just begun again.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from gate.codes import KeyUse
from server import migrations
from server.config import ServerConfig
from server.database import Database, open_database
from server.files import PRIVATE, write_private
from server.models import Key, Role, Staff
from server.services import audit, keys, settings
from server.services.keys import Entropy
from server.services.passwords import hash_password

_EPOCH_BYTES = 8
_SECRET_BYTES = 32
_PASSWORD_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105 - an alphabet
_PASSWORD_GROUPS = 4
_GROUP_SIGNS = 4
FIRST_LOGIN = "admin"
_FIRST_NAME = "Адміністратор"


def open_new(url: str) -> Database:
    """Open a database that may not be there yet; an SQLite file is made for its owner alone."""
    parsed = make_url(url)
    name = parsed.database
    if parsed.get_backend_name() == "sqlite" and name and name != ":memory:":
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        # Its journals take over these rights.
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT, PRIVATE))
    return open_database(url)


def found(config: ServerConfig, database: Database, *, at: datetime, entropy: Entropy) -> list[str]:
    """Make tables, epoch, ticket key and session secret where missing; a line for each thing made.

    Raises NoSigningKey where the file of the present ticket key can't be read.
    """
    made = [
        _tables(database),
        _epoch(database, at, entropy),
        _ticket_key(database, config.keys.directory, at, entropy),
        _secret(config.sessions.secret_file, entropy),
    ]
    return [line for line in made if line is not None]


def first_administrator(database: Database, *, at: datetime, entropy: Entropy) -> str | None:
    """Make an account for the first to sign in: its password, which is kept nowhere.

    None where anybody works here already: a lost password is another matter.
    """
    with database.writing() as session:
        if session.scalar(select(Staff.id).limit(1)) is not None:
            return None
        _, password = add_staff(
            session, login=FIRST_LOGIN, name=_FIRST_NAME, role=Role.ADMIN, at=at, entropy=entropy
        )
    return password


def add_staff(
    session: Session, *, login: str, name: str, role: Role, at: datetime, entropy: Entropy,
    department: str | None = None,
) -> tuple[int, str]:  # fmt: skip
    """Make an account with a random password; answers its id and the password."""
    password = new_password(entropy)
    staff = Staff(
        login=login, name=name, role=role, department_code=department,
        password_hash=hash_password(password), created_at=at,
    )  # fmt: skip
    session.add(staff)
    session.flush()
    audit.record(
        session, at=at, actor="system", action="staff_created", about=("staff", str(staff.id)),
        details={"login": login, "role": role},
    )  # fmt: skip
    return staff.id, password


def new_password(entropy: Entropy) -> str:
    """Sixteen random signs in groups, without look-alikes: nearly 80 bits, and easy to type."""
    signs = _random_signs(entropy, _PASSWORD_GROUPS * _GROUP_SIGNS)
    groups = (signs[start : start + _GROUP_SIGNS] for start in range(0, len(signs), _GROUP_SIGNS))
    return "-".join(groups)


def _random_signs(entropy: Entropy, count: int) -> str:
    """Bytes that would make some signs likelier than others are thrown away."""
    fair = 256 - 256 % len(_PASSWORD_SIGNS)
    signs = ""
    while len(signs) < count:
        chance = (byte for byte in entropy(2 * count) if byte < fair)
        signs += "".join(_PASSWORD_SIGNS[byte % len(_PASSWORD_SIGNS)] for byte in chance)
    return signs[:count]


def _tables(database: Database) -> str | None:
    if migrations.is_current(database):
        return None
    migrations.upgrade(database)
    return "database: its tables have their newest form"


def _epoch(database: Database, at: datetime, entropy: Entropy) -> str | None:
    """Stations notice by another epoch that they talk to another database."""
    with database.writing() as session:
        if settings.read(session).epoch:
            return None
        epoch = entropy(_EPOCH_BYTES).hex()
        settings.put(session, {"epoch": epoch}, actor="system", at=at)
    return f"database: epoch {epoch}"


def _ticket_key(database: Database, directory: Path, at: datetime, entropy: Entropy) -> str | None:
    signs_now = select(Key).where(
        Key.use == KeyUse.TICKET, Key.not_after.is_(None), Key.revoked_at.is_(None)
    )
    with database.reading() as session:
        if session.scalars(signs_now).first() is not None:
            keys.signing_key(session, directory)
            return None
    key_id = keys.create(database, directory, actor="system", at=at, entropy=entropy)
    return f"ticket key: {key_id} in {directory}"


def _secret(path: Path, entropy: Entropy) -> str | None:
    if path.exists():
        return None
    write_private(path, entropy(_SECRET_BYTES).hex() + "\n")
    return f"sessions: secret in {path}"
