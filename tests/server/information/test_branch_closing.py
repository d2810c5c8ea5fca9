"""A branch is closed or handed over with everything that it has (C9)."""

from __future__ import annotations

import csv
import os
import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from sqlalchemy import select

from gate.facts import Emergency
from server.models import (
    Branch,
    Department,
    DepartmentVisit,
    Document,
    EmergencyCase,
    EmergencyOrigin,
    EventOfDay,
    EventSignup,
    Hall,
    Hold,
    Loan,
    Role,
    Staff,
    Station,
    StationRole,
    Visit,
)
from server.services import branch_closing, branch_export, emergencies, stations
from server.services.branch_closing import NotPossible
from server.services.branch_export import CONTENTS
from tests.server.console.desk import Desk, secret_of
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited


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
        visit = session.get_one(Visit, library.visit)
        visit.station_code, visit.branch_code = "B1", "2"
        session.add(DepartmentVisit(visit_id=library.visit, department_code="21", first_at=NOON))
    return "2"


def rows(file: Path, table: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(file) as archive:
        text = archive.read(f"{table}.csv").decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text), delimiter=";"))


@pytest.mark.clause("C9")
def test_everything_of_a_branch_leaves_and_nothing_of_another(
    library: Library, branch: str, tmp_path: Path
) -> None:
    file = tmp_path / "branch.zip"
    written = branch_export.export(library.database, branch, file, at=NOON)
    assert [row["name"] for row in rows(file, "department")] == ["Абонемент філії"]
    assert [row["name"] for row in rows(file, "hall")] == ["Зала філії"]
    assert written["visit"] == 1
    assert {row["visit_id"] for row in rows(file, "department_visit")} == {str(library.visit)}
    assert "token_hash" not in rows(file, "station")[0]


@pytest.mark.clause("C9")
def test_a_branch_with_people_loans_or_stations_is_not_closed(
    library: Library, branch: str
) -> None:
    with library.database.writing() as session:
        loan = session.scalars(select(Loan).where(Loan.returned_at.is_(None))).first()
        assert loan is not None
        loan.department_code = "21"
    with pytest.raises(NotPossible) as told:
        branch_closing.close(library.database, branch, staff_id=None, at=NOON)
    found = told.value.obstacles
    assert (found.loans, found.inside, found.stations) == (1, 1, 1)


@pytest.mark.clause("C9")
def test_once_nothing_is_open_it_ends_with_its_departments_and_halls(
    library: Library, branch: str
) -> None:
    stations.revoke(library.database, "B1", actor="system", at=NOON)
    with library.database.writing() as session:
        session.get_one(Visit, library.visit).closed_at = NOON
    branch_closing.close(library.database, branch, staff_id=None, at=NOON + timedelta(hours=1))
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
        branch_export.export(library.database, "99", tmp_path / "x.zip", at=NOON)


def settle(library: Library) -> None:
    """Nobody is inside, and its station was shut out."""
    stations.revoke(library.database, "B1", actor="system", at=NOON)
    with library.database.writing() as session:
        session.get_one(Visit, library.visit).closed_at = NOON


def lend(library: Library) -> None:
    """A document of the branch's department is out."""
    with library.database.writing() as session:
        loan = session.scalars(select(Loan).where(Loan.returned_at.is_(None))).first()
        assert loan is not None
        loan.department_code = "21"
        session.get_one(Document, loan.document_id).department_code = "21"


def alarm(library: Library) -> None:
    emergencies.raise_alarm(
        library.database, Emergency.AIR_RAID, origin=EmergencyOrigin.CONSOLE, at=NOON,
        entropy=os.urandom, branches=["2"],
    )  # fmt: skip


def program(library: Library) -> None:
    """An event to come in its hall, with somebody on the list."""
    with library.database.writing() as session:
        hall = session.scalars(select(Hall.id).where(Hall.branch_code == "2")).one()
        later = NOON + timedelta(days=3)
        session.add(
            EventOfDay(id="in-branch", title="=Зустріч", hall="Зала філії", hall_id=hall,
                       doors_at=later, starts_at=later, ends_at=later + timedelta(hours=1))
        )  # fmt: skip
        session.flush()
        session.add(EventSignup(event_id="in-branch", name="Гостя", at=NOON))


