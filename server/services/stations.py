"""Stations: who they are, how they join, when they were last heard of."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gate.codes import KeyUse, PublicKey
from gate.events import PairAnswer, PairQuery
from gate.pairing import code_of, is_of_a_key, typed
from server.database import Database
from server.models import Branch, Hall, Key, PairingCode, Station, StationRole
from server.services import audit, copy, keys, settings
from server.services.keys import Entropy
from server.services.tables import Table

PAIRING_MINUTES = 10
SEEN_EVERY = timedelta(seconds=30)
_TOKEN_BYTES = 32
_CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_CODE_LENGTH = 8
TABLE = Table(
    name="station", model=Station, key="code", columns=("name", "branch_code", "hall_id"),
    tell=settings.note_changed,
)  # fmt: skip
"""What is changed of a station once it is there."""


class PairingRefused(PermissionError):
    """The code is wrong, used, too old, or for another station: always the same answer."""


class StationRevoked(PermissionError):
    """This station was shut out; it is told so, to forget what it holds."""


def hash_secret(secret: str) -> str:
    """How tokens and codes are kept: random enough that a plain hash hides them."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a station stands."""

    branch: str | None = None
    """None: in the library's own building."""
    hall_id: int | None = None
    """The hall that its way in leads to, if to one alone: the limit of the hall holds there."""


def register(
    database: Database,
    code: str,
    *,
    name: str,
    role: StationRole,
    has_lane: bool,
    actor: str,
    at: datetime,
    place: Place | None = None,
) -> None:
    """Make a station known, or change it. It can do nothing until it is paired.

    Raises LookupError for an unknown branch or hall.
    """
    where = place or Place()
    with database.writing() as session:
        station = session.get(Station, code) or Station(code=code, created_at=at)
        for model, key in ((Branch, where.branch), (Hall, where.hall_id)):
            if key is not None and session.get(model, key) is None:
                raise LookupError(f"no {model.__tablename__} {key}")
        station.name, station.role, station.has_lane = name, role, has_lane
        station.branch_code, station.hall_id = where.branch, where.hall_id
        session.add(station)
        session.flush()
        settings.note_changed(session)
        audit.record(
            session, at=at, actor=actor, action="station_registered", about=("station", code),
            details={
                "name": name, "role": role, "has_lane": has_lane, "branch": where.branch,
                "hall": where.hall_id,
            },
        )  # fmt: skip


def new_pairing_code(
    database: Database, station: str, *, staff_id: int | None, at: datetime, entropy: Entropy
) -> str:
    """Make a one-time code by which this station may join within ten minutes (threat 18).

    Raises LookupError for a station that was not registered.
    """
    code = "".join(_CODE_SIGNS[byte % len(_CODE_SIGNS)] for byte in entropy(_CODE_LENGTH))
    with database.writing() as session:
        if session.get(Station, station) is None:
            raise LookupError(f"no station {station}")
        session.add(
            PairingCode(
                code_hash=hash_secret(code),
                station_code=station,
                created_by=staff_id,
                created_at=at,
                expires_at=at + timedelta(minutes=PAIRING_MINUTES),
            )
        )
        audit.record(
            session, at=at, actor="system" if staff_id is None else f"staff:{staff_id}",
            action="pairing_code_made", about=("station", station),
        )  # fmt: skip
    return f"{code[:4]}-{code[4:]}"


def approve(
    database: Database, station: str, shown: str, *, staff_id: int | None, at: datetime
) -> None:
    """Let in the station that shows this code: its key and no other, for ten minutes (threat 18).

    Raises LookupError for a station that was not registered, ValueError for no code of a key.
    """
    if not is_of_a_key(shown):
        raise ValueError("not a code that a station shows")
    with database.writing() as session:
        if session.get(Station, station) is None:
            raise LookupError(f"no station {station}")
        session.merge(
            PairingCode(
                code_hash=hash_secret(typed(shown)), station_code=station, created_by=staff_id,
                created_at=at, expires_at=at + timedelta(minutes=PAIRING_MINUTES), used_at=None,
            )
        )  # fmt: skip
        audit.record(
            session, at=at, actor="system" if staff_id is None else f"staff:{staff_id}",
            action="pairing_approved", about=("station", station),
        )  # fmt: skip


