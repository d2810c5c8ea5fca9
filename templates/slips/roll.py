"""The list of those inside on slip paper, to be ticked off by hand in the street."""

from __future__ import annotations

from PIL import Image

from templates.slips.content import Language, RollContent, RollLine, WidthDots
from templates.slips.items import checkbox
from templates.slips.parts import Words, open_part, same_baseline, small_print
from templates.slips.sheet import Sheet
from templates.slips.tokens import look
from templates.slips.typeface import clean, measure
from templates.slips.words import words

_NAME_SIGNS = 60
_LIBRARY_LINES = 3


def draw_roll(content: RollContent, width_dots: WidthDots, language: Language) -> Image.Image:
    """The list: mode "1", `width_dots` wide, as long as it needs."""
    return compose_roll(content, width_dots, language).image()


def compose_roll(content: RollContent, width_dots: WidthDots, language: Language) -> Sheet:
    """The same as a list of pieces, before it is painted."""
    sheet, word = Sheet(look(width_dots)), words(language)
    _head(sheet, word, content)
    for hall in content.halls:
        open_part(sheet, sheet.look.rule)
        title = clean(hall.name, _NAME_SIGNS) or word["roll_no_mark"]
        sheet.space(
            sheet.lines(sheet.look.margin, sheet.y, title, sheet.look.text, sheet.look.inner)
        )
        for line in hall.lines:
            _line(sheet, word, line)
    if not content.halls:
        open_part(sheet, sheet.look.rule)
        small_print(sheet, [word["roll_nobody"]], sheet.look.text)
    open_part(sheet, sheet.look.rule)
    small_print(sheet, [word["roll_others"]], sheet.look.small)
    for label in ("roll_gave", "roll_took", "roll_time"):
        _to_write(sheet, word[label])
    sheet.space(sheet.look.gap_part)
    return sheet


def _head(sheet: Sheet, word: Words, content: RollContent) -> None:
    look_ = sheet.look
    name = clean(content.library)
    sheet.space(sheet.lines(look_.margin, sheet.y, name, look_.small, look_.inner, _LIBRARY_LINES))
    sheet.space(look_.gap_tight)
    sheet.line(look_.margin, sheet.y, look_.inner, look_.rule)
    sheet.space(look_.rule + look_.gap_tight)
    sheet.fitted(look_.margin, word["roll_title"], look_.number, look_.inner, look_.number_least)
    at = word["roll_at"].format(at=content.at)
    sheet.space(sheet.lines(look_.margin, sheet.y, at, look_.text, look_.inner))
    boxes = [(word["roll_fire"], content.fire), (word["roll_air_raid"], content.air_raid)]
    _boxes(sheet, boxes)
    counts = word["roll_counts"].format(
        readers=content.readers, guests=content.guests, children=content.children,
        staff=content.staff,
    )  # fmt: skip
    heard = word["roll_station"].format(station=content.station, heard=content.heard_at)
    small_print(sheet, [counts, heard], look_.small_strong)


def _line(sheet: Sheet, word: Words, line: RollLine) -> None:
    """Name and slip, the time of the last mark at the edge, three boxes below."""
    look_ = sheet.look
    sheet.space(look_.gap_tight)
    sheet.line(look_.margin, sheet.y, look_.inner, look_.hairline)
    sheet.space(look_.hairline + look_.gap_inset)
    more = f" × {line.persons}" if line.persons > 1 else ""
    name = (clean(line.name, _NAME_SIGNS) or word["roll_unnamed"]) + more
    time_width = measure(line.seen, look_.text)
    room = look_.inner - time_width - look_.gap_column
    sheet.text(look_.width - look_.margin - time_width, sheet.y, line.seen, look_.text)
    sheet.space(sheet.lines(look_.margin, sheet.y, name, look_.text, room, 2))
    _needs_help(sheet, word, line)
    sheet.space(sheet.lines(look_.margin, sheet.y, clean(line.slip, 40), look_.small, look_.inner))
    _boxes(sheet, [(word[key], False) for key in ("roll_out", "roll_shelter", "roll_missing")])


def _needs_help(sheet: Sheet, word: Words, line: RollLine) -> None:
    """A box at the edge, beside the number: ticked and strong for those who asked for help."""
    look_ = sheet.look
    style = look_.small_strong if line.needs_help else look_.small
    left = look_.width - look_.margin - measure(word["roll_needs_help"], style)
    drop = (style.line - look_.checkbox) // 2
    box = checkbox(look_, ticked=line.needs_help)
    sheet.sign(left - look_.gap_tight - look_.checkbox, sheet.y + drop, box)
    sheet.text(left, sheet.y, word["roll_needs_help"], style)


def _boxes(sheet: Sheet, boxes: list[tuple[str, bool]]) -> None:
    """Boxes with their words, on the next line where this one is full."""
    look_, x = sheet.look, sheet.look.margin
    drop = (look_.text.line - look_.checkbox) // 2
    for label, ticked in boxes:
        width = look_.checkbox + look_.gap_tight + measure(label, look_.small)
        if x > look_.margin and x + width > look_.width - look_.margin:
            sheet.space(look_.text.line)
            x = look_.margin
        sheet.sign(x, sheet.y + drop, checkbox(look_, ticked=ticked))
        left = x + look_.checkbox + look_.gap_tight
        sheet.text(left, sheet.y + same_baseline(look_), label, look_.small)
        x += width + look_.gap_column
    sheet.space(look_.text.line)


def _to_write(sheet: Sheet, label: str) -> None:
    """A label and a line to write on."""
    look_ = sheet.look
    sheet.space(look_.row_height - look_.small.line)
    start = look_.margin + measure(label, look_.small) + look_.gap_column
    bottom = sheet.y + look_.small.line - look_.hairline
    sheet.text(look_.margin, sheet.y, label, look_.small)
    sheet.line(start, bottom, look_.width - look_.margin - start, look_.hairline)
    sheet.space(look_.small.line)
