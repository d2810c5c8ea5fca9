"""A shift at the Service Centre: what is looked at when it opens, what adds up when it closes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gate.facts import Emergency, LoanPlace, VisitState
from server.database import Database
from server.models import Department, Loan, LostSlip, OwnItem, Shift, Visit
from server.services import audit, houses, payments, settings, visits
from server.services.reach import Reach

OPENING = ("clock", "test_slip", "alarm_test", "forms")
"""Clock confirmed by eye, test slip, alarm tested, emergency forms counted."""
CLOSING = ("walk_through", "cloakroom", "items_shown", "payments", "paper_visits")
"""Halls walked through, tokens back, own things shown, payments added up, paper visits entered."""
_NOTE_MAX_SIGNS = 2000
_NAME_MAX_SIGNS = 200


class Unticked(ValueError):
    """Something was not looked at, and the next shift is not told why."""


class NoShift(LookupError):
    """No shift is open."""


class Alert(RuntimeError):
    """No shift is closed during an alert."""


class Unsigned(ValueError):
    """Somebody walks through the halls before it is marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The day's slips, as they must add up (R3.1.4)."""

    issued: int
    handed_in: int
    lost: int
    at_desk: int
    """Left at the desk during a temporary exit."""
    still_inside: int
    missing: int
    """Neither handed in nor lost nor at the desk: somebody has them."""
    event_missing: int
    """Of these, slips of events (R2.4)."""
    items_unapproved: int

    @property
    def adds_up(self) -> bool:
        """Whether every slip is accounted for."""
        return self.missing == 0


def figures(session: Session, day: date, branch: str | None = None) -> Figures:
    """Count a day's slips in one of the buildings."""
    theirs = _of_day(day, branch)
    of_day = session.scalars(
        select(Visit).where(*theirs, Visit.state != VisitState.NOT_PASSED, visits.of_the_public())
    ).all()
    replaced = session.scalar(
        select(func.count())
        .select_from(LostSlip)
        .join(Visit, Visit.id == LostSlip.visit_id)
        .where(*theirs)
    )
    let_go = [visit for visit in of_day if visit.close_reason and not visit.handed_in]
    missing = [visit for visit in of_day if visit.keeps_slip]
    return Figures(
        issued=len(of_day) + (replaced or 0),
        handed_in=sum(visit.handed_in for visit in of_day),
        lost=len(let_go) + (replaced or 0),
        at_desk=sum(visit.state is VisitState.AWAY for visit in of_day),
        still_inside=sum(
            visit.closed_at is None and visit.state is not VisitState.AWAY for visit in of_day
        ),
        missing=len(missing),
        event_missing=sum(visit.ticket_id is None for visit in missing),
        items_unapproved=_unapproved(session, theirs),
    )


def _of_day(day: date, branch: str | None) -> tuple[ColumnElement[bool], ...]:
    return Visit.local_day == day, Visit.branch_code.is_not_distinct_from(branch)


def _unapproved(session: Session, theirs: tuple[ColumnElement[bool], ...]) -> int:
    query = (
        select(func.count())
        .select_from(OwnItem)
        .join(Visit, Visit.id == OwnItem.visit_id)
        .where(*theirs, OwnItem.approved_name.is_(None))
    )
    return session.scalar(query) or 0


def owing(
    session: Session, day: date, branch: str | None = None
) -> Sequence[tuple[Department, int]]:
    """Departments with documents of reading rooms still out on the day's visits of a building."""
    counted = session.execute(
        select(Loan.department_code, func.count())
        .join(Visit, Visit.id == Loan.visit_id)
        .where(
            *_of_day(day, branch),
            Loan.returned_at.is_(None),
            Loan.place == LoanPlace.READING_ROOM,
        )
        .group_by(Loan.department_code)
    )
    counts = dict(counted.all())
    rooms = session.scalars(select(Department).where(Department.code.in_(counts)))
    return [(room, counts[room.code]) for room in rooms]