def pair(database: Database, query: PairQuery, *, at: datetime, entropy: Entropy) -> PairAnswer:
    """Let a station in: its token, shown this once, and its slip key's id.

    A token or slip key that it had before is revoked. Raises PairingRefused.
    """
    token = urlsafe_b64encode(entropy(_TOKEN_BYTES)).rstrip(b"=").decode()
    with database.writing() as session:
        station = _spend(session, query, at)
        station.token_hash = hash_secret(token)
        station.paired_at, station.revoked_at = at, None
        if query.name:
            station.name = query.name
        key_id = _take_slip_key(session, query, at)
        audit.record(
            session, at=at, actor=f"station:{station.code}", action="station_paired",
            about=("station", station.code), details={"slip_key": key_id},
        )  # fmt: skip
        session.flush()
        return PairAnswer(
            token=token,
            slip_key_id=key_id,
            epoch=settings.read(session).epoch,
            keys=tuple(copy.key_records(session).values()),
        )


def _spend(session: Session, query: PairQuery, at: datetime) -> Station:
    """The code counts once: whoever updates the row first has it.

    A code that a station showed is the fingerprint of its key: another key has no use for it.
    """
    code = typed(query.code)
    if is_of_a_key(code) and code != typed(code_of(bytes.fromhex(query.slip_public_key))):
        raise PairingRefused
    used = session.scalar(
        update(PairingCode)
        .where(
            PairingCode.code_hash == hash_secret(code),
            PairingCode.station_code == query.station,
            PairingCode.used_at.is_(None),
            PairingCode.expires_at > at,
        )
        .values(used_at=at)
        .returning(PairingCode.station_code)
    )
    if used is None:
        raise PairingRefused
    return session.get_one(Station, used)


def _take_slip_key(session: Session, query: PairQuery, at: datetime) -> str:
    raw = bytes.fromhex(query.slip_public_key)
    key = PublicKey(
        key_id=sha256(raw).digest()[:8],
        raw=raw,
        use=KeyUse.SLIP,
        station=query.station,
        not_before=at,
    )
    known = session.get(Key, key.key_id.hex())
    if known is not None and (known.station_code != query.station or known.revoked_at):
        raise PairingRefused
    _retire_others(session, query.station, key.key_id.hex(), at)
    if known is None:
        keys.add(session, key)
    return key.key_id.hex()


def _retire_others(session: Session, station: str, kept: str, at: datetime) -> None:
    rows = session.scalars(
        select(Key).where(Key.station_code == station, Key.key_id != kept, Key.not_after.is_(None))
    )
    for key in rows:
        key.not_after = at
        keys.changed(session, key.key_id)


def revoke(database: Database, code: str, *, actor: str, at: datetime) -> None:
    """A station was stolen or is given up: its token ends, slips it issues from now are void.

    Raises LookupError for a station that we don't know (threat 17).
    """
    with database.writing() as session:
        station = session.get(Station, code)
        if station is None:
            raise LookupError(f"no station {code}")
        # The hash stays: by it the station is told that it was shut out, and wipes itself.
        station.revoked_at = at
        for key in session.scalars(select(Key).where(Key.station_code == code)):
            key.revoked_at = key.revoked_at or at
            keys.changed(session, key.key_id)
        audit.record(session, at=at, actor=actor, action="station_revoked", about=("station", code))


def by_token(database: Database, token: str) -> Station | None:
    """The station with this token; None where it is nobody's or was revoked."""
    with database.reading() as session:
        return session.scalar(
            select(Station).where(
                Station.token_hash == hash_secret(token), Station.revoked_at.is_(None)
            )
        )


def was_revoked(database: Database, token: str) -> bool:
    """Whether this token was that of a station which was shut out."""
    with database.reading() as session:
        return bool(
            session.scalar(
                select(Station.code).where(
                    Station.token_hash == hash_secret(token), Station.revoked_at.is_not(None)
                )
            )
        )


def seen_now_and_then(database: Database, station: Station, *, at: datetime) -> None:
    """Note that a station was heard of, at most once in half a minute."""
    if station.last_seen_at is None or at - station.last_seen_at > SEEN_EVERY:
        seen(database, station.code, at=at)


def seen(database: Database, code: str, *, at: datetime) -> None:
    """Note that a station was heard of."""
    with database.writing() as session:
        session.execute(update(Station).where(Station.code == code).values(last_seen_at=at))
