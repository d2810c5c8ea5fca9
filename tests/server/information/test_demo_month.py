"""The reports of the sample's month, recounted from the rows of the log by other means.

The recount reads plain rows with SQL of its own and adds them up here: nothing of what makes the
reports is used. And what the file `month.toml` says comes out as anybody may count it by hand.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.models import Indicator
from server.sample.month import source
from server.services import payments
from server.services.reports.catalogue import ReportCode, make
from server.services.reports.table import Period
from tests.server.sample.library import KYIV, Sample, kyiv, sample_of

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
OF_TRAINING = ("training",)
OF_CONFERENCE = ("webinar", "video_conference")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """A Friday in November; its last month is October, in which the clocks go back."""
    with sample_of(tmp_path_factory.mktemp("month") / "library", kyiv("2026-11-20", "12:37")) as it:
        yield it


@pytest.fixture(scope="module")
def rows(sample: Sample) -> Mapping[str, list[dict[str, Any]]]:
    """Every row of the tables that the log is in."""
    tables = (
        "consultation", "demand", "department_visit", "visit", "event_of_day", "event_signup",
        "payment", "paid_service", "partner", "mention", "e_resource", "plan_target", "department",
    )  # fmt: skip
    return _read(sample.folder / "library.sqlite", tables)


def _read(file: Path, tables: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    connection = sqlite3.connect(file)
    connection.row_factory = sqlite3.Row
    found = {
        table: list(map(dict, connection.execute(f"SELECT * FROM {table}")))  # noqa: S608
        for table in tables
    }
    connection.close()
    return found


def october(text: str) -> bool:
    """Whether an instant of the database lies in October by the library's clock."""
    at = datetime.fromisoformat(text)
    local = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(KYIV)
    return (local.year, local.month) == (2026, 10)


def recount(rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, int]:
    """The twelve indicators of October, from the rows alone."""
    given = [row for row in rows["consultation"] if october(row["at"]) and not row["struck_at"]]
    free = Counter(row["service"] for row in given)
    ours = {row["code"] for row in rows["department"] if row["kind"] == "information"}
    marks = [row for row in rows["department_visit"]
             if row["department_code"] in ours and october(row["first_at"])]  # fmt: skip
    visit = {row["id"]: row for row in rows["visit"]}
    events = [row for row in rows["event_of_day"] if october(row["starts_at"])]
    came = dict.fromkeys((OF_TRAINING, OF_CONFERENCE), 0)
    for kinds in came:
        ids = {row["id"] for row in events if row["kind"] in kinds}
        came[kinds] = sum(row["persons"] for row in rows["visit"] if row["event_id"] in ids)
        came[kinds] += sum(row["online_persons"] or 0 for row in events if row["id"] in ids)
    skills = sum(row["persons"] for row in given if row["service"] == "skills")
    first, last = OCTOBER.first.isoformat(), OCTOBER.last.isoformat()
    return {
        "visits": len(marks),
        "users": len({visit[row["visit_id"]]["ticket_id"] for row in marks}),
        "consultations": sum(free.values()) - free["branch_advice"],
        "trainings": sum(row["kind"] in OF_TRAINING for row in events),
        "trained": came[OF_TRAINING] + skills,
        "conferences": sum(row["kind"] in OF_CONFERENCE for row in events),
        "conference_participants": came[OF_CONFERENCE],
        "branch_advice": free["branch_advice"],
        "resources": sum(row["retired_at"] is None for row in rows["e_resource"]),
        "paid_services": sum(
            row["paid_for"] == "service" and october(row["at"]) for row in rows["payment"]
        ),
        "partners": sum(
            row["since"] <= last and (row["until"] is None or row["until"] >= first)
            for row in rows["partner"]
        ),
        "mentions": sum(first <= row["on_day"] <= last for row in rows["mention"]),
    }  # fmt: skip


def told(sample: Sample, code: ReportCode) -> dict[str, tuple[Any, ...]]:
    table = make(sample.database, code, OCTOBER)
    return {str(line[0]): line[1:] for line in table.rows}


@pytest.mark.clause("C8.1", "C8.2", "C5.1")
def test_every_indicator_of_the_month_is_what_the_rows_add_up_to(
    sample: Sample, rows: Mapping[str, list[dict[str, Any]]]
) -> None:
    counted = recount(rows)
    reported = told(sample, ReportCode.CENTRE)
    assert set(counted) == {indicator.value for indicator in Indicator}
    assert {name: line[1] for name, line in reported.items()} == counted
    assert all(counted.values()), "every indicator has something to count"
    planned = {
        row["indicator"]: row["target"] for row in rows["plan_target"]
        if row["month"] == "2026-10-01"
    }  # fmt: skip
    assert {name: line[0] for name, line in reported.items()} == planned
    assert reported["consultations"][2] == round(100 * counted["consultations"] / 100)


