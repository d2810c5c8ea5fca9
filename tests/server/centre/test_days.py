"""The end of a day, which only the server closes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from gate.events import RowTable
from gate.facts import LoanPlace, VisitState
from server.models import Change, Loan, Visit
from server.services import days
from tests.server.centre.town import NOON, TODAY, Town

TOMORROW = NOON + timedelta(days=1)


@pytest.mark.scenario("X10", "X19", "E28")
def test_open_visits_end_by_what_is_missing(town: Town) -> None:
    away, reading, plain = town.inside(), town.inside(), town.inside()
    town.change(Visit, away.visit_id, state=VisitState.AWAY)
    town.issue(reading)
    assert days.close_past_days(town.database, at=NOON) == 0
    assert days.close_past_days(town.database, at=TOMORROW) == 3
    assert days.close_past_days(town.database, at=TOMORROW) == 0
    with town.database.reading() as session:
        states = [
            session.get_one(Visit, answer.visit_id).state for answer in (away, reading, plain)
        ]
    assert states == [VisitState.CLOSED, VisitState.UNRESOLVED, VisitState.NOT_RETURNED]


@pytest.mark.scenario("E27")
def test_stations_hear_whose_loans_are_overdue_since_today(town: Town) -> None:
    ticket = town.ticket()
    loan = town.issue(town.inside(ticket), place=LoanPlace.HOME)
    town.change(Loan, loan.loan_id, due_on=TODAY)
    days.close_past_days(town.database, at=TOMORROW)
    with town.database.reading() as session:
        newest = session.scalars(
            select(Change.row_key)
            .where(Change.row_table == RowTable.TICKET)
            .order_by(Change.id.desc())
        ).first()
    assert newest == ticket
    answer = town.check(town.code(ticket), at=TOMORROW)
    assert "loans_overdue" in [reason.code.value for reason in answer.reasons]
