"""From one SQLite file to PostgreSQL: a backup of the one fills the other, table by table."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, func, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from server import migrations
from server.backup.dump import CannotDump
from server.database import open_database
from server.models import AuditRecord, AuditSeal, Base, Change, ChangesFloor

_CHUNK: Final = 2000
_LEFT: Final = (Change.__tablename__, ChangesFloor.__tablename__)
"""Of use to stations of the same life of a database alone."""


def load(copy: Path, url: str) -> None:
    """Fill PostgreSQL with the rows of an SQLite file, instead of what is there, in one step.

    Raises CannotDump; then PostgreSQL holds what it held before.
    """
    with tempfile.TemporaryDirectory(prefix="lystok-move-") as folder:
        file = Path(shutil.copy(copy, folder))
        try:
            with (
                closing(open_database(f"sqlite:///{file}")) as old,
                closing(open_database(url)) as new,
            ):
                migrations.upgrade(old)
                with old.reading() as source, new.writing() as target:
                    _make_tables(target)
                    for table in Base.metadata.sorted_tables:
                        if table.name not in _LEFT:
                            _copy(source.connection(), target.connection(), table)
        except SQLAlchemyError as fault:
            raise CannotDump(f"the rows do not fit: {str(fault).splitlines()[0]}") from None


def _make_tables(session: Session) -> None:
    target = session.connection()
    Base.metadata.drop_all(target)
    target.execute(text("DROP TABLE IF EXISTS alembic_version"))
    migrations.upgrade_within(session)
    for table in reversed(Base.metadata.sorted_tables):
        target.execute(table.delete())


def _copy(source: Connection, target: Connection, table: Table) -> None:
    """Every row; what points to another row of the same table is set when all are there."""
    pointers = [
        column for column in table.columns
        if any(key.column.table is table for key in column.foreign_keys)
    ]  # fmt: skip
    shift = _shift(source, table)
    later: list[dict[str, Any]] = []
    rows = source.execute(select(table).execution_options(yield_per=_CHUNK))
    for chunk in rows.mappings().partitions():
        values = [dict(row) | shift(row) for row in chunk]
        for column in pointers:
            later += [_pointer(table, row, column.name) for row in values if row[column.name]]
            values = [row | {column.name: None} for row in values]
        target.execute(insert(table), values)
    for column in pointers:
        mine = [row for row in later if row["column"] == column.name]
        if mine:
            (key,) = table.primary_key.columns
            point = update(table).where(key == bindparam("row")).values({column: bindparam("to")})
            target.execute(point, mine)
    _count_on(target, table)


def _pointer(table: Table, row: dict[str, Any], column: str) -> dict[str, Any]:
    (key,) = table.primary_key.columns
    return {"column": column, "row": row[key.name], "to": row[column]}


def _shift(source: Connection, table: Table) -> Any:
    """Numbers of rows become positions that lie before every transaction of PostgreSQL."""
    top = (source.scalar(select(func.max(AuditRecord.id))) or 0) + 1
    if table is AuditRecord.__table__:
        return lambda row: {"position": row["id"] - top}
    if table is AuditSeal.__table__:
        return lambda row: {"up_to": row["up_to"] - top}
    return lambda _row: {}


def _count_on(target: Connection, table: Table) -> None:
    """The numbers were given, so PostgreSQL's own counts must be told."""
    for column in table.primary_key.columns:
        named = func.pg_get_serial_sequence(table.name, column.name)
        sequence = target.scalar(select(named)) if column.type.python_type is int else None
        last = None if sequence is None else target.scalar(select(func.max(column)))
        if last is not None:
            target.execute(select(func.setval(sequence, last)))