@pytest.mark.clause("C3.1", "C8.2")
@pytest.mark.parametrize(
    "code, by", [(ReportCode.CENTRE_SERVICES, "service"), (ReportCode.CENTRE_TOPICS, "topic")]
)
def test_services_and_topics_add_up_to_the_log(
    sample: Sample, rows: Mapping[str, list[dict[str, Any]]], code: ReportCode, by: str
) -> None:
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in rows["consultation"]:
        if october(row["at"]) and not row["struck_at"]:
            line = counted[row[by]]
            line[0] += 1
            line[1] += row["persons"]
            line[2] += row["minutes"]
            line[3] += row["outcome"] == "not_found"
    reported = {name: list(line) for name, line in told(sample, code).items() if line[0]}
    assert reported == dict(counted)


@pytest.mark.clause("C2.2b")
def test_demand_adds_up_to_the_log(
    sample: Sample, rows: Mapping[str, list[dict[str, Any]]]
) -> None:
    of_month = [row for row in rows["demand"] if october(row["at"])]
    asked = Counter(row["asked"] for row in of_month)
    missing = Counter(row["asked"] for row in of_month if row["missing"])
    reported = told(sample, ReportCode.CENTRE_DEMAND)
    assert {name: line[1] for name, line in reported.items()} == asked
    assert {name: line[2] for name, line in reported.items() if line[2]} == missing


@pytest.mark.clause("C8.2")
def test_a_person_with_the_calendar_and_the_file_comes_to_the_same(sample: Sample) -> None:
    """October 2026 begins on a Thursday: five of Thursday, Friday and Saturday, four of others."""
    times = {1: 4, 2: 4, 3: 4, 4: 5, 5: 5, 6: 5}
    kept = [entry for entry in source()["service"] if not entry.get("struck")]
    by_hand = sum(times[entry["weekday"]] for entry in kept if entry["service"] != "branch_advice")
    assert by_hand == 4 * 3 + 4 * 4 + 4 * 5 + 5 * 3 + 5 * 3 + 5 * 3 == 93
    assert told(sample, ReportCode.CENTRE)["consultations"][1] == by_hand
    assert told(sample, ReportCode.CENTRE)["branch_advice"][1] == 4 + 5
    assert told(sample, ReportCode.CENTRE_BRANCHES) == {"Філія в Заріччі": (9, 4 * 25 + 5 * 15)}
    asked = told(sample, ReportCode.CENTRE_DEMAND)["субсидія на опалення"]
    assert asked[1] == times[1] + times[4]


@pytest.mark.clause("C3.2", "C3.1.7")
def test_what_a_day_sold_follows_the_price_list_of_that_day(sample: Sample) -> None:
    """Six pages of printing on a Wednesday: by the old price before the 15th, then by the new."""
    sums = {}
    for day in (7, 21):
        begins = datetime(2026, 10, day, tzinfo=KYIV)
        with sample.database.reading() as session:
            sold = payments.sales(session, begins, begins + timedelta(days=1))
            sums[day] = [row.amount for row in sold]
    assert sums == {7: [6 * 350, 2 * 500], 21: [6 * 400, 2 * 500]}


def test_the_same_day_writes_the_same_month(
    sample: Sample, rows: Mapping[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    with sample_of(tmp_path / "again", sample.now) as again:
        other = _read(again.folder / "library.sqlite", ("consultation", "demand", "payment"))
    for table, found in other.items():
        plain = [[row | {"visit_id": None} for row in one] for one in (found, rows[table])]
        assert plain[0] == plain[1], table


@pytest.mark.parametrize("patrons", [1, 60])
def test_a_sample_of_any_size_and_day_has_its_month(tmp_path: Path, patrons: int) -> None:
    new_year = kyiv("2027-01-01", "09:00")
    with sample_of(tmp_path / "library", new_year, patrons=patrons) as it:
        december = Period(date(2026, 12, 1), date(2026, 12, 31))
        table = make(it.database, ReportCode.CENTRE, december)
    assert {str(line[0]): line[2] for line in table.rows}[
        "consultations"
    ] == 4 * 3 + 5 * 4 + 5 * 5 + (5 * 3 + 4 * 3 + 4 * 3)
