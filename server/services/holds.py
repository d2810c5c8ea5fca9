"""The queue for a document, and the reserve shelf on which it waits (R3.2.3, R3.2.10, R3.2.11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from gate.facts import LoanPlace
from gate.rules.days import held_until
from server.database import Database
from server.models import Document, Hold, HoldState, Loan
from server.services import audit, settings
from server.services.by import By
from server.services.reach import EVERYWHERE, Reach
from server.services.settings import LibrarySettings

_OPEN = (HoldState.WAITING, HoldState.ON_SHELF)


class NotPossible(ValueError):
    """Why there can't be such a hold, as a code: `not_out`, `own`, `twice`, `over`, `extended`."""


def place(database: Database, document_id: int, patron_id: int, *, by: By) -> int:
    """Put a reader at the end of the queue for a document that is out. Raises NotPossible."""
    try:
        with database.writing() as session:
            loan = _loan(session, document_id)
            if loan is None and _first(session, document_id, HoldState.ON_SHELF) is None:
                raise NotPossible("not_out")
            if loan is not None and loan.patron_id == patron_id:
                raise NotPossible("own")
            hold = Hold(
                document_id=document_id, patron_id=patron_id, state=HoldState.WAITING,
                placed_at=by.at, placed_by=by.staff_id,
            )  # fmt: skip
            session.add(hold)
            session.flush()
            _note(session, hold, "hold_placed", by.actor, by.at)
            return hold.id
    except IntegrityError:
        raise NotPossible("twice") from None


def cancel(database: Database, hold_id: int, *, by: By) -> None:
    """Leave the queue; who comes next moves up. Raises NotPossible."""
    with database.writing() as session:
        hold = _open_hold(session, hold_id)
        _end(session, hold, HoldState.CANCELLED, by.actor, by.at)


def leave_all(session: Session, patron_id: int, *, actor: str, at: datetime) -> None:
    """Leave every queue, as part of a transaction; who comes next moves up."""
    mine = select(Hold).where(Hold.patron_id == patron_id, Hold.ended_at.is_(None))
    for hold in session.scalars(mine):
        _end(session, hold, HoldState.CANCELLED, actor, at)


def extend(database: Database, hold_id: int, *, by: By) -> date:
    """Keep it on the shelf some days more (R3.2.11); answers the last of them.

    Raises NotPossible.
    """
    with database.writing() as session:
        hold = _open_hold(session, hold_id)
        if hold.shelved_on is None or hold.extended:
            raise NotPossible("extended")
        library = settings.read(session)
        hold.extended = True
        hold.shelf_until = held_until(hold.shelved_on, library.policy, extended=True)
        _note(session, hold, "hold_extended", by.actor, by.at)
        return hold.shelf_until


def held_for_other(session: Session, document_id: int, patron_id: int, place: LoanPlace) -> bool:
    """Whether a document on the shelf is somebody else's (S07).

    One whose time was extended may be read in the house meanwhile (R3.2.11).
    """
    hold = _first(session, document_id, HoldState.ON_SHELF)
    if hold is None or hold.patron_id == patron_id:
        return False
    return not (hold.extended and place is LoanPlace.READING_ROOM)


def others_wait(session: Session, document_id: int, patron_id: int) -> bool:
    """Whether somebody else waits for a document that is out: it is not renewed then (R3.2.3)."""
    waiting = select(Hold.id).where(
        Hold.document_id == document_id, Hold.patron_id != patron_id, Hold.ended_at.is_(None)
    )
    return session.scalar(waiting.limit(1)) is not None


def fulfil(session: Session, document_id: int, patron_id: int, *, actor: str, at: datetime) -> None:
    """The reader has the document; part of the transaction that issues it."""
    hold = session.scalar(
        select(Hold).where(
            Hold.document_id == document_id, Hold.patron_id == patron_id, Hold.ended_at.is_(None)
        )
    )
    if hold is not None:
        hold.state, hold.ended_at = HoldState.FULFILLED, at
        _note(session, hold, "hold_fulfilled", actor, at)


