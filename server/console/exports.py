"""Tables as CSV and XLSX, in which no cell is ever a formula (threat 13)."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import quote

import xlsxwriter
from flask import Response

from server.console.centre import now, words

FORMATS = ("csv", "xlsx")
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, wide signs too."""
_MIME = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_WIDEST = 60
Sheet = tuple[str, Sequence[str], Sequence[Sequence[Any]]]
"""Name, headings and rows."""


def answer(
    format_: str, name: str, head: Sequence[str], body: Sequence[Sequence[Any]], *,
    more: Sequence[Sheet] = (),
) -> Response:  # fmt: skip
    """A file to save, named after the list and the day; a workbook may have `more` sheets."""
    made = as_xlsx(head, body, more) if format_ == "xlsx" else as_csv(head, body)
    file = f"{name}-{now().date().isoformat()}.{format_}"
    response = Response(made, mimetype=_MIME[format_])
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file)}"
    return response


def as_csv(head: Sequence[str], body: Sequence[Sequence[Any]]) -> bytes:
    """UTF-8 with its mark, semicolons: as Ukrainian spreadsheets open it by a press."""
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(head)
    writer.writerows([_harmless(as_text(cell)) for cell in row] for row in body)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(
    head: Sequence[str], body: Sequence[Sequence[Any]], more: Sequence[Sheet] = ()
) -> bytes:
    """A workbook; text is text, numbers are numbers."""
    file = BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    strong = book.add_format({"bold": True})
    _fill(book.add_worksheet(), strong, head, body)
    for name, its_head, its_body in more:
        _fill(book.add_worksheet(_sheet_name(name)), strong, its_head, its_body)
    book.close()
    return file.getvalue()


def _sheet_name(name: str) -> str:
    """As spreadsheets allow it: 31 signs, none of a formula's."""
    return _NOT_IN_NAMES.sub(" ", name).strip()[:31]


def _fill(sheet: Any, strong: Any, head: Sequence[str], body: Sequence[Sequence[Any]]) -> None:
    for place, label in enumerate(head):
        sheet.write_string(0, place, label, strong)
    for line, row in enumerate(body, start=1):
        for place, cell in enumerate(row):
            if isinstance(cell, int | float) and not isinstance(cell, bool):
                sheet.write_number(line, place, cell)
            else:
                sheet.write_string(line, place, as_text(cell))
    sheet.freeze_panes(1, 0)
    for place, label in enumerate(head):
        longest = max((len(as_text(row[place])) for row in body), default=0)
        sheet.set_column(place, place, min(_WIDEST, max(longest, len(label)) + 2))


def as_text(cell: Any) -> str:
    """A cell in words; instants by the library's clock."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return words().gettext("так") if cell else words().gettext("ні")
    if isinstance(cell, datetime):
        return cell.astimezone(words().timezone).strftime("%Y-%m-%d %H:%M")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _harmless(text: str) -> str:
    """An apostrophe before what a spreadsheet would calculate; plain numbers stay numbers."""
    is_number = _NUMBER.fullmatch(text) is not None
    return f"'{text}" if text.startswith(_STARTS_FORMULA) and not is_number else text
