"""Readers of another system become readers of this one."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from gate.facts import CredentialKind
from server.models import (
    AuditRecord,
    Ban,
    Category,
    Change,
    Credential,
    ImportedRow,
    ImportKind,
    ImportState,
    Patron,
    Ticket,
)
from server.services import facts, lookup, search, settings
from server.services.reports import catalogue
from server.services.reports.catalogue import ReportCode
from server.services.reports.table import Period
from tests.server.console.library import NOON, Library
from tests.server.imports.lists import PATRONS, csv_file, faults, take_in, undo


def people(library: Library) -> int:
    with library.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Patron)) or 0


def test_a_dry_run_judges_every_row_and_writes_no_reader(desk: Library, tmp_path: Path) -> None:
    before = people(desk)
    run = take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, PATRONS), dry_run=True)
    assert (run.state, run.rows_done, run.created) == (ImportState.CHECKED, 2, 2)
    assert people(desk) == before


@pytest.mark.clause("R2.3.1")
def test_a_reader_taken_in_is_found_and_let_in(desk: Library, tmp_path: Path) -> None:
    run = take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, PATRONS))
    assert (run.state, run.created, run.faulty) == (ImportState.DONE, 2, 0)
    (hit,) = search.patrons(desk.database, "гудзь маряна")
    assert hit.ticket_number == "900001"
    with desk.database.reading() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == "900001")).one()
        assert ticket.patron.category is Category.PENSIONER
        assert lookup.ticket_id_of(session, CredentialKind.NUMBER, "900001") == ticket.id
        assert lookup.ticket_id_of(session, CredentialKind.CARD, "04A1B2C3D4E5F6") == ticket.id
        known = facts.of_ticket(session, ticket.id, settings.read(session), at=NOON)
        assert known is not None
        assert known.display_name == "Мар’яна Ґ."
        told = select(Change.row_key).where(Change.row_key == ticket.id)
        assert session.scalars(told).all() == [ticket.id]


def test_a_list_taken_in_again_changes_nothing(desk: Library, tmp_path: Path) -> None:
    path = csv_file(tmp_path, PATRONS)
    take_in(desk.database, ImportKind.PATRONS, path)
    before = people(desk)
    run = take_in(desk.database, ImportKind.PATRONS, path)
    assert (run.created, run.changed, run.same) == (0, 0, 2)
    assert people(desk) == before


def test_a_newer_list_changes_what_differs_and_erases_nothing(
    desk: Library, tmp_path: Path
) -> None:
    take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, PATRONS))
    newer = [
        ("Номер квитка", "Прізвище", "Телефон", "Адреса"),
        ("900001", "Нечуй", "", "вул. Липова, 3"),
    ]
    run = take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, newer))
    assert (run.created, run.changed, run.faulty) == (0, 1, 0)
    with desk.database.reading() as session:
        patron = session.scalars(select(Ticket).where(Ticket.number == "900001")).one().patron
        assert (patron.surname, patron.phone) == ("Нечуй", "+380 50 111 22 33")
    assert [hit.patron_id for hit in search.patrons(desk.database, "нечуй")] == [patron.id]


@pytest.mark.clause("R5.2.11")
def test_the_list_of_a_new_year_leaves_the_readers_of_the_last_one_counted(
    desk: Library, tmp_path: Path
) -> None:
    def users(year: int) -> int:
        table = catalogue.make(desk.database, ReportCode.FORM_6NK, Period.of_year(year))
        count: int = dict(table.rows)["users"]
        return count

    before = users(2025)
    for year in ("2025", "2026"):
        rows = (("Номер квитка", "ПІБ", "Перереєстрація"), ("900001", "Ґудзь Мар’яна", year))
        take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, rows))
    assert (users(2025), users(2026)) == (before + 1, 1)


def test_each_faulty_row_tells_its_faults_and_the_rest_flows(desk: Library, tmp_path: Path) -> None:
    rows = [
        PATRONS[0],
        ("", "Без", "Номера", "01.01.2000", "", "", ""),
        ("900003", "Пес 7", "Рекс", "31.02.2000", "маляр", "дзвоніть", "08112233"),
        PATRONS[1],
        ("900001", "Двічі", "Той самий", "01.01.2000", "", "", ""),
        ("900004", "", "", "", "", "", ""),
    ]
    run = take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, rows))
    assert (run.created, run.faulty) == (1, 4)
    assert sorted(faults(desk.database, run)) == [
        (2, "ticket_number", "empty"),
        (3, "birth_date", "not_a_day"),
        (3, "card_uid", "random_uid"),
        (3, "category", "unknown"),
        (3, "phone", "not_a_phone"),
        (3, "surname", "not_a_name"),
        (5, "ticket_number", "repeated"),
        (6, "given_name", "empty"),
        (6, "surname", "empty"),
    ]


@pytest.mark.scenario("E30")
def test_a_card_of_somebody_else_is_no_card_of_this_reader(desk: Library, tmp_path: Path) -> None:
    take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, PATRONS))
    other = ("900009", "Інша", "Особа", "01.01.1980", "", "", "04A1B2C3D4E5F6")
    run = take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, [PATRONS[0], other]))
    assert faults(desk.database, run) == [(2, "card_uid", "taken")]


def test_a_whole_name_in_one_cell_is_taken_apart(desk: Library, tmp_path: Path) -> None:
    rows = [("Квиток", "ПІБ"), ("900001", "Нечуй-Левицький Іван Семенович")]
    take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, rows))
    with desk.database.reading() as session:
        patron = session.scalars(select(Ticket).where(Ticket.number == "900001")).one().patron
        names = (patron.surname, patron.given_name, patron.patronymic)
    assert names == ("Нечуй-Левицький", "Іван", "Семенович")


def test_an_undo_leaves_everything_as_it_was(desk: Library, tmp_path: Path) -> None:
    before = people(desk)
    run = take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, PATRONS))
    newer = [("Номер квитка", "Прізвище", "Чинний до"), ("900001", "Нечуй", "2030-01-01")]
    changed = take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, newer))
    assert undo(desk.database, changed).taken_back == 1
    with desk.database.reading() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == "900001")).one()
        assert ticket.patron.surname == "Ґудзь"
        assert ticket.valid_until.isoformat() == "2030-11-20"
    undone = undo(desk.database, run)
    assert (undone.state, undone.taken_back, undone.kept) == (ImportState.UNDONE, 2, 0)
    assert people(desk) == before
    with desk.database.reading() as session:
        assert session.scalars(select(Credential).where(Credential.value == "900001")).all() == []
        assert session.scalars(select(ImportedRow)).all() == []


def test_an_undo_leaves_whom_somebody_dealt_with_since(desk: Library, tmp_path: Path) -> None:
    run = take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, PATRONS))
    with desk.database.writing() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == "900001")).one()
        session.add(Ban(patron_id=ticket.patron_id, since=NOON, reason="smoking"))
    undone = undo(desk.database, run)
    assert (undone.taken_back, undone.kept) == (1, 1)
    assert [hit.ticket_number for hit in search.patrons(desk.database, "гудзь")] == ["900001"]


def test_an_undo_overwrites_no_change_that_came_later(desk: Library, tmp_path: Path) -> None:
    take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, PATRONS))
    newer = [("Номер квитка", "Прізвище"), ("900001", "Нечуй")]
    changed = take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, newer))
    with desk.database.writing() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == "900001")).one()
        ticket.patron.surname = "Куліш"
    assert undo(desk.database, changed).kept == 1
    with desk.database.reading() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == "900001")).one()
        assert ticket.patron.surname == "Куліш"


@pytest.mark.threat(21)
def test_no_name_and_no_number_of_a_person_stands_in_the_audit_log(
    desk: Library, tmp_path: Path
) -> None:
    take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, PATRONS))
    with desk.database.reading() as session:
        said = [str(row.details) for row in session.scalars(select(AuditRecord))]
    assert not any("Ґудзь" in text or "1112233" in text for text in said)
