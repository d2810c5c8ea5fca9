"""A branch is closed or handed over with everything that it has (C9)."""

from __future__ import annotations

import csv
import zipfile
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import select

from server.models import (
    Branch,
    Department,
    DepartmentVisit,
    Hall,
    Loan,
    Station,
    StationRole,
    Visit,
)
from server.services import branch_closing, stations
from server.services.branch_closing import NotPossible
from tests.server.console.library import NOON, Library


@pytest.fixture
def branch(library: Library) -> str:
    """A branch with a department, a hall, a station, and the library's visit at that station."""
    with library.database.writing() as session:
        session.add(Branch(code="2", name="Філія"))
        session.flush()
        session.add(Department(code="21", name="Абонемент філії", branch_code="2"))
        session.add(Hall(name="Зала філії", branch_code="2"))
        session.add(
            Station(
                code="B1", name="Вхід філії", role=StationRole.BOTH, branch_code="2",
                created_at=NOON, paired_at=NOON, token_hash="a-secret-hash",
            )
        )  # fmt: skip
        session.flush()
        session.get_one(Visit, library.visit).station_code = "B1"
        session.add(DepartmentVisit(visit_id=library.visit, department_code="21", first_at=NOON))
    return "2"


def rows(file: Path, table: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(file) as archive:
        return list(csv.DictReader(StringIO(archive.read(f"{table}.csv").decode("utf-8"))))


@pytest.mark.clause("C9")
def test_everything_of_a_branch_leaves_and_nothing_of_another(
    library: Library, branch: str, tmp_path: Path
) -> None:
    file = tmp_path / "branch.zip"
    written = branch_closing.export(library.database, branch, file)
    assert [row["name"] for row in rows(file, "department")] == ["Абонемент філії"]
    assert [row["name"] for row in rows(file, "hall")] == ["Зала філії"]
    assert written["visit"] == 1
    assert [row["department_code"] for row in rows(file, "department_visit")] == ["21"]
    assert "a-secret-hash" not in zipfile.ZipFile(file).read("station.csv").decode()


@pytest.mark.clause("C9")
def test_a_branch_with_people_loans_or_stations_is_not_closed(
    library: Library, branch: str
) -> None:
    with library.database.writing() as session:
        loan = session.scalars(select(Loan).where(Loan.returned_at.is_(None))).first()
        assert loan is not None
        loan.department_code = "21"
    with pytest.raises(NotPossible) as told:
        branch_closing.close(library.database, branch, actor="system", at=NOON)
    found = told.value.obstacles
    assert (found.loans, found.inside, found.stations) == (1, 1, 1)


@pytest.mark.clause("C9")
def test_once_nothing_is_open_it_ends_with_its_departments_and_halls(
    library: Library, branch: str
) -> None:
    stations.revoke(library.database, "B1", actor="system", at=NOON)
    with library.database.writing() as session:
        session.get_one(Visit, library.visit).closed_at = NOON
    branch_closing.close(library.database, branch, actor="system", at=NOON + timedelta(hours=1))
    with library.database.reading() as session:
        ended = [
            session.get_one(Branch, branch).retired_at,
            session.get_one(Department, "21").retired_at,
            session.scalars(select(Hall).where(Hall.branch_code == branch)).one().retired_at,
        ]
        other = session.get_one(Department, "2").retired_at
    assert all(ended)
    assert other is None


def test_no_branch_of_ours_is_said(library: Library, tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        branch_closing.export(library.database, "99", tmp_path / "x.zip")
