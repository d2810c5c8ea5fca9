"""Tickets of the copy, a column a field: a million of them fit a small disk, each found at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from sqlite3 import Connection, Row
from typing import Any, Final

from gate.events import TicketColumns, TicketRecord
from gate.events.packed import FEE_PAID, HOME_LOANS, SLIP_NOT_RETURNED, RareFields
from gate.facts import CredentialKind, TicketKind, TicketState

_KINDS: Final = frozenset(TicketKind)
_STATES: Final = frozenset(TicketState)
_RARE: Final = set(RareFields.model_fields)
_FIELDS: Final = 11


def of_columns(columns: TicketColumns) -> Iterator[tuple[Any, ...]]:
    """Rows of the table `ticket`.

    Kinds and states that this version does not know are left out: such a ticket is unknown here.
    """
    count = len(columns.ids)
    overdue, rest = [0] * count, [None] * count
    for place, loans in columns.overdue:
        overdue[place] = loans
    for place, text in columns.rest:
        rest[place] = text  # type: ignore[call-overload]
    rows = zip(
        columns.ids, columns.numbers, columns.names, columns.kinds, columns.states, columns.flags,
        columns.valid_from, columns.valid_until, columns.registered_for, overdue, rest,
        strict=True,
    )  # fmt: skip
    if _KINDS.issuperset(columns.kinds) and _STATES.issuperset(columns.states):
        return rows
    return (row for row in rows if row[3] in _KINDS and row[4] in _STATES)


def of_record(record: TicketRecord) -> tuple[Any, ...]:
    """A row of the table `ticket`."""
    rest = record.model_dump_json(include=_RARE, exclude_none=True)
    flags = (
        FEE_PAID * record.fee_paid
        + HOME_LOANS * record.home_loans
        + SLIP_NOT_RETURNED * record.slip_not_returned
    )
    return (
        record.ticket_id, record.number, record.display_name or "", record.kind.value,
        record.state.value, flags, record.valid_from.toordinal(), record.valid_until.toordinal(),
        record.registered_for, record.overdue_loans, None if rest == "{}" else rest,
    )  # fmt: skip


def _record(row: Row, credentials: Iterable[tuple[CredentialKind, str]]) -> TicketRecord:
    flags, rest = row["flags"], row["rest"]
    rare = {} if rest is None else dict(RareFields.model_validate_json(rest))
    return TicketRecord(
        ticket_id=row["ticket_id"],
        number=row["number"],
        kind=row["kind"],
        state=row["state"],
        valid_from=date.fromordinal(row["valid_from"]),
        valid_until=date.fromordinal(row["valid_until"]),
        registered_for=row["registered_for"],
        fee_paid=flags & FEE_PAID != 0,
        home_loans=flags & HOME_LOANS != 0,
        slip_not_returned=flags & SLIP_NOT_RETURNED != 0,
        overdue_loans=row["overdue"],
        display_name=row["name"] or None,
        credentials=tuple(credentials),
        **rare,
    )


def find(tx: Connection, ticket_id: str) -> TicketRecord | None:
    """A ticket by its id, without the credentials that stand for it."""
    row = tx.execute("SELECT * FROM ticket WHERE ticket_id = ?", (ticket_id,)).fetchone()
    return None if row is None else _record(row, ())


def find_by(tx: Connection, kind: CredentialKind, value: str) -> tuple[TicketRecord, ...]:
    """All tickets that a card or an old number stands for."""
    rows = tx.execute(
        "SELECT ticket.* FROM credential JOIN ticket USING (ticket_id)"
        " WHERE credential.kind = ? AND value = ?",
        (kind.value, value),
    )
    return tuple(_record(row, ((kind, value),)) for row in rows)


def put(tx: Connection, record: TicketRecord) -> None:
    """Keep a ticket and what stands for it, instead of what was known of it."""
    remove(tx, record.ticket_id)
    marks = ", ".join("?" * _FIELDS)
    tx.execute(f"INSERT INTO ticket VALUES ({marks})", of_record(record))  # noqa: S608
    shown = ((kind.value, value, record.ticket_id) for kind, value in record.credentials)
    tx.executemany("INSERT OR IGNORE INTO credential VALUES (?, ?, ?)", shown)


def remove(tx: Connection, ticket_id: str) -> None:
    """Forget a ticket."""
    tx.execute("DELETE FROM credential WHERE ticket_id = ?", (ticket_id,))
    tx.execute("DELETE FROM ticket WHERE ticket_id = ?", (ticket_id,))
