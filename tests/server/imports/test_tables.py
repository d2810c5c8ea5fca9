"""Files as rows: alphabets, dialects, sheets, and what is no list at all."""

import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.models import ImportKind
from server.services.imports import columns, tables
from server.services.imports.cells import Cells, FaultCode
from server.services.imports.columns import WrongColumns
from server.services.imports.tables import NotReadable
from tests.server.imports.lists import PATRONS, csv_file, workbook

EXPECTED = [dict(zip(("ticket_number", "surname"), row[:2], strict=True)) for row in PATRONS[1:]]


def heads(path: Path) -> list[dict[str, str]]:
    rows = tables.read(ImportKind.PATRONS, path).rows
    return [{name: row.values[name] for name in ("ticket_number", "surname")} for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("sign", [";", ",", "\t"])
def test_a_text_is_read_in_whatever_alphabet_and_dialect(
    tmp_path: Path, encoding: str, sign: str
) -> None:
    plain = [[cell.replace("’", "'") for cell in row] for row in PATRONS]
    path = csv_file(tmp_path, plain, encoding=encoding, sign=sign)
    assert [row["ticket_number"] for row in heads(path)] == ["900001", "900002"]


def test_a_workbook_gives_what_a_text_gives(tmp_path: Path) -> None:
    assert heads(workbook(tmp_path, PATRONS)) == heads(csv_file(tmp_path, PATRONS)) == EXPECTED


def test_numbers_and_days_of_a_workbook_read_as_typed(tmp_path: Path) -> None:
    path = workbook(tmp_path, [("ticket", "дата народження"), (900001.0, date(1990, 3, 14))])
    (row,) = tables.read(ImportKind.PATRONS, path).rows
    assert row.values == {"ticket_number": "900001", "birth_date": "1990-03-14"}


def test_rows_keep_their_number_and_empty_ones_are_passed_over(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [PATRONS[0], PATRONS[1], [""] * 7, PATRONS[2]])
    assert [row.number for row in tables.read(ImportKind.PATRONS, path).rows] == [2, 4]


def test_a_heading_that_nobody_knows_is_told(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [("Квиток", "Улюблений колір"), ("1", "синій")])
    assert tables.read(ImportKind.PATRONS, path).unknown == ("Улюблений колір",)


def test_a_list_without_its_key_or_with_a_column_twice_is_refused(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [("Прізвище", "surname"), ("Ґудзь", "Ґудзь")])
    with pytest.raises(WrongColumns) as refused:
        tables.read(ImportKind.PATRONS, path)
    assert (refused.value.missing, refused.value.twice) == (("ticket_number",), ("surname",))


@pytest.mark.threat(13)
@pytest.mark.parametrize("content", [b"\x89PNG\r\n\0\0", b"\0" * 100])
def test_what_is_no_text_is_not_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(NotReadable):
        tables.read(ImportKind.PATRONS, path)


@pytest.mark.threat(13)
def test_a_sheet_that_unpacks_to_too_much_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 50_000_000)
    with pytest.raises(NotReadable, match="too much"):
        tables.read(ImportKind.PATRONS, path)


def test_a_zip_that_is_no_workbook_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(NotReadable):
        tables.read(ImportKind.PATRONS, path)


@given(st.lists(st.text(max_size=20), max_size=6))
def test_cells_never_raise_whatever_stands_in_them(texts: list[str]) -> None:
    for text in texts:
        cells = Cells({"birth_date": text, "year": text, "category": text, "fee_paid": text})
        cells.day("birth_date")
        cells.year("year")
        cells.yes("fee_paid")
        assert {fault.code for fault in cells.faults} <= set(FaultCode)


@pytest.mark.parametrize("text", ["14.03.1990", "14/3/1990", "1990-03-14", "1990-03-14 00:00:00"])
def test_a_day_is_read_as_people_and_programs_write_it(text: str) -> None:
    cells = Cells({"birth_date": text})
    day = cells.day("birth_date")
    assert (day and day.isoformat(), cells.faults) == ("1990-03-14", [])


@pytest.mark.parametrize("text", ["31.02.2000", "вчора", "14.03.90", "2000-13-01"])
def test_what_is_no_day_is_a_fault(text: str) -> None:
    cells = Cells({"birth_date": text})
    assert cells.day("birth_date") is None
    assert [fault.code for fault in cells.faults] == [FaultCode.NOT_A_DAY]


def test_every_heading_leads_to_one_field_alone() -> None:
    for kind in (ImportKind.PATRONS, ImportKind.DOCUMENTS, ImportKind.LOANS):
        for field, heading in columns.headings_of(kind).items():
            assert columns._fields(kind)[columns._key(heading)] == field
