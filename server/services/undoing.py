"""What a desk did a moment ago by mistake, taken back by whoever did it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gate.facts import SlipState, VisitState
from server.database import Database
from server.models import AuditRecord, DepartmentVisit, Loan, Visit, VisitOrigin
from server.services import audit, changes, desk_events, visits
from server.services.by import By
from server.services.keys import Entropy

WITHIN = timedelta(minutes=5)
_SECOND_THOUGHT = "undone"


class TooLate(RuntimeError):
    """Somebody else did it, it is long ago, or things have moved on."""


def exit_(database: Database, visit_id: UUID, *, by: By) -> None:
    """A visit that was closed at the desk goes on with the same slip. Raises TooLate."""
    with _changing(database, visit_id) as (session, visit):
        at = visit.closed_at
        mine = visit.closed_by == by.staff_id and visit.state is VisitState.CLOSED
        if not mine or at is None or by.at - at >= WITHIN:
            raise TooLate("the visit was closed by somebody else, or long ago")
        visit.state, visit.slip_state = VisitState.INSIDE, SlipState.OPEN
        visit.closed_at = visit.closed_by = None
        visit.handed_in, visit.close_reason = False, ""
        _moved(session, visit, by, "exit_undone")


def leave(database: Database, visit_id: UUID, *, by: By, entropy: Entropy) -> None:
    """Nobody went out for a while after all: the slip goes back to its reader. Raises TooLate."""
    with _changing(database, visit_id) as (session, visit):
        if visit.state is not VisitState.AWAY or not _did(session, visit, "left_for_a_while", by):
            raise TooLate("the reader is not out for a while by this desk")
        desk_events.tell(session, "returned", visit, at=by.at, entropy=entropy)
        visit.state = VisitState.INSIDE
        _moved(session, visit, by, "leave_undone")


def admission(database: Database, visit_id: UUID, *, by: By) -> None:
    """Nobody was let in: the slip that the desk printed is void. Raises TooLate.

    Not once a department saw the slip, or gave a document for it.
    """
    with _changing(database, visit_id) as (session, visit):
        fresh = visit.state is VisitState.INSIDE and visit.origin is VisitOrigin.DESK
        if not fresh or not _did(session, visit, "admitted_at_desk", by) or _used(session, visit):
            raise TooLate("the slip was used, or another desk gave it")
        visit.state, visit.slip_state = VisitState.NOT_PASSED, SlipState.VOID
        visit.closed_at, visit.closed_by = by.at, by.staff_id
        _moved(session, visit, by, "admission_undone")


def mark(database: Database, visit_id: UUID, department: str, *, by: By) -> None:
    """A department takes its mark back: the wrong slip was scanned. Raises TooLate.

    Not once the department gave a document on the slip.
    """
    with database.writing() as session:
        marked = session.get(DepartmentVisit, (visit_id, department))
        if marked is None or marked.staff_id != by.staff_id or by.at - marked.first_at >= WITHIN:
            raise TooLate("the mark is somebody else's, or stands long since")
        given = select(Loan.id).where(Loan.visit_id == visit_id, Loan.department_code == department)
        if session.scalar(given.limit(1)) is not None:
            raise TooLate("a document was given on the slip")
        session.delete(marked)
        changes.note_visit(session, visit_id)
        audit.record(
            session, at=by.at, actor=by.actor, action="mark_undone",
            about=("visit", str(visit_id)), details={"department": department},
        )  # fmt: skip


@contextmanager
def _changing(database: Database, visit_id: UUID) -> Iterator[tuple[Session, Visit]]:
    """One transaction over one visit; a ticket that has another open visit by now is too late."""
    try:
        with database.writing() as session:
            visit = session.scalar(select(Visit).where(Visit.id == visit_id).with_for_update())
            if visit is None:
                raise TooLate(f"no visit {visit_id}")
            yield session, visit
    except IntegrityError as error:
        raise TooLate("the ticket has another visit by now") from error


def _did(session: Session, visit: Visit, action: str, by: By) -> bool:
    """Whether this person did it, within the time in which it can be taken back."""
    query = select(AuditRecord).where(
        AuditRecord.object_kind == "visit", AuditRecord.object_id == str(visit.id),
        AuditRecord.action == action, AuditRecord.actor == by.actor,
    )  # fmt: skip
    last = session.scalar(query.order_by(AuditRecord.id.desc()).limit(1))
    return last is not None and by.at - last.at < WITHIN


def _used(session: Session, visit: Visit) -> bool:
    marked = exists().where(DepartmentVisit.visit_id == visit.id)
    lent = exists().where(Loan.visit_id == visit.id)
    return bool(session.scalar(select(marked | lent)))


def _moved(session: Session, visit: Visit, by: By, action: str) -> None:
    visit.changed_at = by.at
    session.flush()
    visits.touched(session, visit)
    audit.record(
        session, at=by.at, actor=by.actor, action=action, about=("visit", str(visit.id)),
        details={"before": _SECOND_THOUGHT, "after": visit.state},
    )  # fmt: skip
