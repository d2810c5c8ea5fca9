"""The station's copy of the server's rows. Rows and cursor change in one commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Final

import structlog
from pydantic import ValidationError

from gate.events import (
    BuildingRecord,
    EventRecord,
    KeyRecord,
    Record,
    ResourceRecord,
    Row,
    RowTable,
    TicketRecord,
    VisitRecord,
)
from gate.facts import VisitState
from kiosk.store import meta, tickets

_log = structlog.get_logger()

_TABLES: Final = {
    RowTable.VISIT: ("copied_visit", "visit_id"),
    RowTable.EVENT: ("event", "event_id"),
    RowTable.BUILDING: ("building", "id"),
    RowTable.KEY: ("key", "key_id"),
    RowTable.RESOURCE: ("resource", "resource_id"),
}
_RECORDS: Final[dict[RowTable, type[Record]]] = {
    RowTable.TICKET: TicketRecord,
    RowTable.VISIT: VisitRecord,
    RowTable.EVENT: EventRecord,
    RowTable.BUILDING: BuildingRecord,
    RowTable.KEY: KeyRecord,
    RowTable.RESOURCE: ResourceRecord,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyState:
    """How far the copy has come."""

    epoch: str
    cursor: int
    as_of: datetime
    seen: int
    """Acknowledgements that were given before the server was last asked (see `outbox`)."""


def state(tx: Connection) -> CopyState | None:
    """The state of the copy; None before the first snapshot."""
    as_of = meta.get(tx, "as_of")
    if as_of is None:
        return None
    return CopyState(
        epoch=meta.get(tx, "epoch") or "",
        cursor=meta.number(tx, "cursor"),
        as_of=datetime.fromisoformat(as_of),
        seen=meta.number(tx, "seen"),
    )


def advance(tx: Connection, rows: Iterable[Row], now: CopyState) -> None:
    """Take over changed rows together with the cursor that follows them."""
    for row in rows:
        _apply(tx, row)
    _remember(tx, now)


def replace(tx: Connection, rows: Iterable[Row], now: CopyState) -> None:
    """Take over a whole snapshot instead of everything that was known."""
    for table in ("ticket", "credential"):
        tx.execute(f"DELETE FROM {table}")  # noqa: S608 - two names
    replace_all_but_tickets(tx, rows, now)


def replace_all_but_tickets(tx: Connection, rows: Iterable[Row], now: CopyState) -> None:
    """The same for the rest, where the tickets of the snapshot came in parts (see `coming`)."""
    for table, _ in _TABLES.values():
        tx.execute(f"DELETE FROM {table}")  # noqa: S608 - names from above
    advance(tx, rows, now)


def distrust(tx: Connection) -> None:
    """Ask for a snapshot before any change; until it comes the rows still serve."""
    meta.put(tx, "epoch", "")


def _remember(tx: Connection, now: CopyState) -> None:
    meta.put(tx, "epoch", now.epoch)
    meta.put(tx, "cursor", str(now.cursor))
    meta.put(tx, "as_of", meta.stamp(now.as_of))
    meta.put(tx, "seen", str(now.seen))


def _apply(tx: Connection, row: Row) -> None:
    record = None if row.value is None else _read(row)
    if isinstance(record, TicketRecord):
        tickets.put(tx, record)
    elif isinstance(record, VisitRecord):
        _put_visit(tx, record)
    elif record is not None:
        table, _ = _TABLES[row.table]
        body = record.model_dump_json()
        tx.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", (row.key, body))  # noqa: S608
    elif row.value is None or row.table is not RowTable.BUILDING:
        _remove(tx, row)


def _read(row: Row) -> Record | None:
    """The record; None for one of a newer server that makes no sense here (fault 34).

    What it stands for is then unknown at this station: what was known of it is no longer true.
    """
    try:
        return _RECORDS[row.table].model_validate(row.value)
    except ValidationError:
        _log.warning("row_not_readable", table=row.table.value, key=row.key)
        return None


def _remove(tx: Connection, row: Row) -> None:
    if row.table is RowTable.TICKET:
        tickets.remove(tx, row.key)
    else:
        table, key = _TABLES[row.table]
        tx.execute(f"DELETE FROM {table} WHERE {key} = ?", (row.key,))  # noqa: S608


def _put_visit(tx: Connection, visit: VisitRecord) -> None:
    tx.execute(
        "INSERT OR REPLACE INTO copied_visit VALUES (?, ?, ?, ?, ?)",
        (
            str(visit.visit_id), visit.slip_number, visit.ticket_id, persons_inside(visit),
            visit.model_dump_json(),
        ),
    )  # fmt: skip


def persons_inside(visit: VisitRecord) -> int:
    """How many people this visit adds to those inside."""
    return visit.persons if visit.state in (VisitState.ADMITTED, VisitState.INSIDE) else 0


# --- Look-ups --------------------------------------------------------------------------------


def visit(tx: Connection, visit_id: str) -> VisitRecord | None:
    """A visit by its id, as the server last told it."""
    return _visit(tx, "visit_id", visit_id)


def visit_of_ticket(tx: Connection, ticket_id: str) -> VisitRecord | None:
    """The open visit of a ticket, as the server last told it."""
    rows = tx.execute("SELECT body FROM copied_visit WHERE ticket_id = ?", (ticket_id,))
    found = (VisitRecord.model_validate_json(row["body"]) for row in rows)
    return max(found, key=lambda one: one.opened_at, default=None)


def visit_of_slip(tx: Connection, slip_number: str) -> VisitRecord | None:
    """The visit of a slip, as the server last told it."""
    return _visit(tx, "slip_number", slip_number)


def _visit(tx: Connection, column: str, value: str) -> VisitRecord | None:
    query = f"SELECT body FROM copied_visit WHERE {column} = ?"  # noqa: S608 - two names above
    row = tx.execute(query, (value,)).fetchone()
    return None if row is None else VisitRecord.model_validate_json(row["body"])


def events(tx: Connection) -> tuple[EventRecord, ...]:
    """The events of the day, by their beginning."""
    rows = tx.execute("SELECT body FROM event")
    found = (EventRecord.model_validate_json(row["body"]) for row in rows)
    return tuple(sorted(found, key=lambda one: (one.starts_at, one.title)))


def event(tx: Connection, event_id: str) -> EventRecord | None:
    """An event by its id."""
    row = tx.execute("SELECT body FROM event WHERE event_id = ?", (event_id,)).fetchone()
    return None if row is None else EventRecord.model_validate_json(row["body"])


def has_resources(tx: Connection) -> bool:
    """Whether the catalogue has any; the idle screen asks often."""
    return tx.execute("SELECT 1 FROM resource LIMIT 1").fetchone() is not None


def resources(tx: Connection) -> tuple[ResourceRecord, ...]:
    """The information centre's e-resources, as the library orders them."""
    rows = tx.execute("SELECT body FROM resource")
    found = (ResourceRecord.model_validate_json(row["body"]) for row in rows)
    return tuple(sorted(found, key=lambda one: (one.position, one.name, one.resource_id)))


def building(tx: Connection) -> BuildingRecord | None:
    """The house as the server last told it; None before the first snapshot."""
    row = tx.execute("SELECT body FROM building LIMIT 1").fetchone()
    return None if row is None else BuildingRecord.model_validate_json(row["body"])


def keys(tx: Connection) -> tuple[KeyRecord, ...]:
    """Public keys of tickets and of the stations' slips."""
    rows = tx.execute("SELECT body FROM key")
    return tuple(KeyRecord.model_validate_json(row["body"]) for row in rows)
