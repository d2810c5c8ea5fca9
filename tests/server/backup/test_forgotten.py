"""Whoever was erased comes back in no table, also in none that is still to come (threat 24).

A row is made in every table that points to a person, a ticket or a visit, with the same word in
each of its texts. After the erasure, and after the restore of a backup from before it, that word
stands only where it says nothing about anybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Table, insert, select, update
from sqlalchemy.orm import Session

from server.models import Base, ImportedRow, Visit
from server.services import erasure
from tests.server.backup.test_backup import Centre, centre
from tests.server.centre.conftest import postgres_town, sqlite_town, town
from tests.server.centre.town import NOON

__all__ = ["centre", "postgres_town", "sqlite_town", "town"]

WORD: Final = "Кривоніс"
_POINTS: Final = ("patron_id", "ticket_id", "visit_id")
_SAYS_NOTHING: Final = {
    # Numbers, codes and versions.
    "ban.order_number", "ban.reason", "consent.text_version", "damage.what",
    "desk_print.slip_number", "lane_alarm.kind", "lane_alarm.way", "lost_slip.number",
    "lost_slip.replaced_by", "payment.receipt_number", "request.receipt_number",
    # What was read, borrowed or brought, which counts without a name.
    "loan.defects", "request.author", "request.published", "request.shelf_mark", "request.title",
    "request.volume", "own_item.approved_name", "roll_entry.hall",
    # Records of stations, which hold no names by their schema, and what was judged by them.
    "conflict.details", "station_event.answer", "station_event.kind", "station_event.payload",
    "station_event.problem",
}  # fmt: skip


def _about(table: Table) -> bool:
    return table.name == ImportedRow.__tablename__ or any(name in table.columns for name in _POINTS)


class _Filler:
    """Makes rows that fit, and what they point to."""

    def __init__(self, session: Session, known: dict[str, Any]) -> None:
        self._session = session
        self._known = known

    def fill(self, table: Table, word: str) -> dict[str, Any]:
        row = {
            column.name: self._value(column, word)
            for column in table.columns
            if not self._numbered(column)
        }
        made = (
            self._session.connection().execute(insert(table).values(row)).inserted_primary_key or ()
        )
        return row | dict(zip(table.primary_key.columns.keys(), made, strict=True))

    @staticmethod
    def _numbered(column: Column[Any]) -> bool:
        own_number = column.primary_key and not column.foreign_keys
        return column.server_default is not None or (own_number and column.type.python_type is int)

    def _value(self, column: Column[Any], word: str) -> Any:
        if column.name in self._known:
            return self._known[column.name]
        if column.foreign_keys:
            return None if column.nullable else self._pointed_at(column)
        return _plain(column, word)

    def _pointed_at(self, column: Column[Any]) -> Any:
        (key,) = column.foreign_keys
        found = self._session.scalar(select(key.column).limit(1))
        return self.fill(key.column.table, "x")[key.column.name] if found is None else found


def _plain(column: Column[Any], word: str) -> Any:
    kind: Any = getattr(column.type, "impl", column.type).python_type
    values: dict[type, Any] = {
        bool: False, int: 1, datetime: NOON, date: NOON.date(), UUID: uuid4(),
        bytes: word.encode(), object: {"said": word},
    }  # fmt: skip
    if issubclass(kind, Enum):
        return next(iter(kind))
    if kind is str:
        return word[: getattr(column.type, "length", None) or None]
    return values[kind]


def _told(session: Session) -> Iterator[str]:
    """Each `table.column` in which the word stands."""
    for table in Base.metadata.sorted_tables:
        for row in session.execute(select(table)).mappings():
            for name, value in row.items():
                if WORD in _as_text(value):
                    yield f"{table.name}.{name}"


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


@pytest.mark.threat(24)
def test_who_was_erased_comes_back_in_no_table(centre: Centre) -> None:
    town = centre.town
    personal = dict.fromkeys(("surname", "given_name", "phone", "email", "note"), WORD)
    patron = town.patron(**personal)
    ticket = town.ticket(patron)
    visitor = town.inside(ticket)
    with town.database.writing() as session:
        session.execute(update(Visit).values(closed_at=NOON, state="closed"))
        known = dict(zip(_POINTS, (patron, ticket, visitor.visit_id), strict=True))
        filler = _Filler(session, known | {"key": str(patron)})
        filled = [table for table in Base.metadata.sorted_tables if _about(table)]
        for table in filled:
            if table.name not in ("ticket", "visit"):
                filler.fill(table, WORD)
        before = set(_told(session))
    assert {"guarantor.name", "imported_row.after", "mail.recipient", "photo.jpeg"} <= before
    made = centre.backup()
    journal = erasure.Journal(centre.config.backup.directory)
    erasure.erase(town.database, journal, patron, actor="staff:1", at=NOON + timedelta(hours=1))
    with town.database.reading() as session:
        assert set(_told(session)) <= _SAYS_NOTHING
    centre.restore(made)
    with centre.town.database.reading() as session:
        assert set(_told(session)) <= _SAYS_NOTHING
