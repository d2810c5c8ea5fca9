"""Own items brought in, by whom they were allowed, and the row filled in at the exit."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from templates.slips.content import ItemKind, OwnItem
from templates.slips.parts import Words, same_baseline
from templates.slips.sheet import Sheet
from templates.slips.tokens import Look
from templates.slips.typeface import clean, measure, wrap

_BLANK_COUNT = 56
_BLANK_WORDS = 120
_LEAST_LINE = 120
_NAME_SIGNS = 40


def own_items(sheet: Sheet, word: Words, items: Sequence[OwnItem]) -> None:
    """A box for every kind, ticked where the reader declared it, then who allowed it (R3.1.3)."""
    look = sheet.look
    sheet.text(look.margin, sheet.y, word["own_items"], look.small)
    sheet.space(look.small.line + look.gap_cell)
    x = look.margin
    for kind in ItemKind:
        mine: list[OwnItem | None] = [item for item in items if item.kind is kind]
        for item in mine or [None]:
            x = _item(sheet, word, x, kind, item)
    sheet.space(look.text.line + look.gap_tight)
    for names, allowed_by in _approvals(word, items):
        signature_line(sheet, f"{word['allowed_by']}{names}", allowed_by)


def _item(sheet: Sheet, word: Words, x: int, kind: ItemKind, item: OwnItem | None) -> int:
    """One box with its words, on the next line where this one is full; returns the next x."""
    look = sheet.look
    style = look.small if item is None else look.small_strong
    indent, blank = look.checkbox + look.gap_tight, _blank(kind, item)
    rows = wrap(_label(word, kind, item), style, look.inner - indent)
    unit = word["pieces"] if blank and kind is ItemKind.DOCUMENTS else ""
    width = indent + max(measure(row, style) for row in rows) + _after(look, blank, unit)
    if x > look.margin and x + width > look.width - look.margin:
        sheet.space(look.text.line + look.gap_cell)
        x = look.margin
    _draw_box(sheet, x, ticked=item is not None)
    for row in rows[:-1]:
        sheet.text(x + indent, sheet.y + same_baseline(look), row, style)
        sheet.space(style.line)
    end = x + indent + sheet.text(x + indent, sheet.y + same_baseline(look), rows[-1], style)
    _draw_blank(sheet, end + look.gap_tight, blank, unit)
    return x + width + look.gap_part


def _after(look: Look, blank: int, unit: str) -> int:
    """Width of the line to write on and its unit, with the white before each."""
    return sum(part + look.gap_tight for part in (blank, measure(unit, look.small)) if part)


def _draw_box(sheet: Sheet, x: int, *, ticked: bool) -> None:
    look = sheet.look
    drop = (look.text.line - look.checkbox) // 2
    sheet.sign(x, sheet.y + drop, checkbox(look, ticked=ticked))


def _draw_blank(sheet: Sheet, x: int, blank: int, unit: str) -> None:
    look = sheet.look
    if blank:
        sheet.line(x, sheet.y + look.text.line - look.gap_cell, blank, look.hairline)
        sheet.text(x + blank + look.gap_tight, sheet.y + same_baseline(look), unit, look.small)


def _label(word: Words, kind: ItemKind, item: OwnItem | None) -> str:
    label = word[f"item_{kind.value}"]
    if item is None:
        return label
    if item.note:
        label = f"{label}: {clean(item.note, 40)}"
    counted = item.count > 1 or kind is ItemKind.DOCUMENTS
    return f"{label}, {item.count} {word['pieces']}" if counted else label


def _blank(kind: ItemKind, item: OwnItem | None) -> int:
    if item is not None:
        return 0
    return {ItemKind.DOCUMENTS: _BLANK_COUNT, ItemKind.OTHER: _BLANK_WORDS}.get(kind, 0)


def _approvals(word: Words, items: Sequence[OwnItem]) -> list[tuple[str, str | None]]:
    """Who allowed what; the kinds are named only where not one person allowed everything."""
    by_name: dict[str | None, list[str]] = {}
    for item in items:
        by_name.setdefault(item.approved_by, []).append(word[f"item_{item.kind.value}"])
    if len(by_name) <= 1:
        return [("", name) for name in by_name] or [("", None)]
    return [(f": {', '.join(kinds)}", name) for name, kinds in by_name.items()]


def signature_line(sheet: Sheet, label: str, name: str | None) -> None:
    """A printed name, or a line long and high enough to sign on, across the whole paper."""
    sheet.space(sign_here(sheet, sheet.look.margin, sheet.look.inner, label, name))


def sign_here(
    sheet: Sheet, x: int, width: int, label: str, name: str | None, *, beside_line: bool = False
) -> int:
    """The same on a part of the width, without moving on; returns the height it took.

    A name that stands beside a line to sign on stands as low as that line.
    """
    look, y = sheet.look, sheet.y
    least = _LEAST_LINE if name is None else measure(clean(name, _NAME_SIGNS), look.text)
    indent = measure(label, look.small) + look.gap_tight
    if indent + least > width:
        y += sheet.lines(x, y, label, look.small, width)
        indent, label = 0, ""
    if name is None or beside_line:
        y += look.sign_height - look.text.line
    sheet.text(x, y + same_baseline(look), label, look.small)
    y += _line_or_name(sheet, x + indent, y, width - indent, name) + look.gap_tight
    return y - sheet.y


def _line_or_name(sheet: Sheet, x: int, y: int, width: int, name: str | None) -> int:
    look = sheet.look
    if name is not None:
        return sheet.lines(x, y, clean(name, _NAME_SIGNS), look.text, width)
    sheet.line(x, y + look.text.line - look.hairline, width, look.hairline)
    return look.text.line


def exit_row(sheet: Sheet, word: Words, token: str | None) -> None:
    """Cloakroom token, documents carried out, time and signature, filled in at the exit."""
    look = sheet.look
    cells = [
        (word["token"], "", clean(token, 12) if token else ""),
        (word["carries_out"], word["documents_unit"], ""),
        (word["leaves"], word["hour_unit"], ""),
        (word["signature"], "", ""),
    ]
    sheet.line(look.margin, sheet.y, look.inner, look.rule)
    sheet.space(look.rule)
    across = 2 if look.narrow else len(cells)
    for first in range(0, len(cells), across):
        _exit_cells(sheet, cells[first : first + across])


def _exit_cells(sheet: Sheet, cells: Sequence[tuple[str, str, str]]) -> None:
    look, top = sheet.look, sheet.y
    width = look.inner // len(cells)
    for index, (label, unit, value) in enumerate(cells):
        left = look.margin + index * width
        start = left + (look.gap_tight if index else 0)
        right = left + width - look.gap_tight
        sheet.text(start, top + look.gap_inset, label, look.small)
        sheet.shrunk(
            start, top + look.small.line + 2 * look.gap_inset, value, look.text, right - start
        )
        unit_top = top + look.row_height - look.small.line - look.gap_cell
        sheet.text(right - measure(unit, look.small), unit_top, unit, look.small)
        if index:
            sheet.line(left, top, look.hairline, look.row_height)
    sheet.space(look.row_height)
    sheet.line(look.margin, sheet.y - look.hairline, look.inner, look.hairline)


def checkbox(look: Look, *, ticked: bool) -> Image.Image:
    """A square, and a tick in it."""
    side = look.checkbox
    mask = Image.new("1", (side, side), 0)
    draw = ImageDraw.Draw(mask)
    draw.rectangle((0, 0, side - 1, side - 1), outline=255, width=look.hairline)
    if ticked:
        tick = [(side * 0.2, side * 0.5), (side * 0.42, side * 0.72), (side * 0.8, side * 0.24)]
        draw.line(tick, fill=255, width=look.tick, joint="curve")
    return mask
