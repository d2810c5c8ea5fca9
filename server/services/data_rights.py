"""The rights of a person in their own data: what is kept, a copy of it, and demands (R4.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, inspect, select
from sqlalchemy.orm import Session

from server.database import Database
from server.models import (
    Base,
    Credential,
    Damage,
    DamageState,
    DataRequest,
    DepartmentVisit,
    Document,
    Loan,
    Patron,
    Registration,
    RightKind,
    Ticket,
    Visit,
)
from server.services import audit, settings
from server.services.by import By

TERM_DAYS = 30
"""The law gives thirty calendar days for an answer."""
_WORDS_MOST = 1000
_UNTOLD = frozenset(
    {
        "salt", "name_key", "jpeg", "message", "staff_id", "taken_by", "author_id", "lifted_by",
        "noted_by", "settled_by", "received_by", "closed_by",
    }
)  # fmt: skip
"""What says nothing about the person, or is somebody else's data."""


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
    query = select(DataRequest).where(DataRequest.settled_at.is_(None))
    return session.scalars(query.order_by(DataRequest.due_on, DataRequest.id)).all()


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
    for name, query in _questions(patron_id).items():
        told[name] = [_row(found) for found in session.scalars(query)]
    told["loans"] = [
        {**_row(loan), "title": title}
        for loan, title in session.execute(
            select(Loan, Document.title)
            .join(Document, Document.id == Loan.document_id)
            .where(Loan.patron_id == patron_id)
        )
    ]
    return told


def _questions(patron_id: int) -> dict[str, Select[Any]]:
    """Each table that names the person, also those to come, or one of their tickets."""
    tickets = select(Ticket.id).where(Ticket.patron_id == patron_id)
    visits = select(Visit.id).where(Visit.ticket_id.in_(tickets))
    by_person = [
        mapper.class_
        for mapper in Base.registry.mappers
        if "patron_id" in mapper.columns and mapper.class_ is not Loan
    ]
    questions: dict[str, Select[Any]] = {
        model.__tablename__: select(model).where(model.patron_id == patron_id)
        for model in by_person
    }
    return {
        **questions,
        "credential": select(Credential).where(Credential.ticket_id.in_(tickets)),
        "registration": select(Registration).where(Registration.ticket_id.in_(tickets)),
        "visit": select(Visit).where(Visit.ticket_id.in_(tickets)),
        "department_visit": select(DepartmentVisit).where(DepartmentVisit.visit_id.in_(visits)),
    }


def _row(found: Base) -> dict[str, Any]:
    columns = inspect(type(found)).column_attrs
    return {
        column.key: _plain(getattr(found, column.key))
        for column in columns
        if column.key not in _UNTOLD
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _note(session: Session, request: DataRequest, action: str, by: By) -> None:
    audit.record(
        session, at=by.at, actor=by.actor, action=action,
        about=("patron", str(request.patron_id)),
        details={"kind": request.kind, "request": request.id},
    )  # fmt: skip
