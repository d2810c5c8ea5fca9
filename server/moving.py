"""Moving the whole centre into another database, usually from SQLite into PostgreSQL.

Everything happens in one transaction of the new database: tables, rows, counts and digests. Cut off
at any moment it leaves nothing behind, and is just begun again. The old database is only read.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, func, insert, inspect, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from server import migrations
from server.database import Database, open_database
from server.models import Base
from server.services import audit, settings

_BATCH: Final = 1000
_EPOCH_BYTES: Final = 8


class CannotMove(RuntimeError):
    """The centre stays where it is; the message says why, and what helps."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What lies in the new database now, counted and compared."""

    counts: dict[str, int]
    digest: str
    """SHA-256 over all rows, the same on both sides."""


def move(source: Database, target_url: str, *, at: datetime) -> Moved:
    """Copy everything into an empty database. Nobody may write to the old one meanwhile.

    The new database gets an epoch of its own: stations take a new copy, and send again what they
    kept. Raises CannotMove; then the new database is as empty as before.
    """
    target = open_database(target_url)
    try:
        _require_empty(target)
        with source.reading() as old, target.writing() as new:
            migrations.upgrade_within(new)
            moved = _copy(old, new)
            audit.begin_before_all(new)
            epoch = secrets.token_hex(_EPOCH_BYTES)
            settings.put(new, {"epoch": epoch}, actor="system", at=at)
            audit.record(
                new, at=at, actor="system", action="moved", about=("database", epoch),
                details={"rows": sum(moved.counts.values()), "digest": moved.digest},
            )  # fmt: skip
        if not (report := audit.verify_chain(target)).intact:
            broken = report.broken_at
            raise CannotMove(f"the audit log is broken at seal {broken}: keep the old database")
        return moved
    except SQLAlchemyError as fault:
        said = str(fault.__cause__ or fault).splitlines()[0]
        raise CannotMove(f"the new database refused: {said}") from None
    finally:
        target.close()


def _require_empty(target: Database) -> None:
    tables = inspect(target.engine).get_table_names()
    if tables:
        raise CannotMove(
            f"the new database is not empty ({len(tables)} tables, {tables[0]!r} among them):"
            " make an empty one"
        )


def _copy(old: Session, new: Session) -> Moved:
    tables = Base.metadata.sorted_tables
    connection = new.connection()
    for table in reversed(tables):
        # What the steps of the tables' history put there is in the old database too.
        connection.execute(table.delete())
    counts, digests = {}, {}
    for table in tables:
        digests[table.name] = _fill(old.connection(), connection, table)
        counts[table.name] = connection.scalar(select(func.count()).select_from(table)) or 0
        if counts[table.name] != old.scalar(select(func.count()).select_from(table)):
            raise CannotMove(f"{table.name}: not all rows arrived")
    for table in tables:
        _count_on(connection, table)
        if _digest(_rows(connection, table)) != digests[table.name]:
            raise CannotMove(f"{table.name}: the rows that arrived are not those that left")
    whole = hashlib.sha256("".join(digests.values()).encode()).hexdigest()
    return Moved(counts=counts, digest=whole)


def _fill(old: Connection, new: Connection, table: Table) -> str:
    """Copy one table; answers the digest of what left. References within it come last."""
    own = [key.parent for key in table.foreign_keys if key.column.table is table]
    digest, batch, later = hashlib.sha256(), [], []
    for row in _rows(old, table):
        digest.update(_canonical(row))
        if any(row[column.name] is not None for column in own):
            later.append(row)
        batch.append({**row, **{column.name: None for column in own}})
        if len(batch) == _BATCH:
            new.execute(insert(table), batch)
            batch = []
    if batch:
        new.execute(insert(table), batch)
    for row in later:
        new.execute(_pointing(table, own, row))
    return digest.hexdigest()


def _pointing(table: Table, own: Sequence[Column[Any]], row: dict[str, Any]) -> Any:
    same = [column == row[column.name] for column in table.primary_key]
    return update(table).where(*same).values({column.name: row[column.name] for column in own})


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """All rows in the order of their key, which is one and the same on every database."""
    columns = list(table.primary_key)
    order = [column.collate("C") if _is_text(connection, column) else column for column in columns]
    query = select(table).order_by(*order).execution_options(yield_per=_BATCH)
    for row in connection.execute(query).mappings():
        yield dict(row)


def _is_text(connection: Connection, column: Column[Any]) -> bool:
    """SQLite compares bytes anyway; PostgreSQL compares as its language does unless told."""
    return connection.dialect.name == "postgresql" and column.type.python_type is str


def _digest(rows: Iterator[dict[str, Any]]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(_canonical(row))
    return digest.hexdigest()


def _canonical(row: dict[str, Any]) -> bytes:
    return json.dumps(row, sort_keys=True, ensure_ascii=False, default=_plain).encode() + b"\n"


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes | memoryview) else str(value)


def _count_on(connection: Connection, table: Table) -> None:
    """Ids were given, so PostgreSQL's own count must be told."""
    column = table.autoincrement_column
    if column is None or connection.dialect.name != "postgresql":
        return
    last = connection.scalar(select(func.max(column)))
    name = connection.scalar(select(func.pg_get_serial_sequence(f'"{table.name}"', column.name)))
    if last is not None and name is not None:
        connection.execute(text("SELECT setval(:name, :last)"), {"name": name, "last": last})
