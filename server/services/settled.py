"""Which rows of a log can be read for good, so that none ever appears before a reader's place.

On SQLite there is one writer at a time and rows are numbered in the order of commits. On
PostgreSQL a number is taken before the commit, so a row may appear behind one that is larger. There
every row knows the number of its transaction, and only rows of transactions older than any that
still runs are settled: later ones can only have larger numbers.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, func, literal_column, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

_OLDEST_RUNNING = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


def position_of(
    session: Session, row_id: InstrumentedAttribute[int], position: InstrumentedAttribute[int]
) -> InstrumentedAttribute[int]:
    """The column by which a log is read on."""
    return row_id if _is_sqlite(session) else position


def settled(session: Session, position: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Only rows behind which nothing can appear any more."""
    return true() if _is_sqlite(session) else position < _oldest_running()


def last_settled(session: Session, row_id: InstrumentedAttribute[int]) -> int:
    """Position up to which everything is settled now; what appears later lies beyond it."""
    if _is_sqlite(session):
        return session.scalar(select(func.max(row_id))) or 0
    return session.scalar(select(_oldest_running() - 1)) or 0


def _oldest_running() -> ColumnElement[int]:
    return literal_column(_OLDEST_RUNNING, BigInteger)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
