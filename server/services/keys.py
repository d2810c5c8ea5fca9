"""Keys: private halves of ticket keys are files that only the server reads, public halves are rows.

Any key that was not revoked verifies for ever, so tickets need no reprinting when a new key takes
over the signing (threat 5). Station slip keys are rows too; their private halves never come here,
but for the desk's, whose machine is the server (`server.services.desk_slips`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gate.codes import KeyRing, KeyUse, PublicKey, SigningKey, new_signing_key
from gate.records import public_key
from server.database import Database
from server.files import write_private
from server.models import Key
from server.services import audit, changes, copy, settings

Entropy = Callable[[int], bytes]
"""So many random bytes; `os.urandom` where it counts."""
_KEY_BYTES = 32
_PRIVATE = 0o600


class NoSigningKey(LookupError):
    """There is no ticket key to sign with, or its file is gone."""


def create(
    database: Database, directory: Path, *, actor: str, at: datetime, entropy: Entropy
) -> str:
    """Make a ticket key that signs from now on; the one before retires. Answers its id, in hex.

    The file is there before the row, so that no row ever names a key that was lost.
    """
    key = new_signing_key(entropy(_KEY_BYTES))
    _write(directory, key)
    with database.writing() as session:
        for old in session.scalars(_signing()):
            old.not_after = at
            changed(session, old.key_id)
        add(session, key.public(KeyUse.TICKET, at))
        audit.record(
            session, at=at, actor=actor, action="ticket_key_created",
            about=("key", key.key_id.hex()),
        )  # fmt: skip
    return key.key_id.hex()


def add(session: Session, key: PublicKey) -> None:
    """Keep a public key."""
    session.add(
        Key(
            key_id=key.key_id.hex(),
            use=key.use,
            station_code=key.station,
            public_key=key.raw.hex(),
            not_before=key.not_before,
            not_after=key.not_after,
            revoked_at=key.revoked_at,
        )
    )
    changed(session, key.key_id.hex())


def changed(session: Session, key_id: str) -> None:
    """Let stations and the hot path know that a key is new, retired or revoked."""
    changes.note_key(session, key_id)
    settings.bump(session)


def revoke(database: Database, key_id: str, *, actor: str, at: datetime) -> None:
    """From now on nothing that it signs, and no ticket that it signed, is good (E10).

    Raises LookupError for an id that we don't know.
    """
    with database.writing() as session:
        key = session.get(Key, key_id)
        if key is None:
            raise LookupError(f"no key {key_id}")
        key.revoked_at = at
        key.not_after = key.not_after or at
        changed(session, key_id)
        audit.record(session, at=at, actor=actor, action="key_revoked", about=("key", key_id))


def ring(session: Session) -> KeyRing:
    """All public keys, ready to verify."""
    return KeyRing(map(public_key, copy.key_records(session).values()))


def ticket_keys(session: Session) -> list[PublicKey]:
    """The public ticket keys, oldest first, revoked ones left out: what others verify with."""
    records = copy.key_records(session).values()
    return [
        public_key(record)
        for record in records
        if record.use == KeyUse.TICKET.value and record.revoked_at is None
    ]


def has_signing_key(session: Session, use: KeyUse, station: str | None = None) -> bool:
    """Whether there is a key of this use that signs now."""
    return session.scalars(_signing(use, station)).first() is not None


def create_slip_key(
    session: Session, directory: Path, station: str, *, actor: str, at: datetime, entropy: Entropy
) -> str:
    """Make the slip key of a station that is this server itself. Answers its id, in hex."""
    key = new_signing_key(entropy(_KEY_BYTES))
    _write(directory, key, KeyUse.SLIP)
    add(session, key.public(KeyUse.SLIP, at, station))
    audit.record(
        session, at=at, actor=actor, action="slip_key_created", about=("key", key.key_id.hex()),
        details={"station": station},
    )  # fmt: skip
    return key.key_id.hex()


def signing_key(
    session: Session, directory: Path, use: KeyUse = KeyUse.TICKET, station: str | None = None
) -> SigningKey:
    """The private key that signs tickets now, or a server's own slips. Raises NoSigningKey."""
    row = session.scalars(_signing(use, station)).first()
    if row is None:
        raise NoSigningKey(f"no {use} key: run `lystok server init` or `server keys --rotate`")
    path = _path(directory, row.key_id, use)
    try:
        private = bytes.fromhex(path.read_text("ascii").strip())
        key = new_signing_key(private)
    except (OSError, ValueError) as fault:
        raise NoSigningKey(f"{path}: not a readable {use} key") from fault
    if key.key_id.hex() != row.key_id:
        raise NoSigningKey(f"{path}: holds another key")
    return key


def _signing(use: KeyUse = KeyUse.TICKET, station: str | None = None) -> Select[Key]:
    return (
        select(Key)
        .where(
            Key.use == use, Key.station_code == station, Key.not_after.is_(None),
            Key.revoked_at.is_(None),
        )
        .order_by(Key.not_before.desc())
    )  # fmt: skip


def _path(directory: Path, key_id: str, use: KeyUse = KeyUse.TICKET) -> Path:
    return directory / f"{use}-{key_id}.key"


def _write(directory: Path, key: SigningKey, use: KeyUse = KeyUse.TICKET) -> None:
    write_private(_path(directory, key.key_id.hex(), use), key.private.hex() + "\n")
