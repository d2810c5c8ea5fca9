"""Readers and loans of IRBIS64, from its text and its server; nothing is ever written there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

import lystok
from gate.facts import LoanPlace
from server.config import load
from server.database import open_database
from server.library_systems.contract import SystemAway
from server.library_systems.irbis import Address, Irbis
from server.models import Department, Document, ImportKind, Loan, Patron, Ticket
from server.services.imports import irbis
from server.services.imports.tables import NotReadable
from tests.server.library_systems.fake_irbis import ALLOWED, LOGIN, PASSWORD, FakeIrbis

OLENA = [
    "10#Коваленко", "11#Олена", "12#Ігорівна", "21#19900501", "30#ЧК-4711", "22#004711",
    "50#студент", "51#20240110^CЦБ", "52#20250112^CЦБ", "52#20260115^CЦБ",
    "13#^AЛьвів^Bвул. Зелена^C7", "17#+380671234567", "32#olena@example.org",
    "40#^DЦе лише візит^1101500",
    "40#^B1001^CКобзар^D20261101^E20261201^F******^GIBIS^VАбонемент",
    "40#^B1002^CЛісова пісня^D20260901^E20261001^F20260930^VАбонемент",
]  # fmt: skip
TARAS = ["10#Мельник", "11#Тарас", "30#ЧК-4712", "50#пенсіонер", "51#20260301"]


def text_of(*records: list[str]) -> str:
    lines = [[f"#{line.replace('#', ': ', 1)}" for line in record] for record in records]
    return "".join("\n".join([*record, "*****"]) + "\n" for record in lines)


@pytest.fixture
def server() -> Iterator[FakeIrbis]:
    with FakeIrbis() as running:
        running.records = [(0, OLENA), None, (1, ["10#Видалений"]), (0, TARAS)]
        yield running


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_a_reader_is_read_from_the_text(tmp_path: Path, encoding: str) -> None:
    export = tmp_path / "rdr.txt"
    export.write_bytes(text_of(OLENA, TARAS).encode(encoding))
    rows = [row.values for row in irbis.read(ImportKind.PATRONS, export).rows]
    assert rows[0] == {
        "ticket_number": "ЧК-4711", "surname": "Коваленко", "given_name": "Олена",
        "patronymic": "Ігорівна", "birth_date": "1990-05-01", "category": "студент",
        "phone": "+380671234567", "email": "olena@example.org",
        "address": "Львів, вул. Зелена, 7", "valid_from": "2024-01-10",
        "registered_for": "2026", "old_number": "004711",
    }  # fmt: skip
    assert rows[1]["registered_for"] == "2026"


def test_only_what_is_still_out_is_a_loan(tmp_path: Path) -> None:
    export = tmp_path / "rdr.txt"
    export.write_text(text_of(OLENA, TARAS), "utf-8")
    rows = [row.values for row in irbis.read(ImportKind.LOANS, export).rows]
    assert rows == [
        {
            "document": "1001", "ticket_number": "ЧК-4711", "issued_on": "2026-11-01",
            "due_on": "2026-12-01", "department": "Абонемент",
        }
    ]  # fmt: skip


def test_other_text_is_called_none(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Шановна бібліотеко!", "utf-8")
    with pytest.raises(NotReadable):
        list(irbis.read(ImportKind.PATRONS, letter).rows)
    with pytest.raises(NotReadable):
        irbis.read(ImportKind.DOCUMENTS, letter)


@given(st.text(max_size=200))
def test_whatever_the_text_nothing_but_not_readable_is_raised(text: str) -> None:
    reader = irbis.Reader()
    reader.fields[irbis.LOAN] = [text]
    reader.fields[irbis.ENROLLED] = [text]
    with suppress(NotReadable):
        list(irbis.rows(ImportKind.PATRONS, [reader]).rows)
        list(irbis.rows(ImportKind.LOANS, [reader]).rows)


def at(server: FakeIrbis, **other: str) -> Address:
    known = {"user": LOGIN, "password": PASSWORD, **other}
    return Address(host="127.0.0.1", port=server.port, **known)


def test_the_server_tells_the_same_and_is_only_read(server: FakeIrbis) -> None:
    with Irbis(at(server)) as client:
        rows = [row.values for row in irbis.rows(ImportKind.PATRONS, client.readers()).rows]
    assert [row["ticket_number"] for row in rows] == ["ЧК-4711", "ЧК-4712"]
    assert set(server.commands) <= ALLOWED
    assert server.commands[-1] == "B"


def test_a_wrong_password_or_database_is_said(server: FakeIrbis) -> None:
    with pytest.raises(SystemAway, match="-4444"), Irbis(at(server, password="wrong")):
        pass
    with Irbis(at(server, database="NONE")) as client, pytest.raises(SystemAway, match="NONE"):
        list(client.readers())


def test_another_server_is_called_so(server: FakeIrbis) -> None:
    server.garbage = True
    with pytest.raises(SystemAway, match="no answer of IRBIS64"), Irbis(at(server)):
        pass


@pytest.fixture
def library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    config = tmp_path / "server.toml"
    config.write_text("", "utf-8")
    assert lystok.main(["--config", str(config), "server", "init"]) == 0
    capsys.readouterr()
    return config


def test_readers_and_loans_come_by_command_from_server_and_file(
    server: FakeIrbis, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library.write_text(
        f'[irbis]\nhost = "127.0.0.1"\nport = {server.port}\nuser = "{LOGIN}"\n'
        f'password = "{PASSWORD}"\n',
        "utf-8",
    )
    command = ["--config", str(library), "server", "import"]
    assert lystok.main([*command, "patrons", "--irbis"]) == 0, capsys.readouterr()
    books = library.parent / "books.csv"
    departments = _departments(library)
    books.write_text(f"інв. номер,назва,відділ\n1001,Кобзар,{departments[0]}\n", "utf-8")
    assert lystok.main([*command, "documents", str(books)]) == 0
    export = library.parent / "rdr.txt"
    lent = [line.replace("VАбонемент", f"V{departments[0]}") for line in OLENA]
    export.write_text(text_of(lent, TARAS), "utf-8")
    assert lystok.main([*command, "loans", str(export), "--irbis"]) == 0
    database = open_database(load(library).database.url)
    with database.reading() as session:
        names = session.scalars(select(Patron.surname).order_by(Patron.id)).all()
        numbers = session.scalars(select(Ticket.number).order_by(Ticket.number)).all()
        loan = session.execute(
            select(Loan.place, Loan.due_on, Document.title).join(Document)
        ).one()  # fmt: skip
    database.close()
    assert (names, numbers) == (["Коваленко", "Мельник"], ["ЧК-4711", "ЧК-4712"])
    assert (loan.place, str(loan.due_on), loan.title) == (LoanPlace.HOME, "2026-12-01", "Кобзар")


def _departments(config: Path) -> list[str]:
    database = open_database(load(config).database.url)
    with database.writing() as session:
        session.add(Department(code="1", name="Абонемент"))
    database.close()
    return ["Абонемент"]


def test_a_server_that_is_away_is_said_and_nothing_is_taken(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library.write_text('[irbis]\nhost = "127.0.0.1"\nport = 1\nuser = "x"\n', "utf-8")
    assert lystok.main(["--config", str(library), "server", "import", "--irbis"]) == 1
    assert "127.0.0.1:1" in capsys.readouterr().err
