"""Statements built once and run on the driver's own connection, for the hot path alone.

SQLAlchemy writes the SQL and converts the values, as everywhere; what is left out is its work of
finding the compiled statement, a cursor and a result for every call, which would be half of a
check's cost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnElement,
    Dialect,
    Insert,
    PoolProxiedConnection,
    Select,
    Update,
    literal_column,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from server.database import Database

_BY_INDEX = "SET enable_seqscan = off"
"""Every row of the hot path is found by an index. Left alone, PostgreSQL would plan by statistics
of tables that were nearly empty this morning, and read the whole of them until its autovacuum came.
"""

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]


class Prepared:
    """One statement for one kind of database. Its bind parameters are given by name."""

    def __init__(self, statement: Select[Any] | Insert | Update, dialect: Dialect) -> None:
        written = visitors.replacement_traverse(statement, {}, _constants_for(dialect))
        clause = cast("ClauseElement", written)
        compiled = cast("SQLCompiler", clause.compile(dialect=dialect))
        self.sql = str(compiled)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        names = compiled.positiontup
        places: Iterable[Any] = binds if names is None else range(len(names))
        self._template: Any = {} if names is None else [None] * len(names)
        self._open: list[tuple[Any, str, Convert | None]] = []
        for place, name in zip(places, names or binds, strict=True):
            convert = _to_driver(binds[name].type, dialect)
            if binds[name].required:
                self._open.append((place, name, convert))
            else:
                value = binds[name].effective_value
                self._template[place] = value if convert is None else convert(value)
        columns = statement.selected_columns if isinstance(statement, Select) else ()
        converts = [_from_driver(column.type, dialect) for column in columns]
        self._results = [(n, convert) for n, convert in enumerate(converts) if convert is not None]

    def run(self, connection: Any, values: Values) -> Any:
        """Run on the driver's connection; answers the driver's cursor."""
        given = self._template.copy()
        for place, name, convert in self._open:
            given[place] = values[name] if convert is None else convert(values[name])
        return connection.execute(self.sql, given)

    def rows(self, connection: Any, values: Values) -> list[list[Any]]:
        """Run a query and read all its rows."""
        found = [list(row) for row in self.run(connection, values).fetchall()]
        for row in found:
            for place, convert in self._results:
                if row[place] is not None:
                    row[place] = convert(row[place])
        return found


class PreparedWrite:
    """Several writes as one transaction: one statement and one round trip on PostgreSQL."""

    def __init__(self, writes: Sequence[Insert | Update], database: Database) -> None:
        self._database = database
        dialect = database.engine.dialect
        if not database.is_sqlite:
            *others, last = writes
            last = last.add_cte(*(other.cte(f"w{n}") for n, other in enumerate(others)))
            writes = [last]
        self._writes = [Prepared(write, dialect) for write in writes]

    def run(self, connection: Any, values: Values) -> None:
        """Write and commit; on an exception nothing of it is written."""
        with self._database.turn_to_write():
            if self._database.is_sqlite:
                self._in_transaction(connection, values)
            else:
                self._writes[0].run(connection, values)
        self._database.commits.announce()

    def within(self, session: Session, values: Values) -> None:
        """Write as part of a transaction that somebody else commits."""
        pooled = session.connection().connection
        for write in self._writes:
            write.run(pooled.driver_connection, values)

    def _in_transaction(self, connection: Any, values: Values) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for write in self._writes:
                write.run(connection, values)
            connection.execute("COMMIT")
        except BaseException:
            connection.rollback()
            raise


class HeldConnections:
    """A few of the driver's connections, in autocommit, kept open for whoever comes next.

    The one used last is used next: its cache is warm, and no more are opened than are needed at
    once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._broken = database.engine.dialect.loaded_dbapi.OperationalError
        self._free: deque[PoolProxiedConnection] = deque()
        database.at_close(self.close)

    @contextmanager
    def one(self) -> Iterator[Any]:
        """A connection for this thread alone. One that broke is dropped, and the error goes on."""
        pooled = self._take()
        try:
            yield pooled.driver_connection
        except self._broken:
            pooled.invalidate()
            raise
        except BaseException:
            self._free.append(pooled)
            raise
        self._free.append(pooled)

    def close(self) -> None:
        """Give back the connections that nobody uses."""
        while self._free:
            self._free.pop().close()

    def _take(self) -> PoolProxiedConnection:
        try:
            return self._free.pop()
        except IndexError:
            pooled = self._database.engine.raw_connection()
        if not self._database.is_sqlite:
            connection: Any = pooled.driver_connection
            connection.autocommit = True
            connection.execute(_BY_INDEX)
        return pooled


def _constants_for(dialect: Dialect) -> Callable[..., ColumnElement[Any] | None]:
    """Write what is no parameter but a constant of ours into the SQL itself, where it can be."""

    def replace(element: Any, **_options: object) -> ColumnElement[Any] | None:
        if not isinstance(element, BindParameter) or element.required:
            return None
        type_ = element.type
        to_sql = type_.dialect_impl(dialect).literal_processor(dialect)
        return None if to_sql is None else literal_column(to_sql(element.value), type_)

    return replace


def _to_driver(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _from_driver(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).result_processor(dialect, None)
