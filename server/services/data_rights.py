"""The rights of a person in their own data: what is kept, a copy of it, and demands (R4.1.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, inspect, select
from sqlalchemy.orm import Session, joinedload

from server.database import Database
from server.models import (
    AuditRecord,
    Base,
    Damage,
    DamageState,
    DataRequest,
    Document,
    Enrolment,
    ImportedRow,
    ImportKind,
    ImportRun,
    Loan,
    NoticeLetter,
    Patron,
    RightKind,
    Staff,
    Ticket,
    Visit,
)
from server.services import audit, settings
from server.services.by import By

TERM_DAYS = 30
"""The law gives thirty calendar days for an answer."""
_WORDS_MOST = 1000
_UNTOLD = frozenset({"salt", "name_key", "jpeg", "message", "token_hash", "approved_name"})
"""What says nothing about the person, or is somebody else's data; the photo is a file of its own.
So is whatever names staff, see `_row`."""


class NotSettled(LookupError):
    """There is no such demand, or it has its answer."""


class Owing(ValueError):
    """Documents on loan or harm not made good: these are settled before somebody is forgotten."""


def take(database: Database, patron_id: int, kind: RightKind, text: str, *, by: By) -> int:
    """Write a demand down; answers its number. Raises LookupError for an unknown patron."""
    with database.writing() as session:
        if session.get(Patron, patron_id) is None:
            raise LookupError(f"no patron {patron_id}")
        today = settings.read(session).day(by.at)
        request = DataRequest(
            patron_id=patron_id, kind=kind, text=text.strip()[:_WORDS_MOST], received_at=by.at,
            received_by=by.staff_id, due_on=today + timedelta(days=TERM_DAYS),
        )  # fmt: skip
        session.add(request)
        session.flush()
        _note(session, request, "data_request_received", by)
        return request.id


def settle(database: Database, number: int, outcome: str, *, by: By) -> None:
    """What was done about a demand. Raises NotSettled, ValueError without words."""
    said = outcome.strip()[:_WORDS_MOST]
    if not said:
        raise ValueError("an outcome has words")
    with database.writing() as session:
        request = session.get(DataRequest, number, with_for_update=True)
        if request is None or request.settled_at is not None:
            raise NotSettled(f"no open demand {number}")
        request.outcome, request.settled_at, request.settled_by = said, by.at, by.staff_id
        _note(session, request, "data_request_settled", by)


def of_patron(session: Session, patron_id: int) -> Sequence[DataRequest]:
    """Every demand of a person, the newest first."""
    query = select(DataRequest).where(DataRequest.patron_id == patron_id)
    return session.scalars(query.order_by(DataRequest.received_at.desc())).all()


def waiting(session: Session) -> Sequence[DataRequest]:
    """Demands without an answer, the most urgent first."""
    return session.scalars(_log().where(DataRequest.settled_at.is_(None))).all()


def every(session: Session) -> Sequence[DataRequest]:
    """The whole log of demands, in the order of their terms."""
    return session.scalars(_log()).all()


def _log() -> Select[DataRequest]:
    by_term = select(DataRequest).order_by(DataRequest.due_on, DataRequest.id)
    return by_term.options(joinedload(DataRequest.patron))


def check_nothing_owed(session: Session, patron_id: int) -> None:
    """Raises Owing while a person has documents out or harm to make good."""
    out = select(Loan.id).where(Loan.patron_id == patron_id, Loan.returned_at.is_(None))
    harm = select(Damage.id).where(Damage.patron_id == patron_id, Damage.state == DamageState.OPEN)
    if any(session.scalar(query.limit(1)) is not None for query in (out, harm)):
        raise Owing(f"patron {patron_id} owes")


def own_data(session: Session, patron_id: int) -> dict[str, Any]:
    """Everything that is kept about a person, by table, for a copy in JSON (R4.1.1).

    Raises LookupError for an unknown patron.
    """
    patron = session.get(Patron, patron_id)
    if patron is None:
        raise LookupError(f"no patron {patron_id}")
    told: dict[str, Any] = {"patron": _row(patron)}
    for name, query in reach(patron_id).items():
        told[name] = [_row(found) for found in session.scalars(query)]
    told["loan"] = [
        {**_row(loan), "title": title}
        for loan, title in session.execute(
            select(Loan, Document.title)
            .join(Document, Document.id == Loan.document_id)
            .where(Loan.patron_id == patron_id)
        )
    ]
    return told


def reach(patron_id: int) -> Mapping[str, Select[Any]]:
    """Each table that leads to the person, those to come too: by person, by ticket, by visit."""
    tickets = select(Ticket.id).where(Ticket.patron_id == patron_id)
    visits = select(Visit.id).where(Visit.ticket_id.in_(tickets))
    enrolments = select(Enrolment.id).where(Enrolment.patron_id == patron_id)
    letters = select(NoticeLetter.id).where(NoticeLetter.patron_id == patron_id)
    ways: Mapping[str, Any] = {
        "patron_id": [patron_id], "ticket_id": tickets, "visit_id": visits,
        "enrolment_id": enrolments, "letter_id": letters,
    }  # fmt: skip
    found: dict[str, Select[Any]] = {}
    for mapper in sorted(Base.registry.mappers, key=lambda each: each.class_.__tablename__):
        way = next((name for name in ways if name in mapper.columns), None)
        if way is not None:
            model = mapper.class_
            found[model.__tablename__] = select(model).where(getattr(model, way).in_(ways[way]))
    return found | _by_number(patron_id, tickets)


def _by_number(patron_id: int, tickets: Select[str]) -> dict[str, Select[Any]]:
    """Tables that name the person as text: what an import changed, what was done with the data."""
    me, mine = AuditRecord.object_kind == "patron", AuditRecord.object_kind == "ticket"
    of_people = select(ImportRun.id).where(
        ImportRun.kind.in_((ImportKind.PATRONS, ImportKind.PHOTOS))
    )
    return {
        "imported_row": select(ImportedRow).where(
            ImportedRow.run_id.in_(of_people), ImportedRow.key == str(patron_id)
        ),
        "audit_record": select(AuditRecord).where(
            (me & (AuditRecord.object_id == str(patron_id)))
            | (mine & AuditRecord.object_id.in_(tickets))
        ),
    }


def _row(found: Base) -> dict[str, Any]:
    columns = inspect(type(found)).columns
    return {
        column.key: _plain(getattr(found, column.key))
        for column in columns
        if column.key not in _UNTOLD
        and not any(key.column.table is Staff.__table__ for key in column.foreign_keys)
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    known = isinstance(value, str | int | float | bool | dict | list | None)
    return value if known else str(value)


def _note(session: Session, request: DataRequest, action: str, by: By) -> None:
    audit.record(
        session, at=by.at, actor=by.actor, action=action,
        about=("patron", str(request.patron_id)),
        details={"kind": request.kind, "request": request.id},
    )  # fmt: skip
