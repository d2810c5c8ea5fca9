"""The trial print of a technician: shows whether every dot of the paper's width burns."""

from __future__ import annotations

from PIL import Image

from templates.slips.codes import SLIP_QR_MOST, qr
from templates.slips.content import Language, WidthDots
from templates.slips.parts import band, foot, small_print
from templates.slips.sheet import Sheet
from templates.slips.tokens import look
from templates.slips.words import words

_LETTERS = "ҐґЄєІіЇї ’ « » — № 0123456789"
_STAIR = 16
_STEP_DOTS = 8


def draw_trial(station: str, when: str, width_dots: WidthDots, language: Language) -> Image.Image:
    """Letters, both codes, and a stair from edge to edge: a dot that does not burn is a white line.

    It is no slip: its codes name the station and let nobody in.
    """
    word, sheet = words(language), Sheet(look(width_dots))
    sheet.space(sheet.look.gap_tight)
    band(sheet, word["trial_title"], station)
    sheet.space(sheet.look.gap_part)
    small_print(sheet, (when, _LETTERS), sheet.look.text)
    small_print(sheet, (word["trial_note"],), sheet.look.small)
    sheet.space(sheet.look.gap_tight)
    _stair(sheet)
    mask, module = qr(f"TRIAL {station} {when}", sheet.look.qr_side // 2, SLIP_QR_MOST)
    sheet.space(4 * module)
    sheet.code((sheet.look.width - mask.width) // 2, sheet.y, mask)
    sheet.space(mask.height + 4 * module)
    foot(sheet, f"TRIAL-{station}")
    return sheet.image()


def _stair(sheet: Sheet) -> None:
    """Each dot of the width burns at least once."""
    for left in range(0, sheet.look.width, _STAIR):
        height = _STEP_DOTS * (1 + left // _STAIR % 4)
        sheet.area(left, sheet.y, min(_STAIR, sheet.look.width - left), height)
    sheet.space(4 * _STEP_DOTS + sheet.look.gap_part)
