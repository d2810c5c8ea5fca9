"""The audit log: what is written with an act, how it is sealed, and how tampering shows.

Records commit with the act, so they cost no waiting for one another. Once a second a sealer takes
all that has settled since and links it into a chain of hashes. What a hash covers is never changed
again; an edit, a deletion, another order or a cut breaks the chain at that seal (threat 16).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, text, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.database import Database
from server.models import AuditRecord, AuditSeal, Change, ChangesFloor, CommitPosition
from server.services.settled import position_of, settled

_FIRST = hashlib.sha256(b"lystok audit").digest()
_SEALER_LOCK = 0x4C59_5354
"""Number of the advisory lock on PostgreSQL that makes one sealer of many processes."""
_CHUNK = 1000


def record(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    about: tuple[str, str],
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note an act in its own transaction.

    `actor` is `staff:3`, `station:K1` or `system`; `about` the kind and id of what was acted on.
    Personal values go through `veil` first.
    """
    kind, key = about
    values = {
        "at": at, "actor": actor, "action": action, "object_kind": kind, "object_id": key,
        "details": dict(details or {}),
    }  # fmt: skip
    # Past the session, which would write all that waits in it first.
    session.connection().execute(insert(AuditRecord.__table__), values)  # type: ignore[arg-type]


def veil(salt: str, value: str) -> str:
    """Hide a personal value: the same value of the same person looks the same, no more.

    `salt` is the patron's; with it gone, the hash tells nothing to anybody.
    """
    digest = hmac.new(bytes.fromhex(salt), value.encode(), hashlib.sha256).hexdigest()
    return f"hmac:{digest[:32]}"


def seal(database: Database, at: datetime) -> int:
    """Link everything settled since the last seal; answers how many records that were."""
    with database.reading() as session:
        if session.scalar(_unsealed(session, _last_seal(session)).limit(1)) is None:
            return 0
    with database.writing() as session:
        if not database.is_sqlite:
            session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _SEALER_LOCK})
        last = _last_seal(session)
        rows = session.execute(_unsealed(session, last)).all()
        if rows:
            session.add(_link(last, rows, at))
        return len(rows)


def begin_before_all(session: Session) -> None:
    """Have what was lie before all that is to come, in a database that rows came to from another.

    Before anything is recorded there. A PostgreSQL that was made anew counts its transactions from
    the beginning; numbers of another one, or of SQLite's rows, would lie far ahead, and nothing
    would be sealed or told to stations for years. Order and hashes stay, which know no positions.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    session.execute(delete(Change))
    session.execute(delete(ChangesFloor))
    session.execute(
        update(AuditRecord).where(AuditRecord.position == 0).values(position=AuditRecord.id)
    )
    present = session.scalar(select(CommitPosition())) or 0
    last = max(
        session.scalar(select(func.max(AuditRecord.position))) or 0,
        session.scalar(select(func.max(AuditSeal.up_to))) or 0,
    )
    if last >= present:
        shift = last + 1
        session.execute(update(AuditRecord).values(position=AuditRecord.position - shift))
        session.execute(update(AuditSeal).values(up_to=AuditSeal.up_to - shift))


def head(session: Session) -> tuple[int, str]:
    """Number and hash of the newest seal, which stations keep; (0, "") before the first."""
    last = _last_seal(session)
    return (0, "") if last is None else (last.number, last.hash)


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a check of the whole chain found."""

    seals: int
    records: int
    broken_at: int | None = None
    """Number of the first seal that does not fit what it should cover."""

    @property
    def intact(self) -> bool:
        """Whether everything sealed is as it was."""
        return self.broken_at is None


def verify_chain(database: Database, kept_head: tuple[int, str] | None = None) -> ChainReport:
    """Go through the chain from its beginning.

    `kept_head`: number and hash of a seal that somebody else kept; without one, a cut at the very
    end can't be told from a log that never was longer.
    """
    with database.reading() as session:
        seals = session.scalars(select(AuditSeal).order_by(AuditSeal.number)).all()
        with session.execute(_in_order(session).execution_options(yield_per=_CHUNK)) as rows:
            report = _verify(seals, rows)
        if report.intact and kept_head is not None and not _holds(seals, kept_head):
            return replace(report, broken_at=kept_head[0])
        return report


def _verify(seals: Iterable[AuditSeal], rows: Iterable[Row[Any]]) -> ChainReport:
    rows = iter(rows)
    digest, records, number = _FIRST, 0, 0
    for number, seal_ in enumerate(seals, start=1):
        covered = list(islice(rows, seal_.records))
        records += len(covered)
        digest = _chained(digest, covered)
        if seal_.number != number or not _fits(seal_, covered, digest):
            return ChainReport(seals=number, records=records, broken_at=number)
    return ChainReport(seals=number, records=records)


def _holds(seals: Sequence[AuditSeal], head: tuple[int, str]) -> bool:
    number, kept = head
    return number == 0 or (number <= len(seals) and seals[number - 1].hash == kept)


def _fits(seal_: AuditSeal, covered: list[Row[Any]], digest: bytes) -> bool:
    return len(covered) == seal_.records and digest.hex() == seal_.hash


def _last_seal(session: Session) -> AuditSeal | None:
    return session.scalar(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1))


def _position(session: Session) -> InstrumentedAttribute[int]:
    return position_of(session, AuditRecord.id, AuditRecord.position)


def _in_order(session: Session) -> Select[*tuple[Any, ...]]:
    position = _position(session)
    return select(
        AuditRecord.id,
        AuditRecord.at,
        AuditRecord.actor,
        AuditRecord.action,
        AuditRecord.object_kind,
        AuditRecord.object_id,
        AuditRecord.details,
        position.label("place"),
    ).order_by(position, AuditRecord.id)


def _unsealed(session: Session, last: AuditSeal | None) -> Select[*tuple[Any, ...]]:
    position = _position(session)
    known = _in_order(session).where(settled(session, position))
    return known if last is None else known.where(position > last.up_to)


def _link(last: AuditSeal | None, rows: Iterable[Row[Any]], at: datetime) -> AuditSeal:
    rows = list(rows)
    before = _FIRST if last is None else bytes.fromhex(last.hash)
    return AuditSeal(
        number=1 if last is None else last.number + 1,
        up_to=rows[-1].place,
        records=len(rows),
        hash=_chained(before, rows).hex(),
        sealed_at=at,
    )


def _chained(digest: bytes, rows: Iterable[Row[Any]]) -> bytes:
    for row in rows:
        digest = hashlib.sha256(digest + _canonical(row)).digest()
    return digest


def _canonical(row: Row[Any]) -> bytes:
    parts = [row.id, row.at.isoformat(), *row[2:7]]
    return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def count(session: Session) -> int:
    """How many records there are."""
    return session.scalar(select(func.count()).select_from(AuditRecord)) or 0
