"""Counting the centre's equipment by scanner, and the sheet of differences (C7.1, C8.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from server.database import Database
from server.models import Equipment, EquipmentState, StockSeen, StockTaking
from server.services import audit
from server.services.by import By


class NotPossible(ValueError):
    """Why not, as a code: `under_way`, `over`, `no_number`."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a count found."""

    seen: Sequence[Equipment]
    missing: Sequence[Equipment]
    """On record, and not scanned; what is written off is not looked for."""
    unknown: Sequence[str]
    """Scanned, and not on record."""
    written_off: Sequence[Equipment]
    """Scanned, though written off."""


def begin(database: Database, by: By) -> int:
    """Begin a count; one at a time. Raises NotPossible."""
    with database.writing() as session:
        if under_way(session) is not None:
            raise NotPossible("under_way")
        taking = StockTaking(begun_at=by.at, begun_by=by.staff_id)
        session.add(taking)
        session.flush()
        _note(session, taking, "stock_taking_begun", by)
        return taking.id


def see(database: Database, taking_id: int, inventory_number: str, by: By) -> bool:
    """A number was scanned; False where it was before. Raises NotPossible."""
    number = inventory_number.strip()
    if not number or len(number) > 40:  # noqa: PLR2004 - the column's length
        raise NotPossible("no_number")
    with database.writing() as session:
        _open(session, taking_id)
        if session.get(StockSeen, (taking_id, number)) is not None:
            return False
        session.add(StockSeen(taking_id=taking_id, inventory_number=number, at=by.at))
        return True


def end(database: Database, taking_id: int, by: By) -> None:
    """The count is done; nothing on record is changed by it. Raises NotPossible."""
    with database.writing() as session:
        taking = _open(session, taking_id)
        taking.ended_at = by.at
        _note(session, taking, "stock_taking_ended", by)


def under_way(session: Session) -> StockTaking | None:
    """The count that goes on."""
    return session.scalar(select(StockTaking).where(StockTaking.ended_at.is_(None)).limit(1))


def past(session: Session, limit: int = 20) -> Sequence[StockTaking]:
    """Counts that are done, the last one first."""
    return session.scalars(
        select(StockTaking)
        .where(StockTaking.ended_at.is_not(None))
        .order_by(StockTaking.id.desc())
        .limit(limit)
        .options(joinedload(StockTaking.staff))
    ).all()


def sheet(session: Session, taking_id: int) -> Sheet:
    """The differences between the record and what was scanned."""
    numbers = set(
        session.scalars(select(StockSeen.inventory_number).where(StockSeen.taking_id == taking_id))
    )
    known = session.scalars(
        select(Equipment).where(Equipment.retired_at.is_(None)).order_by(Equipment.inventory_number)
    ).all()
    off = EquipmentState.WRITTEN_OFF
    return Sheet(
        seen=[row for row in known if row.inventory_number in numbers and row.state is not off],
        missing=[
            row for row in known if row.inventory_number not in numbers and row.state is not off
        ],
        unknown=sorted(numbers - {row.inventory_number for row in known}),
        written_off=[row for row in known if row.inventory_number in numbers and row.state is off],
    )


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
