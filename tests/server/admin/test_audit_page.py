"""The audit log as a page: in words, filtered by its address, checked as a whole."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select

from server.models import AuditRecord, AuditSeal, Role, Station
from server.services import audit
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited


@pytest.fixture
def director(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.DIRECTOR)


def test_a_change_reads_as_who_what_and_from_which_to_which(director: Desk) -> None:
    director.post("/departments/row/5", name="Мистецтва", kind="lending", position="5")
    page = director.get("/audit?action=department_changed")
    assert "змінили відділ" in page
    assert "Марія Бондар" in page
    assert "<del>Відділ мистецтв</del> → <ins>Мистецтва</ins>" in page
    assert 'href="/departments/row/5"' in page


def test_the_log_is_asked_by_deed_and_by_person(library: Library, director: Desk) -> None:
    with library.database.writing() as session:
        audit.record(session, at=NOON, actor="station:K1", action="entry_decided",
                     about=("visit", str(library.visit)))  # fmt: skip
    page = director.get("/audit?actor=station:K1")
    assert "рішення на вході" in page
    assert "станція K1</option>" in page
    assert "увійшли в систему</th>" not in page


def test_what_has_no_words_stands_as_its_code(library: Library, director: Desk) -> None:
    with library.database.writing() as session:
        audit.record(session, at=NOON, actor="system", action="moon_landed", about=("moon", "1"))
    assert ">moon_landed</th>" in director.get("/audit")


@pytest.mark.threat(16)
def test_a_whole_log_is_said_to_be_whole_and_a_changed_one_is_not(
    library: Library, director: Desk
) -> None:
    audit.seal(library.database, NOON)
    assert "Журнал цілий" in director.post("/audit/check")
    assert audited(library, "audit_checked")[0].details["intact"]
    with library.database.writing() as session:
        first = session.scalars(select(AuditRecord.id).order_by(AuditRecord.id)).first()
        session.execute(delete(AuditRecord).where(AuditRecord.id == first))
    assert "Журнал змінено! Печатка № 1 не збігається." in director.post("/audit/check")


@pytest.mark.threat(16)
def test_a_log_shorter_than_a_station_remembers_is_told(library: Library, director: Desk) -> None:
    with library.database.writing() as session:
        kept = {"epoch": "", "number": 9, "hash": "ab"}
        session.get_one(Station, "K1").audit_head = kept
        session.execute(delete(AuditSeal))
    assert "Печатка № 9 не збігається." in director.post("/audit/check")
