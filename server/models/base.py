"""The ground of all tables: naming, column types, and what is counted in which unit.

Instants are aware UTC, days are days of the library's own calendar, money is whole kopiykas,
states and reasons are codes and never labels.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Enum,
    Index,
    Integer,
    MetaData,
    Uuid,
    event,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: goes in aware, comes out in UTC; raises ValueError for a naive one.

    SQLite keeps it as text that sorts as the instants do, and is converted without the detours of
    SQLAlchemy's own type: a check converts a dozen of them.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """From an instant to what the driver takes."""
        as_text = dialect.name == "sqlite"

        def to_driver(value: datetime | None) -> Any:
            if value is None:
                return None
            if value.tzinfo is None:
                raise ValueError("an instant needs its time zone")
            utc = value if value.tzinfo is UTC else value.astimezone(UTC)
            return utc.isoformat(" ", "microseconds")[:_SIGNS] if as_text else utc

        return to_driver

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """From what the driver gives to an instant in UTC."""
        del coltype
        as_text = dialect.name == "sqlite"

        def from_driver(value: Any) -> datetime | None:
            if value is None:
                return None
            if as_text:
                return datetime.fromisoformat(value).replace(tzinfo=UTC)
            utc: datetime = value.astimezone(UTC)
            return utc

        return from_driver


_SIGNS = len("2026-11-22 08:30:00.000000")
BigId = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both: SQLite's own row number is only taken over by a column of type INTEGER."""


class CommitPosition(FunctionElement[int]):
    """Number of the writing transaction, by which a reader can tell what is settled.

    PostgreSQL's sequences do not follow the order of commits, its transaction numbers tell which
    rows may still appear late. SQLite has one writer at a time, there row numbers are enough.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(CommitPosition)
def _position_elsewhere(
    _element: CommitPosition, _compiler: SQLCompiler, **_options: object
) -> str:
    return "0"


@compiles(CommitPosition, "postgresql")
def _position_on_postgresql(
    _element: CommitPosition, _compiler: SQLCompiler, **_options: object
) -> str:
    return "(pg_current_xact_id()::text::bigint)"


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over the rows for which `where` holds, on either database.

    The condition is written into the index only when tables are made: telling SQLAlchemy here would
    load the dialects of both databases, and two megabytes with the one that is not used.
    """
    return Index(name, *columns, unique=unique, info={_WHERE: text(where)})


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        UUID: Uuid(),
        dict[str, Any]: JSON(none_as_null=True),
        enum.Enum: Enum(
            enum.Enum,
            native_enum=False,
            length=40,
            values_callable=lambda codes: [code.value for code in codes],
        ),
    }


_WHERE = "where"


def fit_to(dialect: str) -> None:
    """Make the partial indexes partial on this kind of database."""
    for table in Base.metadata.tables.values():
        for index in table.indexes:
            if _WHERE in index.info:
                index.dialect_options[dialect]["where"] = index.info[_WHERE]


@event.listens_for(Base.metadata, "before_create")
def _fit(_metadata: MetaData, connection: Connection, **_options: object) -> None:
    fit_to(connection.dialect.name)
