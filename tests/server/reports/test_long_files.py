"""Files of long lists: all rows of them, in no more memory than of short ones."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import IO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from gate.facts import LoanPlace
from server.console import exports
from server.console.pages import reports
from server.models import Document, Loan, Role
from server.services.reports import catalogue
from server.services.reports.catalogue import ReportCode
from server.services.reports.table import Period
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library

TODAY = date(2025, 11, 21)
HEAD = ("Читач", "Квиток", "До")


def readers(many: int) -> Iterator[tuple[str, int, date]]:
    """Rows that are there while they are written, and no longer."""
    for number in range(many):
        yield f"Коваленко Олена {number}", number, TODAY


def peak(make: Callable[[], IO[bytes]]) -> tuple[int, list[bytes]]:
    """Most bytes held at a time, and the file in pieces."""
    tracemalloc.start()
    try:
        with make() as file:
            most = tracemalloc.get_traced_memory()[1]
            return most, file.readlines()
    finally:
        tracemalloc.stop()


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short files leave the memory too."""
    monkeypatch.setattr(exports, "HELD", 16 * 1024)


@pytest.mark.usefixtures("on_disk")
def test_a_csv_of_many_rows_is_never_held_as_a_whole(app: Flask) -> None:
    with app.test_request_context():
        most, lines = peak(lambda: exports.as_csv(HEAD, readers(20_000)))
    assert len(lines) == 20_001
    assert most < sum(map(len, lines)) / 4


@pytest.mark.usefixtures("on_disk")
def test_a_workbook_of_many_rows_takes_no_more_memory_than_one_of_few(app: Flask) -> None:
    with app.test_request_context():
        few, _ = peak(lambda: exports.as_xlsx([("", HEAD, readers(1500))]))
        most, pieces = peak(lambda: exports.as_xlsx([("", HEAD, readers(6000))]))
    sheet = load_workbook(io.BytesIO(b"".join(pieces)), read_only=True).worksheets[0]
    assert sum(1 for _ in sheet.rows) == 6001
    assert most < 2 * few


@pytest.fixture
def late(library: Library) -> int:
    """So many documents are overdue that they fill more than the page shows."""
    number = reports.SHOWN_MOST + 30
    with library.database.writing() as session:
        session.add_all(
            Document(inventory_number=f"П-{n:05}", barcode=f"П{n:05}", title=f"Книга {n}",
                     department_code="1")
            for n in range(number)
        )  # fmt: skip
        session.flush()
        for document in session.scalars(
            select(Document.id).where(Document.title.startswith("Книга"))
        ):
            session.add(
                Loan(
                    document_id=document, patron_id=library.reader, department_code="1",
                    place=LoanPlace.HOME, issued_at=NOON - timedelta(days=40),
                    due_on=TODAY - timedelta(days=3),
                )
            )  # fmt: skip
    return number


@pytest.mark.clause("R5.2.7")
def test_a_long_report_shows_its_beginning_and_leaves_whole(
    desk_of: Callable[[Role], Desk], late: int
) -> None:
    director = desk_of(Role.DIRECTOR)
    address = f"/reports/overdue?first={TODAY}&last={TODAY}"
    page = director.get(address)
    assert page.count("<tr>") == reports.SHOWN_MOST + 1
    assert "у файлах CSV та XLSX" in page
    told = director.client.get(f"{address}&format=csv").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(told), delimiter=";"))[1:]
    assert {f"П-{n:05}" for n in range(late)} <= {row[3] for row in rows}
    book = director.client.get(f"{address}&format=xlsx").data
    assert load_workbook(io.BytesIO(book)).worksheets[0].max_row == len(rows) + 1


def test_long_rows_are_counted_sliced_and_gone_through_alike(library: Library, late: int) -> None:
    day = Period(TODAY, TODAY)
    with catalogue.opened(library.database, ReportCode.OVERDUE, period=day) as (table,):
        whole = list(table.rows)
        assert len(table.rows) == len(whole)
        assert table.rows[:7] == whole[:7]
        assert table.rows[5:9] == whole[5:9]
        assert table.rows[len(whole) - 2 :] == whole[-2:]
        assert table.rows[3] == whole[3]
        assert table.rows[9:2] == []
        with pytest.raises(IndexError):
            table.rows[len(whole)]
