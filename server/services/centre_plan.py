"""The information centre's plan and what came of it, by indicator and month (C5.1, C8.1, C8.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from gate.facts import VisitState
from server.database import Database
from server.models import (
    Consultation,
    Department,
    DepartmentKind,
    DepartmentVisit,
    EResource,
    EventKind,
    EventOfDay,
    EventSignup,
    Indicator,
    Mention,
    PaidFor,
    PaidService,
    Partner,
    Payment,
    PlanTarget,
    ServiceCode,
    Visit,
)
from server.services import audit, visits
from server.services.by import By
from server.services.reports.table import Period
from server.services.settings import LibrarySettings

_MOST = 1_000_000
LEVELS = frozenset({Indicator.USERS, Indicator.RESOURCES, Indicator.PARTNERS})
"""What is there, or who: the same in every month, so months are not added up."""
_LONGEST_VISIT = timedelta(days=7)
OURS = select(Department.code).where(Department.kind == DepartmentKind.INFORMATION)
"""Departments of the library whose work is the centre's."""


class NotPossible(ValueError):
    """A target that is no count."""


def plan(database: Database, indicator: Indicator, targets: Mapping[date, int], by: By) -> None:
    """Set what is planned for months, all of them or none; 0 plans nothing. Raises NotPossible."""
    if not all(0 <= target <= _MOST for target in targets.values()):
        raise NotPossible("not_a_count")
    with database.writing() as session:
        rows = session.scalars(
            select(PlanTarget).where(
                PlanTarget.indicator == indicator, PlanTarget.month.in_(targets)
            )
        )
        kept = {row.month: row for row in rows}
        before = {month: kept[month].target if month in kept else 0 for month in targets}
        changed = {month: target for month, target in targets.items() if target != before[month]}
        for month, target in changed.items():
            row = kept.get(month) or PlanTarget(indicator=indicator, month=month)
            row.target = target
            session.add(row)
        if changed:
            audit.record(
                session, at=by.at, actor=by.actor, action="plan_changed",
                about=("plan_target", indicator),
                details={
                    "before": {str(month): before[month] for month in changed},
                    "after": {str(month): target for month, target in changed.items()},
                },
            )  # fmt: skip


def planned(session: Session, period: Period) -> Mapping[Indicator, int]:
    """The sums of all months that begin in the period; of a level the highest month."""
    rows = session.execute(
        select(PlanTarget.indicator, func.sum(PlanTarget.target), func.max(PlanTarget.target))
        .where(PlanTarget.month.between(period.first, period.last))
        .group_by(PlanTarget.indicator)
    )
    return {code: highest if code in LEVELS else total for code, total, highest in rows}


def facts(session: Session, period: Period, library: LibrarySettings) -> Mapping[Indicator, int]:
    """What came of each indicator in a period."""
    first = datetime.combine(period.first, time(), library.zone).astimezone(UTC)
    last = datetime.combine(period.last + timedelta(days=1), time(), library.zone).astimezone(UTC)
    between = _Between(session, first, last, period)
    return {indicator: count(between) for indicator, count in _COUNTS.items()}


class _Between:
    """Counting between two instants, or on the days of a period."""

    def __init__(self, session: Session, first: datetime, last: datetime, period: Period) -> None:
        self._session = session
        self._first = first
        self.last = last
        self.period = period

    def count(self, what: Any, *where: ColumnElement[bool]) -> int:
        return int(self._session.scalar(select(func.coalesce(what, 0)).where(*where)) or 0)

    def at(self, column: Any) -> ColumnElement[bool]:
        return and_(column >= self._first, column < self.last)

    def about(self, day: Any) -> ColumnElement[bool]:
        """On these days or shortly before: a visit ends with its day, or a little after an alarm.

        So the visits of other years need not be read.
        """
        first, last = self.period.first, self.period.last
        return and_(day >= first - _LONGEST_VISIT, day <= last)

    def kept(self, retired_at: Any) -> ColumnElement[bool]:
        """Still on record when the period ended."""
        return or_(retired_at.is_(None), retired_at >= self.last)

    def given(self, *services: ServiceCode) -> tuple[ColumnElement[bool], ...]:
        kinds = (Consultation.service.in_(services),) if services else ()
        return (self.at(Consultation.at), Consultation.struck_at.is_(None), *kinds)

    def marked(self) -> tuple[ColumnElement[bool], ...]:
        """Marks of the centre's own department on slips of the public (E41)."""
        # The few visits of staff, rather than the millions of all others.
        staffs = select(Visit.id).where(visits.of_staff())
        return (
            self.at(DepartmentVisit.first_at),
            DepartmentVisit.department_code.in_(OURS),
            DepartmentVisit.visit_id.not_in(staffs),
        )

    def events(self, *kinds: EventKind) -> tuple[ColumnElement[bool], ...]:
        return (
            self.at(EventOfDay.starts_at),
            EventOfDay.kind.in_(kinds),
            EventOfDay.cancelled_at.is_(None),
        )


