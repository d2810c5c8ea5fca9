"""A lost slip: what the departments know, leave to go, a duplicate to go on (R3.2.9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.facts import LoanPlace, SlipState
from server.database import Database
from server.models import Department, DepartmentVisit, Loan, LostSlip, Visit
from server.services import audit, desk_slips, exits, visits
from server.services.exit_checklist import Checked
from server.services.exits import ExitCheck, Shown
from server.services.keys import Entropy

REASON_MAX_SIGNS = 200


class ReasonMissing(ValueError):
    """Leave without a slip needs its reason in words."""


class NotOpen(LookupError):
    """There is no such visit, or it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a department's records say of one visit."""

    department: Department
    marked_at: datetime | None
    """When it saw the slip first; None where it never did."""
    issued: int
    returned: int
    out: int
    """Still to be returned to this department's room."""
    home: int
    """Lent home on this visit and not returned."""


def inquire(session: Session, visit_id: UUID) -> Sequence[Answer]:
    """What each department issued, got back and still has out on a visit; who owes most first.

    A department that never saw the slip is asked all the same: it stands there with noughts.
    """
    loans: dict[str, Counter[str]] = {}
    for code, place, back in session.execute(
        select(Loan.department_code, Loan.place, Loan.returned_at).where(Loan.visit_id == visit_id)
    ):
        _count(loans.setdefault(code, Counter()), place, returned=back is not None)
    marks = dict(
        session.execute(
            select(DepartmentVisit.department_code, DepartmentVisit.first_at).where(
                DepartmentVisit.visit_id == visit_id
            )
        ).all()
    )
    rooms = session.scalars(select(Department).order_by(Department.position, Department.code))
    answers = [_answer(room, loans.get(room.code, Counter()), marks) for room in rooms]
    return sorted(answers, key=lambda answer: (-answer.out, answer.marked_at is None))


def _count(counted: Counter[str], place: LoanPlace, *, returned: bool) -> None:
    counted["issued"] += 1
    if returned:
        counted["returned"] += 1
    else:
        counted["home" if place is LoanPlace.HOME else "out"] += 1


def _answer(room: Department, counted: Counter[str], marks: Mapping[str, datetime]) -> Answer:
    return Answer(
        department=room,
        marked_at=marks.get(room.code),
        issued=counted["issued"],
        returned=counted["returned"],
        out=counted["out"],
        home=counted["home"],
    )


def let_go(
    database: Database, visit_id: UUID, *, staff_id: int, reason: str, at: datetime
) -> ExitCheck:
    """Let a reader go without a slip, in the name of who allows it (X06).

    Refused while reading-room documents are out (X17). Raises ReasonMissing.
    """
    said = _reason(reason)
    shown = Shown(credential=None, visit_id=visit_id, lost_slip_reason=said)
    checked = Checked(overruled=said)
    return exits.let_out(database, shown, staff_id=staff_id, at=at, checked=checked)


def duplicate(
    database: Database, visit_id: UUID, *, staff_id: int, reason: str, at: datetime,
    entropy: Entropy,
) -> str:  # fmt: skip
    """Give the visit a new slip and void the lost one; answers the new number.

    What is out stays out: the duplicate is there to go on reading. Raises ReasonMissing, NotOpen.
    """
    said = _reason(reason)
    with database.writing() as session:
        visit = session.scalar(select(Visit).where(Visit.id == visit_id).with_for_update())
        if visit is None or visit.closed_at is not None:
            raise NotOpen(f"no open visit {visit_id}")
        old, new = visit.slip_number, desk_slips.new_number(session, at=at, entropy=entropy)
        session.add(
            LostSlip(
                number=old, visit_id=visit.id, replaced_by=new, lost_at=at, allowed_by=staff_id,
                reason=said,
            )
        )  # fmt: skip
        visit.slip_number, visit.slip_state = new, SlipState.OPEN
        session.flush()
        visits.touched(session, visit)
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="slip_duplicated",
            about=("visit", str(visit_id)), details={"before": old, "after": new, "reason": said},
        )  # fmt: skip
        return new


def lost_before(session: Session, number: str) -> LostSlip | None:
    """The lost slip that the slip of this number replaced."""
    return session.scalar(select(LostSlip).where(LostSlip.replaced_by == number))


def _reason(text: str) -> str:
    said = " ".join(text.split())[:REASON_MAX_SIGNS]
    if not said:
        raise ReasonMissing("say why the reader goes without the slip")
    return said
