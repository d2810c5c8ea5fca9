"""The hot path's own connections find every row by an index, however young the tables are."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from server.database import Database
from server.prepared import HeldConnections, Prepared
from server.services import checks_sql as sql
from server.services.checks_sql import ExitBy
from tests.server.centre.town import NOON, Town

ASKED = {
    "event_id": UUID(int=1),
    "token_hash": "nobody",
    "at": NOON,
    "today": date(2026, 7, 1),
    "count_inside": False,
    "ticket_id": "000000000000",
    "credential": "number",
    "value": "2026-0001",
    "slip_number": "E1-0001",
}
QUESTIONS = {
    "entry by ticket": sql.entry(by_credential=False),
    "entry by number": sql.entry(by_credential=True),
    **{f"exit by {by}": sql.exit_(by) for by in ExitBy},
}


def plan(database: Database, question: Prepared) -> str:
    question.sql = f"EXPLAIN {question.sql}"
    held = HeldConnections(database)
    with held.one() as connection:
        connection.execute("ANALYZE")
        return "\n".join(line for (line,) in question.run(connection, ASKED).fetchall())


@pytest.mark.parametrize("asked", QUESTIONS)
@pytest.mark.parametrize("town", ["postgresql"], indirect=True)
def test_postgresql_reads_no_table_through_for_a_check(town: Town, asked: str) -> None:
    question = Prepared(QUESTIONS[asked], town.database.engine.dialect)
    steps = plan(town.database, question).splitlines()
    read_through = {line.split(" on ")[1].split()[0] for line in steps if "Seq Scan on" in line}
    assert read_through <= {"settings_revision"}, "its one row alone is read without an index"
    assert any("on visit" in line for line in steps)


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
def test_whoever_left_today_costs_an_entry_nothing(town: Town) -> None:
    question = Prepared(sql.entry(by_credential=False), town.database.engine.dialect)
    with HeldConnections(town.database).one() as connection:
        question.sql = f"EXPLAIN QUERY PLAN {question.sql}"
        steps = [told for *_, told in question.run(connection, ASKED).fetchall()]
    (counted,) = (step for step in steps if " inside " in step)
    assert "ix_visit_inside" in counted