@pytest.mark.clause("C9")
def test_what_names_its_documents_events_and_visits_leaves_with_it(
    library: Library, branch: str, tmp_path: Path
) -> None:
    lend(library)
    program(library)
    with library.database.writing() as session:
        document = session.scalars(select(Document).where(Document.department_code == "21")).one()
        session.add(Hold(document_id=document.id, patron_id=library.reader, placed_at=NOON))
    file = tmp_path / "branch.zip"
    written = branch_export.export(library.database, branch, file, at=NOON)
    assert {"document", "loan", "hold", "event_of_day", "event_signup", "visit"} <= set(written)
    assert written["own_item"] == len(rows(file, "own_item"))
    assert {row["visit_id"] for row in rows(file, "own_item")} == {str(library.visit)}
    assert "patron" not in written, "readers read on in the library"
    told = {
        row["file"].removesuffix(".csv"): int(row["rows"])
        for row in rows(file, CONTENTS.removesuffix(".csv"))
    }
    assert told == written


@pytest.mark.clause("C9")
@pytest.mark.threat(13)
def test_what_lets_somebody_in_or_would_be_calculated_stays(
    library: Library, branch: str, tmp_path: Path
) -> None:
    program(library)
    with library.database.writing() as session:
        person = session.scalars(select(Staff).where(Staff.role == Role.DEPARTMENT)).first()
        assert person is not None
        person.department_code, person.totp_secret = "21", "JBSWY3DPEHPK3PXP"
    file = tmp_path / "branch.zip"
    branch_export.export(library.database, branch, file, at=NOON)
    with zipfile.ZipFile(file) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert rows(file, "staff")
    assert "JBSWY3DPEHPK3PXP" not in everything
    assert "argon2" not in everything
    assert rows(file, "event_of_day")[0]["title"] == "'=Зустріч"


@pytest.mark.clause("C9")
def test_everything_that_is_open_is_told(library: Library, branch: str) -> None:
    lend(library)
    program(library)
    alarm(library)
    with library.database.writing() as session:
        document = session.scalars(select(Document).where(Document.department_code == "21")).one()
        session.add(Hold(document_id=document.id, patron_id=library.reader, placed_at=NOON))
        person = session.scalars(select(Staff).where(Staff.role == Role.DEPARTMENT)).first()
        assert person is not None
        person.department_code = "21"
    with library.database.reading() as session:
        open_ = branch_closing.obstacles(session, branch, NOON)
    assert (open_.loans, open_.holds, open_.events, open_.staff, open_.alarms) == (1, 1, 1, 1, 1)
    assert not open_.only_alarm


@pytest.mark.clause("C9")
def test_during_an_alarm_the_director_decides(library: Library, branch: str) -> None:
    settle(library)
    alarm(library)
    with pytest.raises(NotPossible):
        branch_closing.close(library.database, branch, staff_id=None, at=NOON)
    branch_closing.close(library.database, branch, staff_id=None, at=NOON, despite_alarm=True)
    with library.database.reading() as session:
        assert session.scalars(select(EmergencyCase.ended_at)).all() == [NOON]
        assert session.get_one(Branch, branch).retired_at == NOON


def test_an_alarm_is_the_only_thing_that_may_be_closed_over(library: Library, branch: str) -> None:
    alarm(library)
    with pytest.raises(NotPossible):
        branch_closing.close(library.database, branch, staff_id=None, at=NOON, despite_alarm=True)


@pytest.mark.clause("C9")
def test_handed_over_departments_take_their_documents_loans_and_staff_along(
    library: Library, branch: str
) -> None:
    lend(library)
    settle(library)
    with library.database.writing() as session:
        session.add(Branch(code="3", name="Нова філія"))
        person = session.scalars(select(Staff).where(Staff.role == Role.DEPARTMENT)).one()
        person.department_code = "21"
    assert branch_closing.hand_over(library.database, branch, "3", staff_id=None, at=NOON) == 1
    branch_closing.close(library.database, branch, staff_id=None, at=NOON)
    with library.database.reading() as session:
        room = session.get_one(Department, "21")
        assert (room.branch_code, room.retired_at) == ("3", None)
        still_out = Loan.department_code == "21", Loan.returned_at.is_(None)
        assert session.scalars(select(Loan).where(*still_out)).all()
        assert session.get_one(Staff, person.id).active
        open_ = branch_closing.obstacles(session, "3", NOON)
    assert (open_.loans, open_.staff) == (1, 1), "the new branch answers for them"
    taken = branch_export.export(library.database, "3", BytesIO(), at=NOON)
    left = branch_export.export(library.database, branch, BytesIO(), at=NOON)
    assert (taken["document"], taken["staff"]) == (1, 1)
    assert not {"document", "staff"} & set(left)
    assert audited(library, "department_changed")[-1].details["before"] == {"branch_code": "2"}


