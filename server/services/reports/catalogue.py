"""All reports by their codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy.orm import Session

from server.database import Database
from server.services import settings
from server.services.reports import attendance, information, lending, register
from server.services.reports.table import Period, Table
from server.services.settings import LibrarySettings


class ReportCode(StrEnum):
    """A report."""

    VISITS_BY_DAY = "visits_by_day"
    VISITS_BY_MONTH = "visits_by_month"
    VISITS_BY_HOUR = "visits_by_hour"
    VISITS_BY_DEPARTMENT = "visits_by_department"
    VISITS_BY_CATEGORY = "visits_by_category"
    EVENTS = "events"
    ENROLMENTS = "enrolments"
    LOANS_BY_DEPARTMENT = "loans_by_department"
    LOANS_BY_CLASS = "loans_by_class"
    OVERDUE = "overdue"
    DAY_BOOK = "day_book"
    FORM_6NK = "form_6nk"
    YEARLY = "yearly"
    CENTRE = "centre"
    CENTRE_SERVICES = "centre_services"
    CENTRE_TOPICS = "centre_topics"
    CENTRE_DEMAND = "centre_demand"
    CENTRE_BRANCHES = "centre_branches"


@dataclass(frozen=True, slots=True)
class Report:
    """How a report is made."""

    make: Callable[[Session, Period, LibrarySettings], Table]
    is_personal: bool = False
    """It names readers, and is for those alone who may see their records."""
    parts: Sequence[ReportCode] = ()
    """Reports that follow it on the same paper and in the same workbook."""


REPORTS: Mapping[ReportCode, Report] = MappingProxyType(
    {
        ReportCode.VISITS_BY_DAY: Report(attendance.by_day),
        ReportCode.VISITS_BY_MONTH: Report(attendance.by_month),
        ReportCode.VISITS_BY_HOUR: Report(attendance.by_hour),
        ReportCode.VISITS_BY_DEPARTMENT: Report(attendance.by_department),
        ReportCode.VISITS_BY_CATEGORY: Report(attendance.by_category),
        ReportCode.EVENTS: Report(attendance.by_event),
        ReportCode.ENROLMENTS: Report(register.enrolments),
        ReportCode.LOANS_BY_DEPARTMENT: Report(lending.by_department),
        ReportCode.LOANS_BY_CLASS: Report(lending.by_class),
        ReportCode.OVERDUE: Report(lending.overdue, is_personal=True),
        ReportCode.DAY_BOOK: Report(register.day_book),
        ReportCode.FORM_6NK: Report(register.form_6nk),
        ReportCode.YEARLY: Report(register.yearly),
        ReportCode.CENTRE: Report(
            information.indicators,
            parts=(
                ReportCode.CENTRE_SERVICES,
                ReportCode.CENTRE_TOPICS,
                ReportCode.CENTRE_DEMAND,
                ReportCode.CENTRE_BRANCHES,
            ),
        ),
        ReportCode.CENTRE_SERVICES: Report(information.by_service),
        ReportCode.CENTRE_TOPICS: Report(information.by_topic),
        ReportCode.CENTRE_DEMAND: Report(information.demand),
        ReportCode.CENTRE_BRANCHES: Report(information.by_branch),
    }
)


@contextmanager
def opened(database: Database, *codes: ReportCode, period: Period) -> Iterator[list[Table]]:
    """Work reports out; rows that are many are read while this is open."""
    with database.reading_much() as session:
        library = settings.read(session)
        yield [REPORTS[code].make(session, period, library) for code in codes]


def make(database: Database, code: ReportCode, period: Period) -> Table:
    """Work a report out, with all its rows."""
    with opened(database, code, period=period) as (table,):
        return replace(table, rows=list(table.rows))
