"""Rows that the library administers: each change audited with before and after, and undone by it.

What a row may hold is checked by a pydantic model of the caller; here it is kept and told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.database import Database
from server.models import AuditRecord, Base
from server.services import audit
from server.services.by import By
from server.services.setting_history import Overtaken, staff_names

_ADDED = "added_at"
_RETIRED = "retired_at"
"""Column of rows that may be used no longer; not every table has it."""


class Taken(ValueError):
    """Another row has this key or name already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An administered table."""

    name: str
    """Kind of its rows in the audit log."""
    model: type[Base]
    key: str
    """Name of the column by which a row is known."""
    columns: tuple[str, ...]
    tell: Callable[[Session], None] | None = None
    """Lets stations, or whoever holds a copy, hear of a change."""
    follow: Callable[[Session, Any], None] | None = None
    """What else follows from a row as it is now. May raise Taken."""
    ends_apart: bool = False
    """Its rows end by an act of their own that looks at what is open; no undo ends one."""

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns of which changes are told."""
        return (*self.columns, _RETIRED) if hasattr(self.model, _RETIRED) else self.columns

    @property
    def action(self) -> str:
        """What a change is called in the audit log."""
        return f"{self.name}_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """A change of a row; only the columns that changed."""

    record_id: int
    at: datetime
    by: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    can_undo: bool


def find(session: Session, table: Table, key: object) -> Base | None:
    """A row by its key."""
    return session.get(table.model, key)


def rows(session: Session, table: Table) -> Sequence[Base]:
    """All rows, those that are no longer used too, in the order of their keys."""
    return session.scalars(select(table.model).order_by(getattr(table.model, table.key))).all()


def save(
    database: Database, table: Table, key: object | None, values: Mapping[str, Any], by: By
) -> Any:
    """Make a row (`key` None) or change one; answers its key.

    Raises LookupError for an unknown row, Taken where a name or key exists twice.
    """
    try:
        with database.writing() as session:
            row = _row(session, table, key, values)
            before = {} if key is None else _plain(row, table.columns)
            if key is None and hasattr(table.model, _ADDED):
                setattr(row, _ADDED, by.at)
            for column, value in values.items():
                setattr(row, column, value)
            session.add(row)
            session.flush()
            _note(session, table, row, before, by)
            return getattr(row, table.key)
    except IntegrityError as error:
        raise Taken(table.name) from error


def _row(session: Session, table: Table, key: object | None, values: Mapping[str, Any]) -> Base:
    if key is None:
        typed = values.get(table.key)
        if typed is not None and session.get(table.model, typed) is not None:
            raise Taken(table.name)
        return table.model()
    row = session.get(table.model, key)
    if row is None:
        raise LookupError(f"no {table.name} {key}")
    return row


def retire(database: Database, table: Table, key: object, by: By, *, back: bool = False) -> None:
    """Use a row no longer, or again. Nothing is deleted. Raises LookupError."""
    with database.writing() as session:
        row = session.get(table.model, key)
        if row is None:
            raise LookupError(f"no {table.name} {key}")
        before = _plain(row, table.kept)
        setattr(row, _RETIRED, None if back else by.at)
        session.flush()
        _note(session, table, row, before, by)


def history(session: Session, table: Table, key: object, limit: int = 20) -> Sequence[RowChange]:
    """Changes of a row, the newest first."""
    found = session.scalars(
        select(AuditRecord)
        .where(
            AuditRecord.object_kind == table.name,
            AuditRecord.object_id == str(key),
            AuditRecord.action == table.action,
        )
        .order_by(AuditRecord.id.desc())
        .limit(limit)
    ).all()
    row = session.get(table.model, key)
    present = {} if row is None else _plain(row, table.kept)
    names = staff_names(session, [record.actor for record in found])
    return [
        RowChange(
            record_id=record.id, at=record.at, by=names.get(record.actor, ""),
            before=record.details["before"] or {}, after=record.details["after"],
            can_undo=_is_present(table, record, present),
        )
        for record in found
    ]  # fmt: skip


def as_of(session: Session, table: Table, row: Base, at: datetime) -> dict[str, Any] | None:
    """What a row held at an instant, as the audit log tells; None where it was not in use."""
    held = _plain(row, (*table.columns, _RETIRED))
    later = session.scalars(
        select(AuditRecord)
        .where(
            AuditRecord.object_kind == table.name,
            AuditRecord.object_id == str(getattr(row, table.key)),
            AuditRecord.action == table.action,
            AuditRecord.at > at,
        )
        .order_by(AuditRecord.id.desc())
    )
    for record in later:
        if record.details["before"] is None:
            return None
        held |= record.details["before"]
    return None if held[_RETIRED] else held


def undo(database: Database, table: Table, record_id: int, by: By) -> Any:
    """Give a row what it held before a change; answers its key. Raises LookupError, Overtaken."""
    with database.writing() as session:
        record = session.get(AuditRecord, record_id)
        if record is None or record.action != table.action:
            raise LookupError(f"no change of a {table.name} {record_id}")
        column = getattr(table.model, table.key)
        key = column.type.python_type(record.object_id)
        row = session.get(table.model, key)
        if row is None:
            raise LookupError(f"no {table.name} {key}")
        if not _is_present(table, record, _plain(row, table.kept)):
            raise Overtaken(table.name)
        before = _plain(row, table.kept)
        for name, value in record.details["before"].items():
            setattr(row, name, _typed(table, name, value))
        session.flush()
        _note(session, table, row, before, by)
        return key


def _is_present(table: Table, record: AuditRecord, present: Mapping[str, Any]) -> bool:
    """Whether a change still stands; the making of a row is taken back by retiring it."""
    before, after = record.details["before"] or {}, record.details["after"]
    if table.ends_apart and before.get(_RETIRED):
        return False
    return bool(before) and all(present.get(name) == after[name] for name in after)


def _note(session: Session, table: Table, row: Base, before: Mapping[str, Any], by: By) -> None:
    if table.follow is not None:
        table.follow(session, row)
    after = _plain(row, table.kept)
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    if before and not changed:
        return
    audit.record(
        session, at=by.at, actor=by.actor, action=table.action,
        about=(table.name, str(getattr(row, table.key))),
        details={
            "before": {name: before.get(name) for name in changed} if before else None,
            "after": changed,
        },
    )  # fmt: skip
    if table.tell is not None:
        table.tell(session)


def _plain(row: Base, columns: Sequence[str]) -> dict[str, Any]:
    return {name: _as_json(getattr(row, name)) for name in columns}


def _as_json(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date | datetime) else value


def _typed(table: Table, name: str, value: Any) -> Any:
    """A value of the audit log as its column holds it."""
    kind = getattr(table.model, name).type.python_type
    if value is None or not isinstance(value, str):
        return value
    return kind.fromisoformat(value) if kind in {date, datetime} else kind(value)
