"""Who changed which setting when, and how a change is taken back from its own audit record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.database import Database
from server.models import AuditRecord, Staff
from server.services import settings
from server.services.by import By

_ACTION = "setting_changed"
_STAFF = "staff:"
NOT_UNDONE = frozenset({"epoch", "emergency", "alarm_token_hash", "first_run"})
"""The system's own, and alarms: they are ended where they were begun."""


class Stale(RuntimeError):
    """Somebody changed the settings after the page was opened."""


class Overtaken(RuntimeError):
    """The setting was changed again since; that change is to be taken back first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one setting."""

    record_id: int
    key: str
    at: datetime
    by: str
    """Name of the member of staff; empty where the system did it."""
    before: Any
    after: Any


def change(
    database: Database, values: Mapping[str, Any], *, revision: int, by: By
) -> settings.LibrarySettings:
    """Change settings that were read at `revision`; see `server.services.settings.change`.

    Raises Stale, and pydantic.ValidationError.
    """
    with database.writing() as session:
        if settings.read_revised(session).revision != revision:
            raise Stale("the settings changed meanwhile")
        return settings.put(session, values, actor=by.actor, at=by.at)


def undo(database: Database, record_id: int, by: By) -> str:
    """Give a setting the value it had before a change; answers its key.

    Raises LookupError for a record that is no such change, Overtaken.
    """
    with database.writing() as session:
        record = session.get(AuditRecord, record_id)
        if record is None or record.action != _ACTION or record.object_id in NOT_UNDONE:
            raise LookupError(f"no change of a setting {record_id}")
        key, details = record.object_id, record.details
        present = settings.read(session).model_dump(mode="json")
        if key not in present or present[key] != details["after"]:
            raise Overtaken(key)
        settings.put(session, {key: details["before"]}, actor=by.actor, at=by.at)
        return key


def latest(session: Session, keys: Sequence[str]) -> Mapping[str, Change]:
    """The last change of each setting that was ever changed."""
    last = select(func.max(AuditRecord.id)).where(*_of(keys)).group_by(AuditRecord.object_id)
    return {each.key: each for each in _changes(session, last)}


def recent(session: Session, keys: Sequence[str], limit: int = 20) -> Sequence[Change]:
    """The last changes of these settings, the newest first."""
    last = select(AuditRecord.id).where(*_of(keys)).order_by(AuditRecord.id.desc()).limit(limit)
    return _changes(session, last)


def _of(keys: Sequence[str]) -> Sequence[Any]:
    return (
        AuditRecord.object_kind == "setting",
        AuditRecord.action == _ACTION,
        AuditRecord.object_id.in_(keys),
    )


def _changes(session: Session, ids: Any) -> Sequence[Change]:
    found = session.scalars(
        select(AuditRecord).where(AuditRecord.id.in_(ids)).order_by(AuditRecord.id.desc())
    ).all()
    names = staff_names(session, [record.actor for record in found])
    return [
        Change(
            record_id=record.id, key=record.object_id, at=record.at,
            by=names.get(record.actor, ""), before=record.details["before"],
            after=record.details["after"],
        )
        for record in found
    ]  # fmt: skip


def staff_names(session: Session, actors: Sequence[str]) -> Mapping[str, str]:
    """Names of those who acted, by actor."""
    ids = {int(actor.removeprefix(_STAFF)) for actor in actors if actor.startswith(_STAFF)}
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(ids)))
    return {f"{_STAFF}{staff_id}": name for staff_id, name in rows}
