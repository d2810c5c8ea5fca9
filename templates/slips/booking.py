"""The slip of a booked computer: its hour, what to bring, how to cancel (C3.1.1)."""

from __future__ import annotations

from PIL import Image

from templates.slips.content import BookingContent, Language, WidthDots
from templates.slips.parts import Fact, fact_rows, head, open_part, small_print
from templates.slips.sheet import Sheet
from templates.slips.tokens import look
from templates.slips.words import words


def draw_booking(content: BookingContent, width_dots: WidthDots, language: Language) -> Image.Image:
    """The slip: mode "1", `width_dots` wide, as long as it needs."""
    return compose_booking(content, width_dots, language).image()


def compose_booking(content: BookingContent, width_dots: WidthDots, language: Language) -> Sheet:
    """The same as a list of pieces, before it is painted."""
    sheet, word = Sheet(look(width_dots)), words(language)
    title = word["booking_title"].format(number=content.number)
    head(sheet, content.library, title, content.hours)
    open_part(sheet, sheet.look.hairline)
    rows: list[list[Fact]] = [
        [(word["booking_day"], content.day)], [(word["booking_place"], content.place)],
    ]  # fmt: skip
    sheet.y = fact_rows(sheet, sheet.y, sheet.look.inner, rows)
    open_part(sheet, sheet.look.hairline)
    small_print(sheet, [word["booking_bring"]], sheet.look.text)
    small_print(sheet, [word["booking_come"]], sheet.look.small)
    open_part(sheet, sheet.look.hairline)
    phone = content.phone and word["booking_phone"].format(phone=content.phone)
    kept = word["booking_kept"].format(minutes=content.kept_min)
    small_print(sheet, [kept, word["booking_cancel"], phone], sheet.look.small)
    return sheet
