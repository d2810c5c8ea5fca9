"""The feed by which stations keep their copy: which rows are no longer what they were.

A change names a row; its new value is read when it is served, so that a row that changed ten times
is sent once. The cursor is the position up to which everything is settled, see
`server.services.settled`: a row that commits late lies beyond it, never before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from gate.events import RowTable
from server.database import Database
from server.models import Change, ChangesFloor, Ticket
from server.services import settled

KEPT: Final = 200_000
"""Changes that are kept: whoever missed more is sooner there by a snapshot."""
_BITE: Final = 20_000
"""So many are forgotten at once: nobody waits long for the one who writes."""

BUILDING_KEY = "building"


def note(session: Session, table: RowTable, keys: Iterable[str]) -> None:
    """Tell stations, from this transaction's commit on, that these rows changed."""
    rows = [{"row_table": table, "row_key": key} for key in keys]
    if rows:
        # Past the session, which would write all that waits in it first.
        session.connection().execute(insert(Change.__table__), rows)  # type: ignore[arg-type]


def note_ticket(session: Session, *ticket_ids: str) -> None:
    """A ticket, its patron, its bans or overdue loans changed."""
    note(session, RowTable.TICKET, ticket_ids)


def note_patron(session: Session, *patron_ids: int) -> None:
    """Something changed that all tickets of these patrons tell, such as overdue loans."""
    found = session.scalars(select(Ticket.id).where(Ticket.patron_id.in_(patron_ids)))
    note_ticket(session, *found)


def note_visit(session: Session, *visit_ids: UUID) -> None:
    """A visit began, changed or ended, or documents on it came or went."""
    note(session, RowTable.VISIT, map(str, visit_ids))


def note_event(session: Session, *event_ids: str) -> None:
    """An event of the day or its free places changed."""
    note(session, RowTable.EVENT, event_ids)


def note_key(session: Session, *key_ids: str) -> None:
    """A public key is new, retired or revoked."""
    note(session, RowTable.KEY, key_ids)


def note_resource(session: Session, *resource_ids: int) -> None:
    """An e-resource of the information centre changed, came or was taken off."""
    note(session, RowTable.RESOURCE, map(str, resource_ids))


def note_building(session: Session) -> None:
    """Settings, departments or the number of people inside changed."""
    note(session, RowTable.BUILDING, (BUILDING_KEY,))


def forget_old(database: Database, *, kept: int = KEPT, bite: int = _BITE) -> None:
    """Delete the oldest changes where there are far more than stations need."""
    with database.reading() as session:
        order = settled.position_of(session, Change.id, Change.position)
        newest_first = select(order).order_by(order.desc(), Change.id.desc())
        oldest_first = select(order).where(settled.settled(session, order))
        if session.scalar(newest_first.offset(kept + bite).limit(1)) is None:
            return
        last = session.scalar(oldest_first.order_by(order, Change.id).offset(bite - 1).limit(1))
    if last is not None:
        with database.writing() as session:
            session.merge(ChangesFloor(id=1, position=last))
            session.execute(delete(Change).where(order <= last))


def floor(session: Session) -> int:
    """Position up to which changes were forgotten; a cursor before that is of no use any more."""
    return session.scalar(select(ChangesFloor.position)) or 0