def current(session: Session, branch: str | None = None) -> Shift | None:
    """The shift that is open in a building."""
    query = select(Shift).where(Shift.closed_at.is_(None), _in(branch))
    return session.scalar(query.order_by(Shift.opened_at.desc()).limit(1))


def recent(session: Session, branch: str | None = None, limit: int = 10) -> Sequence[Shift]:
    """Shifts of a building that are over, the newest first."""
    query = select(Shift).where(Shift.closed_at.is_not(None), _in(branch))
    return session.scalars(query.order_by(Shift.closed_at.desc()).limit(limit)).all()


def last_note(session: Session, branch: str | None = None) -> str:
    """What the last shift of a building left for this one."""
    query = select(Shift.note).where(Shift.closed_at.is_not(None), _in(branch))
    return session.scalar(query.order_by(Shift.closed_at.desc()).limit(1)) or ""


def _in(branch: str | None) -> ColumnElement[bool]:
    return Shift.branch_code.is_not_distinct_from(branch)


def open_shift(
    database: Database, librarian: str, checks: Mapping[str, bool], *, staff_id: int, at: datetime,
    forms: int | None = None,
) -> int:  # fmt: skip
    """Begin a shift where somebody works, named; the one before ends where it was left.

    ValueError without a name.

    `forms`: how many emergency forms were counted.
    """
    name = " ".join(librarian.split())[:_NAME_MAX_SIGNS]
    if not name:
        raise ValueError("somebody is on duty")
    with database.writing() as session:
        day, branch = settings.read(session).day(at), houses.of_staff(session, staff_id)
        before = current(session, branch)
        if before is not None:
            before.closed_at, before.closed_by = at, staff_id
        shift = Shift(
            branch_code=branch, day=day, librarian=name, opened_at=at, opened_by=staff_id,
            opening={**{code: bool(checks.get(code)) for code in OPENING}, "forms_count": forms},
        )  # fmt: skip
        session.add(shift)
        session.flush()
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="shift_opened",
            about=("shift", str(shift.id)), details={"before": None, "after": shift.opening},
        )  # fmt: skip
        return shift.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What whoever closes a shift writes down beside the marks."""

    note: str = ""
    """For the next shift."""
    walked_by: str = ""
    """Who walked through the halls, which signs for it."""
    tokens_missing: int = 0
    """Cloakroom tokens that did not come back."""


def close_shift(
    database: Database, checks: Mapping[str, bool], *, told: Told, staff_id: int, at: datetime
) -> Figures:
    """End the shift of the building where somebody works, with its figures as they are.

    Raises NoShift, Alert while there is one there, Unsigned where the halls were walked by nobody,
    Unticked where something was left out without a word.
    """
    walked = bool(checks.get("walk_through"))
    with database.writing() as session:
        branch = houses.of_staff(session, staff_id)
        if settings.read(session).at_branch(branch).emergency is not Emergency.NONE:
            raise Alert("people may be in the shelter")
        if walked and not told.walked_by.strip():
            raise Unsigned("the walk-through is signed")
        shift = current(session, branch)
        if shift is None:
            raise NoShift("no shift is open")
        if not told.note.strip() and not all(checks.get(code) for code in CLOSING):
            raise Unticked("the next shift hears of what was left out")
        counted = figures(session, shift.day, branch)
        paid = payments.report(session, shift.opened_at, at, Reach(branch))
        shift.closing = {
            "figures": asdict(counted),
            "payments": {
                "count": paid.count,
                "amount": paid.amount,
                "methods": [list(method) for method in paid.by_method()],
            },
            "walked_by": told.walked_by.strip()[:_NAME_MAX_SIGNS] if walked else "",
            "tokens_missing": told.tokens_missing,
            "checks": {code: bool(checks.get(code)) for code in CLOSING},
        }
        shift.closed_at, shift.closed_by = at, staff_id
        shift.note = told.note[:_NOTE_MAX_SIGNS]
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="shift_closed",
            about=("shift", str(shift.id)), details={"before": "open", "after": shift.closing},
        )  # fmt: skip
        return counted
