"""Counting the centre's equipment by scanner, and the sheet of differences (C7.1, C8.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from server.database import Database
from server.models import Equipment, EquipmentState, StockSeen, StockTaking
from server.services import audit, reach, tables
from server.services.by import By
from server.services.reach import EVERYWHERE, Reach
from server.services.tables import Table

EQUIPMENT = Table(
    name="equipment", model=Equipment, key="id",
    columns=("inventory_number", "name", "place", "state", "acquired_on", "department_code"),
)  # fmt: skip


class NotPossible(ValueError):
    """Why not, as a code: `under_way`, `over`, `no_number`."""


class Scan(StrEnum):
    """What a scanned number is."""

    FOUND = "found"
    AGAIN = "again"
    """It was scanned before in this count."""
    UNKNOWN = "unknown"
    """Not on record in the buildings that are counted."""
    WRITTEN_OFF = "written_off"


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of equipment as it stood on record."""

    inventory_number: str
    name: str
    place: str
    state: EquipmentState


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a count found."""

    seen: Sequence[Item]
    missing: Sequence[Item]
    """On record, and not scanned; what is written off is not looked for."""
    unknown: Sequence[str]
    """Scanned, and not on record."""
    written_off: Sequence[Item]
    """Scanned, though written off."""


def begin(database: Database, by: By, within: Reach = EVERYWHERE) -> int:
    """Begin a count; one at a time in a building. Raises NotPossible."""
    with database.writing() as session:
        if under_way(session, within) is not None:
            raise NotPossible("under_way")
        taking = StockTaking(begun_at=by.at, begun_by=by.staff_id)
        session.add(taking)
        session.flush()
        _note(session, taking, "stock_taking_begun", by)
        return taking.id


def see(database: Database, taking_id: int, inventory_number: str, by: By) -> tuple[Scan, str]:
    """A number was scanned: what it is, and the name of the thing. Raises NotPossible."""
    number = inventory_number.strip()
    if not number or len(number) > 40:  # noqa: PLR2004 - the column's length
        raise NotPossible("no_number")
    with database.writing() as session:
        taking = _open(session, taking_id)
        on_record = {item.inventory_number: item for item in _on_record(session, taking)}
        item = on_record.get(number)
        name = number if item is None else item.name
        if session.get(StockSeen, (taking_id, number)) is not None:
            return Scan.AGAIN, name
        session.add(StockSeen(taking_id=taking_id, inventory_number=number, at=by.at))
        if item is None:
            return Scan.UNKNOWN, name
        off = item.state is EquipmentState.WRITTEN_OFF
        return Scan.WRITTEN_OFF if off else Scan.FOUND, name


def end(database: Database, taking_id: int, by: By) -> None:
    """The count is done; nothing on record is changed by it. Raises NotPossible."""
    with database.writing() as session:
        taking = _open(session, taking_id)
        taking.ended_at = by.at
        _note(session, taking, "stock_taking_ended", by)


def under_way(session: Session, within: Reach = EVERYWHERE) -> StockTaking | None:
    """The count that goes on."""
    theirs = within.departments(StockTaking.department_code)
    return session.scalar(
        select(StockTaking).where(StockTaking.ended_at.is_(None), theirs).limit(1)
    )


def past(session: Session, within: Reach = EVERYWHERE, limit: int = 20) -> Sequence[StockTaking]:
    """Counts that are done, the last one first."""
    return session.scalars(
        select(StockTaking)
        .where(StockTaking.ended_at.is_not(None), within.departments(StockTaking.department_code))
        .order_by(StockTaking.id.desc())
        .limit(limit)
        .options(joinedload(StockTaking.staff))
    ).all()


def sheet(session: Session, taking_id: int) -> Sheet:
    """The differences between the record and what was scanned.

    Whoever works in a department counts what is in its building, others count everything. Of a
    count that is done, by the record of its end: what was signed for stays as it was.
    """
    numbers = set(
        session.scalars(select(StockSeen.inventory_number).where(StockSeen.taking_id == taking_id))
    )
    known = _on_record(session, session.get(StockTaking, taking_id))
    off = EquipmentState.WRITTEN_OFF
    return Sheet(
        seen=[row for row in known if row.inventory_number in numbers and row.state is not off],
        missing=[
            row for row in known if row.inventory_number not in numbers and row.state is not off
        ],
        unknown=sorted(numbers - {row.inventory_number for row in known}),
        written_off=[row for row in known if row.inventory_number in numbers and row.state is off],
    )


def _on_record(session: Session, taking: StockTaking | None) -> Sequence[Item]:
    counted_by = None if taking is None else taking.department_code
    within = EVERYWHERE if counted_by is None else reach.of_department(session, counted_by)
    rows = session.scalars(
        select(Equipment).where(within.departments(Equipment.department_code))
    ).all()
    ended_at = None if taking is None else taking.ended_at
    if ended_at is None:
        held = [
            {name: getattr(row, name) for name in EQUIPMENT.columns}
            for row in rows
            if row.retired_at is None
        ]
    else:
        then = (tables.as_of(session, EQUIPMENT, row, ended_at) for row in rows)
        held = [row for row in then if row is not None]
    found = [
        Item(row["inventory_number"], row["name"], row["place"], EquipmentState(row["state"]))
        for row in held
    ]
    return sorted(found, key=lambda item: item.inventory_number)


def _open(session: Session, taking_id: int) -> StockTaking:
    taking = session.get(StockTaking, taking_id, with_for_update=True)
    if taking is None or taking.ended_at is not None:
        raise NotPossible("over")
    return taking


def _note(session: Session, taking: StockTaking, action: str, by: By) -> None:
    audit.record(
        session, at=by.at, actor=by.actor, action=action,
        about=("stock_taking", str(taking.id)), details={},
    )  # fmt: skip