_CONFERENCES = (
    EventKind.WEBINAR, EventKind.VIDEO_CONFERENCE, EventKind.AUTHORITY_MEETING,
)  # fmt: skip
"""Video conferences, webinars, and meetings with authorities (C3.1.5)."""
_FREE = tuple(code for code in ServiceCode if code is not ServiceCode.BRANCH_ADVICE)


def _visits(between: _Between) -> int:
    return between.count(func.count(DepartmentVisit.visit_id), *between.marked())


def _users(between: _Between) -> int:
    marked = select(DepartmentVisit.visit_id).where(*between.marked())
    # A sum of a list without repeats: counting the distinct would sort them.
    came = select(Visit.ticket_id).where(between.about(Visit.local_day), Visit.id.in_(marked))
    once = came.distinct().subquery()
    return between.count(func.count(once.c.ticket_id))


def _came(between: _Between, *kinds: EventKind) -> int:
    """Persons with a slip of the event, those ticked off without one, and those from elsewhere."""
    events = select(EventOfDay.id).where(*between.events(*kinds))
    with_slip = between.count(
        func.sum(Visit.persons), Visit.event_id.in_(events), Visit.state != VisitState.NOT_PASSED
    )
    without = between.count(
        func.sum(EventSignup.persons), EventSignup.event_id.in_(events),
        EventSignup.came_at.is_not(None), EventSignup.visit_id.is_(None),
        EventSignup.cancelled_at.is_(None),
    )  # fmt: skip
    elsewhere = between.count(func.sum(EventOfDay.online_persons), *between.events(*kinds))
    return with_slip + without + elsewhere


def _resources(between: _Between) -> int:
    """Those that were in the catalogue when the period ended."""
    added = or_(EResource.added_at.is_(None), EResource.added_at < between.last)
    return between.count(func.count(EResource.id), added, between.kept(EResource.retired_at))


def _paid(between: _Between) -> int:
    """Sales of services that are the centre's own, those by mistake left out."""
    return between.count(
        func.count(Payment.id), between.at(Payment.at), Payment.paid_for == PaidFor.SERVICE,
        Payment.cancelled_at.is_(None),
        Payment.service_id.in_(
            select(PaidService.id).where(PaidService.department_code.in_(OURS))
        ),
    )  # fmt: skip


def _partners(between: _Between) -> int:
    """Those with whom something was agreed on a day of the period."""
    return between.count(
        func.count(Partner.id), Partner.since <= between.period.last,
        or_(Partner.until.is_(None), Partner.until >= between.period.first),
        between.kept(Partner.retired_at),
    )  # fmt: skip


_COUNTS: Mapping[Indicator, Callable[[_Between], int]] = MappingProxyType(
    {
        Indicator.VISITS: _visits,
        Indicator.USERS: _users,
        Indicator.CONSULTATIONS: lambda b: b.count(func.count(Consultation.id), *b.given(*_FREE)),
        Indicator.TRAININGS: lambda b: b.count(
            func.count(EventOfDay.id), *b.events(EventKind.TRAINING)
        ),
        Indicator.TRAINED: lambda b: (
            _came(b, EventKind.TRAINING)
            + b.count(func.sum(Consultation.persons), *b.given(ServiceCode.SKILLS))
        ),
        Indicator.CONFERENCES: lambda b: b.count(
            func.count(EventOfDay.id), *b.events(*_CONFERENCES)
        ),
        Indicator.CONFERENCE_PARTICIPANTS: lambda b: _came(b, *_CONFERENCES),
        Indicator.BRANCH_ADVICE: lambda b: b.count(
            func.count(Consultation.id), *b.given(ServiceCode.BRANCH_ADVICE)
        ),
        Indicator.RESOURCES: _resources,
        Indicator.PAID_SERVICES: _paid,
        Indicator.PARTNERS: _partners,
        Indicator.MENTIONS: lambda b: b.count(
            func.count(Mention.id),
            Mention.on_day.between(b.period.first, b.period.last),
            Mention.retired_at.is_(None),
        ),
    }
)
