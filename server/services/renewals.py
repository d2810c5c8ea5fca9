"""A home loan renewed, if nobody waits, and a defect shown at issue (R3.2.3, R3.2.4, R3.3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from gate.facts import Decision, LoanPlace, ServiceFacts, ServiceKind
from gate.reasons import Verdict
from gate.rules import decide_service
from server.database import Database
from server.models import Loan
from server.services import audit, calendar_days, changes, facts, holds, lending, settings

_LONGEST_NOTE = 300


class NotPossible(ValueError):
    """Why it can't be renewed, whoever asks, as a code: `over`, `room`, `show`, `elsewhere`."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """What became of the wish."""

    decision: Decision
    due_on: date | None


def renew(database: Database, loan_id: int, *, shown: bool, staff_id: int, at: datetime) -> Renewed:
    """Count the term anew from today (S07).

    From the second renewal on the document itself is `shown` (R3.3.1). Raises NotPossible.
    """
    with database.writing() as session:
        loan = _home_loan(session, loan_id)
        if loan.renewals and not shown:
            raise NotPossible("show")
        library = settings.read(session)
        waits = holds.others_wait(session, loan.document_id, loan.patron_id)
        judged = ServiceFacts(
            kind=ServiceKind.RENEW,
            freshness=facts.fresh(at),
            held_for_other=waits,
            policy=library.policy,
        )
        decision = decide_service(judged, at).made_of(judged)
        if decision.verdict is not Verdict.GRANT:
            return Renewed(decision, loan.due_on)
        here = calendar_days.of_department(session, library, loan.department)
        loan.due_on = lending.due_day(library, here, loan.document.document_class, at)
        loan.renewals += 1
        _note(session, loan, "loan_renewed", staff_id, at)
        changes.note_patron(session, loan.patron_id)
        return Renewed(decision, loan.due_on)


def note_defects(
    database: Database, loan_id: int, text: str, *, staff_id: int, at: datetime
) -> None:
    """Write down what the reader showed at issue (R3.2.4). Raises NotPossible."""
    with database.writing() as session:
        loan = session.get(Loan, loan_id)
        if loan is None or loan.returned_at is not None:
            raise NotPossible("over")
        loan.defects = text.strip()[:_LONGEST_NOTE]
        _note(session, loan, "defects_noted", staff_id, at)


def _home_loan(session: Session, loan_id: int) -> Loan:
    loan = session.get(Loan, loan_id, with_for_update=True)
    if loan is None or loan.returned_at is not None:
        raise NotPossible("over")
    if loan.place is not LoanPlace.HOME:
        raise NotPossible("room")
    if loan.system:
        raise NotPossible("elsewhere")
    return loan


def _note(session: Session, loan: Loan, action: str, staff_id: int, at: datetime) -> None:
    audit.record(
        session, at=at, actor=f"staff:{staff_id}", action=action, about=("loan", str(loan.id)),
        details={"document": loan.document_id},
    )  # fmt: skip
