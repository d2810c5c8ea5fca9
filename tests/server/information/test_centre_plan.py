"""The centre's plan and fact: indicators counted from its log and its events (C5.1, C8.1, C8.2)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from server.models import (
    AuditRecord,
    Department,
    DepartmentKind,
    DepartmentVisit,
    EventKind,
    EventOfDay,
    Indicator,
    PlanTarget,
    ServiceCode,
)
from server.services import centre_plan, consultations, settings
from server.services.reports.catalogue import ReportCode, make
from server.services.reports.table import Period
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.information.computers import by

MONTH = Period.of_month(NOON.date())


def count(library: Library, indicator: Indicator) -> int:
    with library.database.reading() as session:
        return centre_plan.facts(session, MONTH, settings.read(session))[indicator]


@pytest.mark.clause("C5.1", "C8.1", "C8.2")
def test_plan_and_fact_stand_side_by_side(centre_desk: Desk, library: Library) -> None:
    months = {f"m{month}": "40" if month == NOON.month else "0" for month in range(1, 13)}
    centre_desk.post(
        "/centre/plan", indicator="consultations", year=str(NOON.year), **months
    )  # fmt: skip
    for _ in range(10):
        centre_desk.post("/centre/service", service="search")
    table = make(library.database, ReportCode.CENTRE, MONTH)
    told = {line[0]: line[1:] for line in table.rows}
    assert told[Indicator.CONSULTATIONS] == (40, 10, 25)
    assert told[Indicator.PARTNERS][2] is None
    assert table.total is None, "indicators are not added up"
    assert "План центру" in centre_desk.get("/centre/plan")
    assert "план і факт" in centre_desk.get("/reports/centre")


def test_a_plan_is_kept_whole_or_not_at_all_and_told_once(library: Library) -> None:
    months = {date(NOON.year, 1, 1): 5, date(NOON.year, 2, 1): 7}
    centre_plan.plan(library.database, Indicator.MENTIONS, months, by(library))
    centre_plan.plan(library.database, Indicator.MENTIONS, months, by(library))
    worse = {date(NOON.year, 1, 1): 6, date(NOON.year, 2, 1): -1}
    with pytest.raises(centre_plan.NotPossible):
        centre_plan.plan(library.database, Indicator.MENTIONS, worse, by(library))
    with library.database.reading() as session:
        kept = {row.month: row.target for row in session.scalars(select(PlanTarget))}
        told = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "plan_changed")
        ).all()
    assert kept == months
    assert [entry.details["after"] for entry in told] == [{"2025-01-01": 5, "2025-02-01": 7}]


@pytest.mark.clause("C3.1.4", "C3.1.5")
def test_trainings_and_conferences_are_counted_with_who_was_there_and_elsewhere(
    library: Library,
) -> None:
    for kind, online in (
        (EventKind.TRAINING, None), (EventKind.WEBINAR, 12), (EventKind.AUTHORITY_MEETING, 5),
        (EventKind.MEETING, 40),
    ):  # fmt: skip
        with library.database.writing() as session:
            session.add(
                EventOfDay(
                    id=kind.value, title="Захід", hall="Зала", kind=kind, doors_at=NOON,
                    starts_at=NOON, ends_at=NOON + timedelta(hours=1), online_persons=online,
                )
            )  # fmt: skip
    given = consultations.Given(service=ServiceCode.SKILLS, persons=3)
    consultations.give(library.database, given, by(library))
    assert count(library, Indicator.TRAININGS) == 1
    assert count(library, Indicator.TRAINED) == 3
    assert count(library, Indicator.CONFERENCES) == 2, "a meeting with a writer is none"
    assert count(library, Indicator.CONFERENCE_PARTICIPANTS) == 17


def test_the_centre_s_visits_are_the_marks_of_its_department(library: Library) -> None:
    with library.database.writing() as session:
        session.add(Department(code="IC", name="Центр", kind=DepartmentKind.INFORMATION))
        session.flush()
        session.add(DepartmentVisit(visit_id=library.visit, department_code="IC", first_at=NOON))
    assert count(library, Indicator.VISITS) == 1
    assert count(library, Indicator.USERS) == 1


@pytest.mark.clause("C3.1.5")
def test_a_talk_with_an_authority_is_a_service_that_counts(
    centre_desk: Desk, library: Library
) -> None:
    centre_desk.post("/centre/service", service="conference", minutes="20")
    assert count(library, Indicator.CONSULTATIONS) == 1


def test_plans_of_what_stands_are_not_added_up(library: Library) -> None:
    months = {date(NOON.year, 1, 1): 10, date(NOON.year, 2, 1): 12}
    for indicator in (Indicator.RESOURCES, Indicator.CONSULTATIONS):
        centre_plan.plan(library.database, indicator, months, by(library))
    with library.database.reading() as session:
        told = centre_plan.planned(session, Period.of_year(NOON.year))
    assert told == {Indicator.RESOURCES: 12, Indicator.CONSULTATIONS: 22}
