"""What was asked for and is now in the reader's hands is asked for no more (R3.2.1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.models import Loan, Request, RequestState
from server.services import audit


def fulfil(session: Session, document_id: int, patron_id: int, *, actor: str, at: datetime) -> None:
    """The reader has the document; part of the transaction that issues it."""
    asked = select(Request).where(
        Request.document_id == document_id, Request.patron_id == patron_id,
        Request.ended_at.is_(None),
    )  # fmt: skip
    for request in session.scalars(asked):
        request.state, request.ended_at = RequestState.DONE, at
        audit.record(
            session, at=at, actor=actor, action="request_done", about=("request", str(request.id)),
            details={"kind": request.kind, "department": request.department_code},
        )  # fmt: skip


def reopen(session: Session, loan: Loan) -> None:
    """The issue was a mistake: what it ended is waited for again."""
    ended = select(Request).where(
        Request.document_id == loan.document_id, Request.patron_id == loan.patron_id,
        Request.state == RequestState.DONE, Request.ended_at == loan.issued_at,
    )  # fmt: skip
    for request in session.scalars(ended):
        request.state, request.ended_at = RequestState.FETCHED, None
