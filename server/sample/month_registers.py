"""What the sample's information centre administers: resources, prices, equipment, papers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from server.models import (
    Equipment,
    EResource,
    GoverningDocument,
    Mention,
    PaidService,
    Partner,
)
from server.sample.days import Day
from server.services import audit

_DEPARTMENT = "11"
_A_YEAR = timedelta(days=365)
_PRICE_DAYS_AGO = 300
_Entries = list[dict[str, Any]]


def write_registers(session: Session, told: dict[str, Any], day: Day, staff_id: int) -> None:
    """Write every register."""
    _resources(session, told["resource"], day, staff_id)
    session.add_all(Equipment(acquired_on=day.days(-800), **entry) for entry in told["equipment"])
    _partners(session, told["partner"], day)
    last_month = (day.today.replace(day=1) - timedelta(days=1)).replace(day=1)
    for entry in told["mention"]:
        on_day = last_month.replace(day=entry["day"])
        session.add(Mention(title=entry["title"], medium=entry["medium"], on_day=on_day))
    _papers(session, told["paper"], day)
    _prices(session, told["price"], day, last_month.replace(day=15))
    session.flush()


def _resources(session: Session, entries: _Entries, day: Day, staff_id: int) -> None:
    for position, entry in enumerate(entries):
        ago = entry.pop("checked_days_ago", None)
        session.add(
            EResource(
                position=position, language="uk", added_at=day.now - _A_YEAR, **entry,
                checked_on=None if ago is None else day.days(-ago),
                checked_by=None if ago is None else staff_id,
            )
        )  # fmt: skip


def _partners(session: Session, entries: _Entries, day: Day) -> None:
    for entry in entries:
        ended = entry.pop("until_days_ago", None)
        since = day.days(-entry.pop("since_days_ago"))
        until = None if ended is None else day.days(-ended)
        session.add(Partner(since=since, until=until, **entry))


def _papers(session: Session, entries: _Entries, day: Day) -> None:
    for entry in entries:
        approved = day.days(-entry.pop("approved_days_ago"))
        replaced = entry.pop("replaced_days_ago", None)
        session.add(
            GoverningDocument(
                approved_on=approved, in_force_from=approved,
                replaced_on=None if replaced is None else day.days(-replaced), **entry,
            )
        )  # fmt: skip


def _prices(session: Session, entries: _Entries, day: Day, raised_on: date) -> None:
    """The price list; what was raised keeps its earlier version in the log, as the page does."""
    first = day.days(-_PRICE_DAYS_AGO)
    for position, entry in enumerate(entries):
        before, order_before = entry.pop("before", None), entry.pop("order_before", "")
        approved = first if before is None else raised_on
        service = PaidService(
            position=position, department_code=_DEPARTMENT, approved_on=approved, **entry
        )
        session.add(service)
        session.flush()
        if before is not None:
            audit.record(
                session, at=day.at(raised_on), actor="system",
                action="paid_service_changed", about=("paid_service", str(service.id)),
                details={
                    "before": {"price": before, "order_number": order_before,
                               "approved_on": first.isoformat()},
                    "after": {"price": service.price, "order_number": service.order_number,
                              "approved_on": approved.isoformat()},
                },
            )  # fmt: skip