def reopen(session: Session, loan: Loan) -> None:
    """An issue was a mistake: the hold that it ended goes on."""
    mine = (Hold.document_id == loan.document_id, Hold.patron_id == loan.patron_id)
    ended = (Hold.state == HoldState.FULFILLED, Hold.ended_at == loan.issued_at)
    hold = session.scalar(select(Hold).where(*mine, *ended))
    if hold is not None:
        hold.state = HoldState.WAITING if hold.shelved_on is None else HoldState.ON_SHELF
        hold.ended_at = None


def unshelve(session: Session, document_id: int) -> None:
    """A return was a mistake: the document lies on no shelf, and its next reader waits on."""
    hold = _first(session, document_id, HoldState.ON_SHELF)
    if hold is not None:
        hold.state, hold.shelved_on, hold.shelf_until = HoldState.WAITING, None, None


def shelve(
    session: Session, document_id: int, library: LibrarySettings, *, actor: str, at: datetime
) -> Hold | None:
    """A document is back: lay it on the shelf for whoever waits longest; None where nobody does."""
    if _first(session, document_id, HoldState.ON_SHELF) is not None:
        return None
    hold = _first(session, document_id, HoldState.WAITING)
    if hold is not None:
        today = library.day(at)
        hold.state, hold.shelved_on = HoldState.ON_SHELF, today
        hold.shelf_until = held_until(today, library.policy)
        _note(session, hold, "hold_shelved", actor, at)
    return hold


def expire(database: Database, at: datetime) -> int:
    """Free what nobody came for in time (S09); answers how many."""
    with database.reading() as session:
        today = settings.read(session).day(at)
        if not session.scalars(_late(today).limit(1)).all():
            return 0
    with database.writing() as session:
        late = session.scalars(_late(today)).all()
        for hold in late:
            _end(session, hold, HoldState.EXPIRED, "system", at)
        return len(late)


def open_holds(
    session: Session, within: Reach = EVERYWHERE, *, document_id: int | None = None
) -> Sequence[Hold]:
    """What lies on the shelves of a reach, by its last day, and behind it who waits."""
    query = (
        select(Hold)
        .join(Document, Document.id == Hold.document_id)
        .where(Hold.ended_at.is_(None), within.departments(Document.department_code))
        .order_by(Hold.shelf_until.is_(None), Hold.shelf_until, Hold.placed_at, Hold.id)
        .options(joinedload(Hold.document), joinedload(Hold.patron))
    )
    if document_id is not None:
        query = query.where(Hold.document_id == document_id)
    return session.scalars(query).all()


def _late(today: date) -> Select[Hold]:
    return select(Hold).where(Hold.ended_at.is_(None), Hold.shelf_until < today)


def _loan(session: Session, document_id: int) -> Loan | None:
    return session.scalar(
        select(Loan).where(Loan.document_id == document_id, Loan.returned_at.is_(None))
    )


def _first(session: Session, document_id: int, state: HoldState) -> Hold | None:
    return session.scalar(
        select(Hold)
        .where(Hold.document_id == document_id, Hold.state == state, Hold.ended_at.is_(None))
        .order_by(Hold.placed_at, Hold.id)
        .limit(1)
    )


def _open_hold(session: Session, hold_id: int) -> Hold:
    hold = session.get(Hold, hold_id, with_for_update=True)
    if hold is None or hold.state not in _OPEN:
        raise NotPossible("over")
    return hold


def _end(session: Session, hold: Hold, state: HoldState, actor: str, at: datetime) -> None:
    was_on_shelf = hold.state is HoldState.ON_SHELF
    hold.state, hold.ended_at = state, at
    session.flush()
    _note(session, hold, f"hold_{state}", actor, at)
    if was_on_shelf and _loan(session, hold.document_id) is None:
        shelve(session, hold.document_id, settings.read(session), actor=actor, at=at)


def _note(session: Session, hold: Hold, action: str, actor: str, at: datetime) -> None:
    audit.record(
        session, at=at, actor=actor, action=action, about=("hold", str(hold.id)),
        details={"document": hold.document_id},
    )  # fmt: skip
