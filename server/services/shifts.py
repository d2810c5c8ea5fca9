"""A shift at the Service Centre: what is looked at when it opens, what adds up when it closes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gate.facts import LoanPlace, VisitState
from server.database import Database
from server.models import Department, Loan, LostSlip, OwnItem, Shift, Visit
from server.services import audit, payments, settings, visits

OPENING = ("clock", "test_slip", "alarm_test", "forms")
"""Clock confirmed by eye, test slip, alarm tested, emergency forms counted."""
CLOSING = ("walk_through", "cloakroom", "items_shown", "payments", "paper_visits")
"""Halls walked through, tokens back, own things shown, payments added up, paper visits entered."""
_NOTE_MAX_SIGNS = 2000
_NAME_MAX_SIGNS = 200


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


def figures(session: Session, day: date) -> Figures:
    """Count a day's slips."""
    of_day = session.scalars(
        select(Visit).where(
            Visit.local_day == day, Visit.state != VisitState.NOT_PASSED, visits.of_the_public()
        )
    ).all()
    replaced = session.scalar(
        select(func.count())
        .select_from(LostSlip)
        .join(Visit, Visit.id == LostSlip.visit_id)
        .where(Visit.local_day == day)
    )
    out = [visit for visit in of_day if visit.closed_at is not None and not visit.handed_in]
    let_go = [visit for visit in out if visit.close_reason]
    missing = [visit for visit in out if not visit.close_reason]
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
        items_unapproved=_unapproved(session, day),
    )


def _unapproved(session: Session, day: date) -> int:
    query = (
        select(func.count())
        .select_from(OwnItem)
        .join(Visit, Visit.id == OwnItem.visit_id)
        .where(Visit.local_day == day, OwnItem.approved_name.is_(None))
    )
    return session.scalar(query) or 0


def owing(session: Session, day: date) -> Sequence[tuple[Department, int]]:
    """Departments with documents of reading rooms still out on the day's visits."""
    counted = session.execute(
        select(Loan.department_code, func.count())
        .join(Visit, Visit.id == Loan.visit_id)
        .where(
            Visit.local_day == day,
            Loan.returned_at.is_(None),
            Loan.place == LoanPlace.READING_ROOM,
        )
        .group_by(Loan.department_code)
    )
    counts = dict(counted.all())
    rooms = session.scalars(select(Department).where(Department.code.in_(counts)))
    return [(room, counts[room.code]) for room in rooms]


def current(session: Session) -> Shift | None:
    """The shift that is open."""
    query = select(Shift).where(Shift.closed_at.is_(None)).order_by(Shift.opened_at.desc())
    return session.scalar(query.limit(1))


def recent(session: Session, limit: int = 10) -> Sequence[Shift]:
    """Shifts that are over, the newest first."""
    query = select(Shift).where(Shift.closed_at.is_not(None))
    return session.scalars(query.order_by(Shift.closed_at.desc()).limit(limit)).all()


def last_note(session: Session) -> str:
    """What the last shift left for this one."""
    query = select(Shift.note).where(Shift.closed_at.is_not(None))
    return session.scalar(query.order_by(Shift.closed_at.desc()).limit(1)) or ""


def open_shift(
    database: Database, librarian: str, checks: Mapping[str, bool], *, staff_id: int, at: datetime,
    forms: int | None = None,
) -> int:  # fmt: skip
    """Begin a shift, named; the one before ends where it was left. ValueError without a name.

    `forms`: how many emergency forms were counted.
    """
    name = " ".join(librarian.split())[:_NAME_MAX_SIGNS]
    if not name:
        raise ValueError("somebody is on duty")
    with database.writing() as session:
        day = settings.read(session).day(at)
        before = current(session)
        if before is not None:
            before.closed_at, before.closed_by = at, staff_id
        shift = Shift(
            day=day, librarian=name, opened_at=at, opened_by=staff_id,
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
    """End the shift with its figures as they are.

    Raises NoShift, Alert while there is one, Unsigned where the halls were walked by nobody.
    """
    with database.writing() as session:
        if settings.read(session).is_alarmed:
            raise Alert("people may be in the shelter")
        if checks.get("walk_through") and not told.walked_by.strip():
            raise Unsigned("the walk-through is signed")
        shift = current(session)
        if shift is None:
            raise NoShift("no shift is open")
        counted = figures(session, shift.day)
        paid = payments.report(session, shift.opened_at, at)
        shift.closing = {
            "figures": asdict(counted),
            "payments": {
                "count": paid.count,
                "amount": paid.amount,
                "methods": [list(method) for method in paid.by_method()],
            },
            "walked_by": told.walked_by.strip()[:_NAME_MAX_SIGNS],
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
