"""The grid in which departments mark visits and documents by hand (R3.1.2, R3.1.4)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from templates.slips.content import Mark
from templates.slips.parts import Words
from templates.slips.sheet import Sheet
from templates.slips.tokens import Style
from templates.slips.typeface import clean, fit, measure, wrap

_EMPTY_BESIDE_KNOWN = 3
_CELL_LINES = 8
_COLUMNS = (
    "mark_department",
    "mark_time",
    "mark_issued",
    "mark_returned",
    "mark_home",
    "signature",
)
"""Words of the columns, in the order of `_cells`."""


def marks_grid(sheet: Sheet, word: Words, marks: Sequence[Mark]) -> None:
    """Marks known already, then empty rows to fill by hand: always some."""
    look = sheet.look
    empty = max(look.empty_rows - len(marks), _EMPTY_BESIDE_KNOWN)
    if not look.narrow:
        _header(sheet, word)
    sheet.line(look.margin, sheet.y, look.inner, look.rule)
    sheet.space(look.rule)
    top = sheet.y
    for mark in [*map(_cells, marks), *[[""] * len(_COLUMNS)] * empty]:
        _row(sheet, word, mark)
    _upright_lines(sheet, top)


def _cells(mark: Mark) -> list[str]:
    counts = (mark.issued, mark.returned, mark.home)
    texts = [mark.department, mark.time, *(str(count) for count in counts), mark.signed_by]
    return [clean(text, 60) for text in texts]


def _header(sheet: Sheet, word: Words) -> None:
    look = sheet.look
    for x, _, key in _places(sheet, _COLUMNS):
        sheet.text(x, sheet.y, word[key], look.small)
    sheet.space(look.small.line + look.gap_cell)


def _places(sheet: Sheet, cells: Sequence[str]) -> list[tuple[int, int, str]]:
    """Left edge of the letters, their width and the text for one line of cells."""
    look, pad = sheet.look, sheet.look.gap_cell
    ends = list(accumulate(look.columns))
    starts = [0, *ends[:-1]]
    return [
        (
            look.margin + start + (pad if start else 0),
            end - start - (pad if start else 0) - look.gap_inset,
            cell,
        )
        for start, end, cell in zip(starts, ends, cells, strict=True)
    ]


def _row(sheet: Sheet, word: Words, cells: Sequence[str]) -> None:
    """One mark: a line of six cells, or two lines of three with the label in each cell."""
    look, across = sheet.look, len(sheet.look.columns)
    for first in range(0, len(cells), across):
        labels = [word[key] for key in _COLUMNS[first : first + across]] if look.narrow else []
        _line_of_cells(sheet, cells[first : first + across], labels)
    if look.narrow:
        sheet.line(look.margin, sheet.y - look.hairline, look.inner, look.rule)
        sheet.space(look.rule - look.hairline)


def _line_of_cells(sheet: Sheet, cells: Sequence[str], labels: Sequence[str]) -> None:
    look = sheet.look
    label_height = look.small.line + look.gap_inset if labels else 0
    for x, _, label in _places(sheet, labels) if labels else []:
        sheet.text(x, sheet.y + look.gap_inset, label, look.small)
    height = look.row_height
    for x, width, cell in _places(sheet, cells):
        if cell:
            style = _unbroken(cell, look.small_strong, width)
            rows = len(wrap(cell, style, width, _CELL_LINES))
            height = max(height, label_height + rows * look.small.line + look.gap_tight)
            top = sheet.y + label_height + look.gap_inset
            sheet.lines(x, top, cell, style, width, _CELL_LINES)
    sheet.space(height)
    sheet.line(look.margin, sheet.y - look.hairline, look.inner, look.hairline)


def _unbroken(cell: str, style: Style, width: int) -> Style:
    """Smaller letters, down to three quarters, where they keep the longest word whole."""
    longest = max(cell.split(), key=lambda word: measure(word, style))
    smaller = fit(longest, style, width, style.size * 3 // 4)
    return smaller if measure(longest, smaller) <= width else style


def _upright_lines(sheet: Sheet, top: int) -> None:
    look = sheet.look
    for end in list(accumulate(look.columns))[:-1]:
        sheet.line(look.margin + end, top, look.hairline, sheet.y - top)
