"""Days and terms: everything is counted in the library's own calendar days (fault 20)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from gate.facts import DocumentClass, Freshness, Policy, Source, VisitFacts

_LONGEST_CLOSURE_DAYS = 366
_SHORT_TERM = frozenset({DocumentClass.HIGH_DEMAND, DocumentClass.PERIODICAL})


def local_date(at: datetime, policy: Policy) -> date:
    """The library's calendar day of an instant."""
    return at.astimezone(policy.timezone).date()


def in_grace(today: date, policy: Policy) -> bool:
    """Whether last year's registration still holds, with a warning (E20, E21)."""
    return (today.month, today.day) <= policy.grace_until_month_day


def is_of_day(visit: VisitFacts, at: datetime, policy: Policy) -> bool:
    """Whether the visit began on the day of this instant."""
    return local_date(visit.opened_at, policy) == local_date(at, policy)


def is_away_from_server(freshness: Freshness) -> bool:
    """Whether the facts come from the station's copy."""
    return freshness.source is Source.COPY


def due_on(
    document: DocumentClass, issued: date, is_open: Callable[[date], bool], policy: Policy
) -> date:
    """Last day of a home loan: 30 days, 15 for what is in high demand (R3.2.3, S06).

    A term that ends on a closed day ends on the next open one; `is_open` tells which those are.
    """
    days = policy.short_loan_days if document in _SHORT_TERM else policy.home_loan_days
    last = issued + timedelta(days=days)
    later = (last + timedelta(days=more) for more in range(_LONGEST_CLOSURE_DAYS))
    return next((day for day in later if is_open(day)), last)


def held_until(shelved: date, policy: Policy, *, extended: bool = False) -> date:
    """Last day on the reserve shelf: 3 calendar days with the first, 5 more on wish (R3.2.10-11).

    The day after, the document is free again (S09).
    """
    more = policy.shelf_extension_days if extended else 0
    return shelved + timedelta(days=policy.shelf_days - 1 + more)
