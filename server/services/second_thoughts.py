"""What somebody wrote down a moment ago by mistake, opened again by whoever did it.

Each act is taken back alone, within five minutes, and stands in the log. Raises TooLate where it is
another's, where it is long ago, or where things have moved on.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.database import Database
from server.models import (
    AuditRecord,
    Complaint,
    Conflict,
    Damage,
    DamageState,
    DataRequest,
    Hold,
    HoldState,
    InboxDone,
    InboxKind,
    Payment,
)
from server.services import audit, payments
from server.services.by import By
from server.services.inbox import CONFLICT
from server.services.undoing import WITHIN, TooLate


def inbox_entry(database: Database, kind: str, key: str, *, by: By) -> None:
    """An entry of the inbox waits again."""
    with database.writing() as session:
        _check(session, kind, key, "inbox_resolved", by)
        if kind == CONFLICT:
            conflict = session.get_one(Conflict, int(key))
            conflict.resolved_at = conflict.resolved_by = None
            conflict.resolution = ""
        else:
            done = (InboxDone.kind == InboxKind(kind), InboxDone.key == key)
            session.execute(delete(InboxDone).where(*done))
        _note(session, kind, key, "inbox_reopened", by)


def answer(database: Database, number: int, *, by: By) -> None:
    """An entry of the book waits for its answer again."""
    with database.writing() as session:
        _check(session, "complaint", number, "complaint_answered", by)
        entry = session.get_one(Complaint, number)
        entry.answer, entry.answered_at, entry.answered_by = "", None, None
        _note(session, "complaint", number, "complaint_reopened", by)


def settlement(database: Database, damage_id: int, *, by: By) -> None:
    """A damage is owed again; what was noted as paid for it is cancelled."""
    with database.writing() as session:
        _check(session, "damage", damage_id, "damage_settled", by)
        damage = session.get_one(Damage, damage_id)
        damage.state, damage.settlement = DamageState.OPEN, ""
        damage.settled_at = damage.settled_by = None
        paid = select(Payment).where(Payment.damage_id == damage_id, Payment.cancelled_at.is_(None))
        for payment in session.scalars(paid):
            payments.strike(payment, by)
        _note(session, "damage", damage_id, "damage_reopened", by)


def demand(database: Database, number: int, *, by: By) -> None:
    """A reader's demand about their data waits again."""
    with database.writing() as session:
        request = session.get(DataRequest, number, with_for_update=True)
        if (
            request is None
            or request.settled_by != by.staff_id
            or not _is_new(request.settled_at, by)
        ):
            raise TooLate("the demand was settled by another, or long ago")
        request.outcome, request.settled_at, request.settled_by = "", None, None
        _note(session, "patron", request.patron_id, "data_request_reopened", by)


def cancelled_hold(database: Database, hold_id: int, *, by: By) -> None:
    """A reader has the place in the queue again; not once the document lies there for another."""
    with database.writing() as session:
        _check(session, "hold", hold_id, "hold_cancelled", by)
        hold = session.get_one(Hold, hold_id)
        if _is_in_the_way(session, hold):
            raise TooLate("the document lies there for another, or the reader waits anew")
        hold.state = HoldState.WAITING if hold.shelved_on is None else HoldState.ON_SHELF
        hold.ended_at = None
        _note(session, "hold", hold_id, "hold_restored", by)


def _is_in_the_way(session: Session, hold: Hold) -> bool:
    others = session.scalars(
        select(Hold).where(Hold.document_id == hold.document_id, Hold.ended_at.is_(None))
    ).all()
    shelved = hold.shelved_on is not None
    return any(
        other.patron_id == hold.patron_id or (shelved and other.state is HoldState.ON_SHELF)
        for other in others
    )


def _check(session: Session, kind: str, key: object, action: str, by: By) -> None:
    """The last thing that happened to it is this act, of this person, a moment ago."""
    query = select(AuditRecord).where(
        AuditRecord.object_kind == kind, AuditRecord.object_id == str(key)
    )
    last = session.scalar(query.order_by(AuditRecord.id.desc()).limit(1).with_for_update())
    mine = last is not None and (last.action, last.actor) == (action, by.actor)
    if last is None or not mine or not _is_new(last.at, by):
        raise TooLate(f"{kind} {key} was not settled by this person just now")


def _is_new(at: datetime | None, by: By) -> bool:
    return at is not None and by.at - at < WITHIN


def _note(session: Session, kind: str, key: object, action: str, by: By) -> None:
    audit.record(
        session, at=by.at, actor=by.actor, action=action, about=(kind, str(key)),
        details={"before": "settled", "after": "open"},
    )  # fmt: skip
