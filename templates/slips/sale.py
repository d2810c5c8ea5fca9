"""The slip of a paid service: what was sold, by which approved price; no fiscal receipt (C3.2)."""

from __future__ import annotations

from PIL import Image

from templates.slips.content import Language, SaleContent, WidthDots
from templates.slips.parts import Fact, band, fact_rows, head, open_part, small_print
from templates.slips.sheet import Sheet
from templates.slips.tokens import look
from templates.slips.words import words


def draw_sale(content: SaleContent, width_dots: WidthDots, language: Language) -> Image.Image:
    """The slip: mode "1", `width_dots` wide, as long as it needs."""
    return compose_sale(content, width_dots, language).image()


def compose_sale(content: SaleContent, width_dots: WidthDots, language: Language) -> Sheet:
    """The same as a list of pieces, before it is painted."""
    sheet, word = Sheet(look(width_dots)), words(language)
    head(sheet, content.library, word["sale_title"], content.number)
    if content.cancelled:
        band(sheet, word["sale_cancelled"], content.cancelled)
    open_part(sheet, sheet.look.hairline)
    rows: list[list[Fact]] = [
        [(word["sale_service"], content.service)],
        [(word["sale_price"], content.price), (word["sale_quantity"], content.quantity)],
        [(word["sale_amount"], content.amount), (word["sale_method"], content.method)],
        [(word["sale_receipt"], content.receipt), (word["sale_at"], content.at)],
    ]
    sheet.y = fact_rows(sheet, sheet.y, sheet.look.inner, rows)
    open_part(sheet, sheet.look.hairline)
    sheet.y = fact_rows(sheet, sheet.y, sheet.look.inner, [[(word["sale_by"], content.staff)]])
    gone: list[Fact] = [
        (word["sale_cancelled_by"], content.canceller),
        (word["sale_cancel_reason"], content.cancel_reason),
    ]
    lines = [[fact] for fact in gone if fact[1]]
    sheet.y = fact_rows(sheet, sheet.y, sheet.look.inner, lines)
    open_part(sheet, sheet.look.hairline)
    approved = word["sale_approved"].format(order=content.approved) if content.approved else ""
    small_print(sheet, [approved, word["sale_note"]], sheet.look.small)
    return sheet
