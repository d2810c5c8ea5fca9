"""The request form of a kiosk on slip paper: what is fetched, for whom, and who signed (R3.2.1)."""

from __future__ import annotations

from PIL import Image

from templates.slips.content import Language, RequestContent, WidthDots
from templates.slips.items import signature_line
from templates.slips.parts import Fact, fact_rows, head, open_part, small_print
from templates.slips.sheet import Sheet
from templates.slips.tokens import look
from templates.slips.words import words


def draw_request(content: RequestContent, width_dots: WidthDots, language: Language) -> Image.Image:
    """The form: mode "1", `width_dots` wide, as long as it needs."""
    return compose_request(content, width_dots, language).image()


def compose_request(content: RequestContent, width_dots: WidthDots, language: Language) -> Sheet:
    """The same as a list of pieces, before it is painted."""
    sheet, word = Sheet(look(width_dots)), words(language)
    head(sheet, content.library, word["request_title"], content.number)
    open_part(sheet, sheet.look.hairline)
    rows: list[list[Fact]] = [[(word["request_document"], content.title)]]
    if content.author:
        rows.append([(word["request_author"], content.author)])
    rows.append(_pair(word["request_shelf_mark"], content.shelf_mark or "—",
                      word["request_year"], content.year or "—"))  # fmt: skip
    rows.append(_pair(word["request_department"], content.department,
                      word["request_inventory"], content.inventory_number))  # fmt: skip
    sheet.y = fact_rows(sheet, sheet.y, sheet.look.inner, rows)
    open_part(sheet, sheet.look.hairline)
    reader = _pair(word["reader"], content.reader, word["ticket"], content.ticket)
    sheet.y = fact_rows(
        sheet, sheet.y, sheet.look.inner, [reader, [(word["request_at"], content.at)]]
    )
    open_part(sheet, sheet.look.hairline)
    signature_line(sheet, word["request_signature"], None)
    signature_line(sheet, word["request_fetched"], None)
    small_print(sheet, [word["request_note"]], sheet.look.small)
    return sheet


def _pair(first: str, value: str, second: str, other: str) -> list[Fact]:
    return [(first, value), (second, other)]
