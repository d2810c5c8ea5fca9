"""A step of an enrolment that goes on, taken back: noted for the wrong person, or by mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import delete
from sqlalchemy.orm import Session

from server.database import Database
from server.models import (
    Certificate,
    EnrolmentStep,
    Guarantor,
    PaidFor,
    Patron,
    Payment,
    Step,
)
from server.services import audit, enrolment, organisations
from server.services.by import By

FOR_GOOD = frozenset({Step.DATA, Step.TICKET})
"""The data are corrected on their own page; a ticket is cancelled at its desk."""


class NotDone(LookupError):
    """That step was not done, or it stays."""


def undo(database: Database, patron_id: int, step: Step, *, by: By) -> None:
    """Take a step back with what hangs on it. Raises NoOpenEnrolment, NotDone.

    What was answered about consents stays in their ledger: a new answer is asked for, and counts.
    """
    with database.writing() as session:
        going_on = enrolment.open_enrolment(session, patron_id)
        if going_on is None:
            raise enrolment.NoOpenEnrolment(f"patron {patron_id} is not being enrolled")
        done = enrolment.steps_of(session, going_on.id).get(step)
        if done is None or step in FOR_GOOD:
            raise NotDone(step)
        patron = session.get_one(Patron, patron_id)
        if step in _AFTER:
            _AFTER[step](session, patron, done, by)
        mine = (EnrolmentStep.enrolment_id == going_on.id, EnrolmentStep.step == step)
        session.execute(delete(EnrolmentStep).where(*mine))
        audit.record(
            session, at=by.at, actor=by.actor, action="enrolment_step_undone",
            about=("patron", str(patron_id)), details={"step": step, "before": done.details},
        )  # fmt: skip


def _agreement(session: Session, patron: Patron, _done: EnrolmentStep, by: By) -> None:
    organisations.join(session, patron, None, at=by.at)


def _guardian(session: Session, patron: Patron, done: EnrolmentStep, by: By) -> None:
    patron.guardian_consent_on = None
    _answerer(session, patron, done, by)


def _answerer(session: Session, patron: Patron, done: EnrolmentStep, _by: By) -> None:
    session.execute(
        delete(Guarantor).where(
            Guarantor.patron_id == patron.id, Guarantor.at == done.at,
            Guarantor.guarantees.is_(done.step is Step.GUARANTEE),
        )
    )  # fmt: skip


def _texts(_session: Session, patron: Patron, _done: EnrolmentStep, _by: By) -> None:
    patron.rules_version = ""


def _certificate(session: Session, patron: Patron, done: EnrolmentStep, _by: By) -> None:
    seen = (Certificate.patron_id == patron.id, Certificate.at == done.at)
    session.execute(delete(Certificate).where(*seen))


def _payment(session: Session, patron: Patron, done: EnrolmentStep, _by: By) -> None:
    paid = (Payment.patron_id == patron.id, Payment.paid_for == PaidFor.ENROLMENT)
    session.execute(delete(Payment).where(*paid, Payment.at == done.at))


_AFTER: Mapping[Step, Callable[[Session, Patron, EnrolmentStep, By], None]] = {
    Step.AGREEMENT: _agreement,
    Step.GUARDIAN: _guardian,
    Step.GUARANTEE: _answerer,
    Step.TEXTS: _texts,
    Step.CERTIFICATE: _certificate,
    Step.PAYMENT: _payment,
}