@pytest.mark.parametrize("to", ["2", "17"])
def test_nothing_is_handed_over_to_itself_or_to_nobody(
    library: Library, branch: str, to: str
) -> None:
    with pytest.raises(LookupError):
        branch_closing.hand_over(library.database, branch, to, staff_id=None, at=NOON)


# --- In the console -----------------------------------------------------------------------------


@pytest.mark.clause("C9")
def test_the_director_takes_everything_along_and_closes_by_an_order(
    desk_of: Callable[[Role], Desk], library: Library, branch: str
) -> None:
    settle(library)
    director = desk_of(Role.DIRECTOR)
    assert "Передати або закрити філію" in director.get("/branches/row/2")
    page = director.post("/branches/row/2/retire")
    assert "Усе завершено" in page, "a press does not close it"
    answer = director.client.get("/branches/row/2/everything.zip")
    assert "branch.csv" in zipfile.ZipFile(BytesIO(answer.data)).namelist()
    answer.close()
    assert "Напишіть номер наказу" in director.post("/branches/row/2/close", order="12-од")
    page = director.post("/branches/row/2/close", order="12-од", confirm="2")
    assert "Філію закрито" in page
    assert audited(library, "branch_closed")[0].details == {"order": "12-од"}
    assert audited(library, "branch_exported")


@pytest.mark.clause("C9")
def test_a_branch_that_is_used_again_is_not_closed_by_undoing_that(
    desk_of: Callable[[Role], Desk], library: Library, branch: str
) -> None:
    director = desk_of(Role.DIRECTOR)
    with library.database.writing() as session:
        session.get_one(Branch, branch).retired_at = NOON
    director.post("/branches/row/2/retire", back="1")
    (change,) = audited(library, "branch_changed")
    assert f'value="{change.id}"' not in director.get("/branches/row/2")
    director.post("/branches/undo", record=str(change.id))
    with library.database.reading() as session:
        assert session.get_one(Branch, branch).retired_at is None, "its door still lets people in"


@pytest.mark.clause("C9")
def test_who_is_no_director_sees_what_is_open_and_closes_nothing(
    desk_of: Callable[[Role], Desk], library: Library, branch: str
) -> None:
    admin = desk_of(Role.ADMIN)
    page = admin.get("/branches/row/2/closing")
    assert "Людей усередині: 1" in page
    assert "Станцій у роботі: 1" in page
    assert "Філію закриває директор" in page
    settle(library)
    form = {"order": "12-од", "confirm": "2", "csrf_token": secret_of(admin.client)}
    assert admin.client.post("/branches/row/2/close", data=form).status_code == 403
    with library.database.reading() as session:
        assert session.get_one(Branch, branch).retired_at is None


@pytest.mark.clause("C9")
def test_the_page_asks_the_director_before_it_closes_over_an_alarm(
    desk_of: Callable[[Role], Desk], library: Library, branch: str
) -> None:
    settle(library)
    alarm(library)
    director = desk_of(Role.DIRECTOR)
    assert "Закрити попри тривогу" in director.get("/branches/row/2/closing")
    form = {"order": "12-од", "confirm": "2"}
    assert "Ще не все завершено" in director.post("/branches/row/2/close", **form)
    page = director.post("/branches/row/2/close", **form, despite_alarm="1")
    assert "Філію закрито" in page


@pytest.mark.clause("C9")
def test_departments_are_handed_over_on_the_page(
    desk_of: Callable[[Role], Desk], library: Library, branch: str
) -> None:
    director = desk_of(Role.DIRECTOR)
    assert "Передано відділів: 1" in director.post("/branches/row/2/hand-over", to="-")
    with library.database.reading() as session:
        assert session.get_one(Department, "21").branch_code is None
