"""Parts that all slips share: head, notices, facts beside the QR code, small print, foot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from templates.slips.codes import QR_QUIET_MODULES, SLIP_QR_MOST, code128, qr
from templates.slips.sheet import BLACK, WHITE, Sheet
from templates.slips.tokens import Look, Style
from templates.slips.typeface import NO_BREAK, cap_height, clean, measure

Words = Mapping[str, str]
Fact = tuple[str, str | None]
"""A label and its value; without a value a line to write on is left."""

_LIBRARY_LINES = 5
_VALUE_SIGNS = 300
_FIRST_SHARE = 58


def open_part(sheet: Sheet, thickness: int) -> None:
    """White, a line across the paper, white."""
    look = sheet.look
    sheet.space(look.gap_part)
    sheet.line(look.margin, sheet.y, look.inner, thickness)
    sheet.space(thickness + look.gap_part - look.gap_tight)


def head(sheet: Sheet, library: str, title: str, number: str) -> None:
    """The library, a heavy rule, what this paper is, and its number across the whole width."""
    look = sheet.look
    name = clean(library)
    sheet.space(sheet.lines(look.margin, sheet.y, name, look.small, look.inner, _LIBRARY_LINES))
    sheet.space(look.gap_tight)
    sheet.line(look.margin, sheet.y, look.inner, look.rule)
    sheet.space(look.rule + look.gap_tight)
    sheet.space(sheet.lines(look.margin, sheet.y, title, look.text, look.inner))
    sheet.fitted(look.margin, clean(number, 40), look.number, look.inner, look.number_least)


def band(sheet: Sheet, title: str, note: str, *, loud: bool = True) -> None:
    """A strip across the paper, for a slip that is not like every other.

    Loud is white on black; quiet, a frame, is for what concerns the staff alone.
    """
    look, pad = sheet.look, sheet.look.gap_part - sheet.look.gap_tight
    beside = measure(title, look.text) + measure(note, look.small) + 3 * pad <= look.inner
    height = look.text.line + (0 if beside else look.small.line) + look.gap_tight
    sheet.space(look.gap_tight)
    frame = sheet.area if loud else sheet.frame
    frame(look.margin, sheet.y, look.inner, height)
    colour = WHITE if loud else BLACK
    top, left = sheet.y + look.gap_tight // 2, look.margin + pad
    sheet.text(left, top, title, look.text, colour)
    if beside:
        left, drop = look.width - left - measure(note, look.small), same_baseline(look)
    else:
        drop = look.text.line
    sheet.text(left, top + drop, note, look.small, colour)
    sheet.space(height)


def same_baseline(look: Look) -> int:
    """How much lower than a line of text a line of small print begins to stand on its baseline."""
    baselines = [(style.line + cap_height(style)) // 2 for style in (look.text, look.small)]
    return baselines[0] - baselines[1]


def notices(sheet: Sheet, word: Words, *, reprint: bool, offline: str | None) -> None:
    """Bands for a reprint and for data of the station's own copy."""
    if reprint:
        band(sheet, word["reprint"], word["same_number"])
    if offline is not None:
        band(sheet, word["offline"], word["offline_age"].format(age=offline), loud=False)


def fact(sheet: Sheet, x: int, y: int, width: int, entry: Fact) -> int:
    """A small label above its value; returns the height."""
    look = sheet.look
    label, value = entry
    height = sheet.lines(x, y, label, look.small, width)
    if value is None:
        height += look.text.line
        sheet.line(x, y + height - look.hairline, width, look.hairline)
        return height
    text = clean(value, _VALUE_SIGNS)
    return height + sheet.lines(x, y + height, text, look.text, width)


def fact_rows(sheet: Sheet, y: int, width: int, rows: Sequence[Sequence[Fact]]) -> int:
    """Rows of one fact or of two, the first a little wider. Returns where they end."""
    look = sheet.look
    first = (width - look.gap_column) * _FIRST_SHARE // 100
    columns = [(look.margin, first), (look.margin + first + look.gap_column, 0)]
    columns[1] = (columns[1][0], width - first - look.gap_column)
    for row in rows:
        places = columns if len(row) > 1 else [(look.margin, width)]
        y += look.gap_tight + max(
            fact(sheet, x, y, column, entry) for (x, column), entry in zip(places, row, strict=True)
        )
    return y


def facts_beside_code(
    sheet: Sheet, code: str, beside: Sequence[Sequence[Fact]], below: Sequence[Sequence[Fact]]
) -> None:
    """The QR code at the right edge, facts at its left, and what finds no room there below."""
    look = sheet.look
    mask, module = qr(code, look.qr_side, SLIP_QR_MOST)
    white = QR_QUIET_MODULES * module
    left = look.width - look.margin - mask.width
    sheet.code(left, sheet.y + look.gap_tight, mask)
    width = left - look.margin - white
    end = fact_rows(sheet, sheet.y, width, beside)
    white = white if below else look.gap_tight
    sheet.y = max(end, sheet.y + look.gap_tight + mask.height + white)
    sheet.y = fact_rows(sheet, sheet.y, look.inner, below)


def time_lines(sheet: Sheet, entries: Sequence[Fact]) -> None:
    """Phrases in small print that end in a time, the times below one another."""
    look = sheet.look
    indent = max(measure(label, look.small) for label, _ in entries) + look.gap_column
    left, right = look.margin + indent, look.width - look.margin
    for label, time in entries:
        sheet.text(look.margin, sheet.y + same_baseline(look), label, look.small)
        if time is None:
            bottom = sheet.y + look.text.line - look.hairline
            sheet.line(left, bottom, right - left, look.hairline)
        else:
            sheet.shrunk(left, sheet.y, clean(time, 12), look.text, right - left)
        sheet.space(look.text.line)
    sheet.space(look.gap_tight)


def small_print(sheet: Sheet, paragraphs: Sequence[str], style: Style) -> None:
    """Paragraphs with a little white between them; an empty one takes no place."""
    for paragraph in filter(None, paragraphs):
        sheet.space(sheet.lines(sheet.look.margin, sheet.y, paragraph, style, sheet.look.inner))
        sheet.space(sheet.look.gap_tight)


def foot(sheet: Sheet, number: str) -> None:
    """Code 128 for laser scanners, as coarse as the paper allows, and the number below it.

    The bars leave out the hyphens, which are there for people.
    """
    look, text = sheet.look, clean(number, 40)
    mask = code128(text.replace("-", ""), look.bar_module, look.bar_height, look.width)
    sheet.space(look.gap_part - look.gap_tight)
    sheet.code(min(look.margin, (look.width - mask.width) // 2), sheet.y, mask)
    sheet.space(look.bar_height + look.gap_tight)
    sheet.space(sheet.lines(look.margin, sheet.y, text, look.small_strong, look.inner))
    sheet.space(look.gap_tight)


def desk_line(word: Words, phone: str) -> str:
    """Where to turn; the telephone number stays on one line. Nothing where there is none."""
    number = clean(phone).replace(" ", NO_BREAK)
    return word["desk"].format(phone=number) if number else ""
