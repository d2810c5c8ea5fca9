"""Tables as CSV and XLSX, in which no cell is ever a formula (threat 13).

Rows are written as they come, and the file lies on the disk where it is long: a list of a million
readers takes no more memory than one of a hundred.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote

import xlsxwriter
from flask import Response

from server.console.centre import now, words
from server.formulas import harmless

FORMATS = ("csv", "xlsx")
_MIME = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_WIDEST = 60
_LOOKS = {
    "head": {"bold": True},
    "day": {"num_format": "dd.mm.yyyy", "align": "left"},
    "moment": {"num_format": "dd.mm.yyyy hh:mm", "align": "left"},
}
HELD = 1024 * 1024
"""Bytes of a file that are kept in memory."""
_CHUNK = 64 * 1024
Rows = Iterable[Sequence[Any]]
Sheet = tuple[str, Sequence[str], Rows]
"""Name (empty: none), headings and rows."""


def answer(format_: str, name: str, head: Sequence[str], body: Rows) -> Response:
    """A list as a file to save, named after it and the day."""
    made = as_xlsx([("", head, body)]) if format_ == "xlsx" else as_csv(head, body)
    return saved(format_, f"{name}-{now().date().isoformat()}", made)


def saved(format_: str, name: str, made: IO[bytes]) -> Response:
    """A file to save."""
    file = f"{name}.{format_}"
    response = Response(_read(made), mimetype=_MIME[format_])
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file)}"
    return response


def _read(made: IO[bytes]) -> Iterator[bytes]:
    with made:
        while chunk := made.read(_CHUNK):
            yield chunk


def as_csv(head: Sequence[str], body: Rows) -> IO[bytes]:
    """UTF-8 with its mark, semicolons: as Ukrainian spreadsheets open it by a press."""
    file = SpooledTemporaryFile(HELD)  # noqa: SIM115 - whoever reads it closes it
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(head)
    writer.writerows([harmless(as_text(cell)) for cell in row] for row in body)
    text.detach()
    file.seek(0)
    return file


def as_xlsx(sheets: Iterable[Sheet]) -> IO[bytes]:
    """A workbook; text is text, numbers are numbers, days and instants are such."""
    file = SpooledTemporaryFile(HELD)  # noqa: SIM115 - whoever reads it closes it
    book = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
            "remove_timezone": True,
        },
    )  # fmt: skip
    looks = {name: book.add_format(look) for name, look in _LOOKS.items()}
    for name, head, body in sheets:
        _fill(book.add_worksheet(_sheet_name(name) or None), looks, head, body)
    book.close()
    file.seek(0)
    return file


def _sheet_name(name: str) -> str:
    """As spreadsheets allow it: 31 signs, none of a formula's."""
    return _NOT_IN_NAMES.sub(" ", name).strip()[:31]


def _fill(sheet: Any, looks: Mapping[str, Any], head: Sequence[str], body: Rows) -> None:
    longest = [len(label) for label in head]
    for place, label in enumerate(head):
        sheet.write_string(0, place, label, looks["head"])
    for line, row in enumerate(body, start=1):
        for place, cell in enumerate(row):
            _write(sheet, looks, line, place, cell)
            longest[place] = max(longest[place], len(as_text(cell)))
    sheet.freeze_panes(1, 0)
    for place, length in enumerate(longest):
        sheet.set_column(place, place, min(_WIDEST, length + 2))


def _write(sheet: Any, looks: Mapping[str, Any], line: int, place: int, cell: Any) -> None:
    match cell:
        case bool():
            sheet.write_string(line, place, as_text(cell))
        case int() | float():
            sheet.write_number(line, place, cell)
        case datetime():
            local = cell.astimezone(words().timezone)
            sheet.write_datetime(line, place, local, looks["moment"])
        case date():
            sheet.write_datetime(line, place, cell, looks["day"])
        case _:
            sheet.write_string(line, place, as_text(cell))


def as_text(cell: Any) -> str:
    """A cell in words; instants by the library's clock."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return words().gettext("так") if cell else words().gettext("ні")
    if isinstance(cell, datetime):
        return cell.astimezone(words().timezone).strftime("%Y-%m-%d %H:%M")
    return cell.isoformat() if isinstance(cell, date) else str(cell)
