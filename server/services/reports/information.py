"""The information centre: plan and fact, services given, what was asked for (C2.2b, C8.1, C8.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from gate.events import Topic
from server.models import Branch, Consultation, Demand, Indicator, Outcome, ServiceCode
from server.services import centre_plan
from server.services.reports.lending import within
from server.services.reports.table import Column, Period, Table, Unit
from server.services.settings import LibrarySettings

_PER_CENT = 100


def indicators(session: Session, period: Period, library: LibrarySettings) -> Table:
    """Every indicator with its plan, what came of it, and how much of the plan that is."""
    planned = centre_plan.planned(session, period)
    facts = centre_plan.facts(session, period, library)
    columns = (
        Column("indicator", Unit.CODE), Column("planned", Unit.NUMBER), Column("fact", Unit.NUMBER),
        Column("done", Unit.PERCENT),
    )  # fmt: skip
    rows = [_row(indicator, planned, facts) for indicator in Indicator]
    return Table(columns, rows, charted=("done",))


def _row(
    indicator: Indicator, planned: Mapping[Indicator, int], facts: Mapping[Indicator, int]
) -> tuple[Any, ...]:
    plan, fact = planned.get(indicator, 0), facts[indicator]
    return indicator, plan, fact, round(fact * _PER_CENT / plan) if plan else None


def by_service(session: Session, period: Period, library: LibrarySettings) -> Table:
    """Services given: how often, to how many, how long."""
    found = _given(session, period, library, Consultation.service)
    rows = [(code, *found.get(code, (0, 0, 0, 0))) for code in ServiceCode]
    return Table((Column("service", Unit.CODE), *_COUNTED), rows, charted=("services",))


def by_topic(session: Session, period: Period, library: LibrarySettings) -> Table:
    """The same by what it was about."""
    found = _given(session, period, library, Consultation.topic)
    rows = [(code, *found.get(code, (0, 0, 0, 0))) for code in Topic]
    return Table((Column("topic", Unit.CODE), *_COUNTED), rows, charted=("services",))


_COUNTED = (Column("services"), Column("persons"), Column("minutes"), Column("not_found"))


def _given(
    session: Session, period: Period, library: LibrarySettings, by: Any
) -> Mapping[Any, tuple[int, int, int, int]]:
    rows = session.execute(
        select(
            by,
            func.count(),
            func.sum(Consultation.persons),
            func.sum(Consultation.minutes),
            func.sum(case((Consultation.outcome == Outcome.NOT_FOUND, 1), else_=0)),
        )
        .where(within(Consultation.at, period, library), Consultation.struck_at.is_(None))
        .group_by(by)
    )
    return {code: (count, persons, minutes, lost) for code, count, persons, minutes, lost in rows}


def by_branch(session: Session, period: Period, library: LibrarySettings) -> Table:
    """Advice to the librarians of each branch (C3.1.6, C4)."""
    rows = session.execute(
        select(Branch.name, func.count(Consultation.id), func.sum(Consultation.minutes))
        .join(Consultation, Consultation.branch_code == Branch.code)
        .where(
            within(Consultation.at, period, library),
            Consultation.struck_at.is_(None),
            Consultation.service == ServiceCode.BRANCH_ADVICE,
        )
        .group_by(Branch.name, Branch.position)
        .order_by(Branch.position, Branch.name)
    )
    columns = (Column("branch", Unit.TEXT), Column("services"), Column("minutes"))
    return Table(columns, [tuple(row) for row in rows], charted=("services",))


def demand(session: Session, period: Period, library: LibrarySettings) -> Table:
    """What people asked for, the most asked first; what was missing is counted apart."""
    rows = session.execute(
        select(
            Demand.asked,
            Demand.topic,
            func.count(),
            func.sum(case((Demand.missing, 1), else_=0)),
        )
        .where(within(Demand.at, period, library), Demand.struck_at.is_(None))
        .group_by(Demand.asked, Demand.topic)
        .order_by(func.count().desc(), Demand.asked)
    )
    columns = (
        Column("asked", Unit.TEXT), Column("topic", Unit.CODE), Column("count"), Column("missing"),
    )  # fmt: skip
    return Table(columns, [tuple(row) for row in rows])
