"""Which rows others stand on: the tables themselves tell, so that a new one is never forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.models import Base


def used(
    session: Session,
    column: InstrumentedAttribute[Any],
    keys: Sequence[Any],
    *,
    besides: Sequence[type[Base]] = (),
) -> set[Any]:
    """Those of the keys that some row refers to, rows of the tables `besides` not counted."""
    own = {model.__tablename__ for model in besides}
    found: set[Any] = set()
    for reference in _references(column):
        if reference.table.name not in own:
            found |= set(session.scalars(select(reference).where(reference.in_(keys)).distinct()))
    return found


def _references(column: InstrumentedAttribute[Any]) -> Iterator[Column[Any]]:
    target = f"{column.class_.__tablename__}.{column.key}"
    for table in Base.metadata.sorted_tables:
        for other in table.columns:
            if any(key.target_fullname == target for key in other.foreign_keys):
                yield other
