"""Machine-readable codes in whole dots: QR and Code 128."""

from __future__ import annotations

import segno
from barcode.codex import Code128
from PIL import Image

TICKET_QR_MOST = 6
"""6-M holds 154 signs of Base45, the length of a ticket's code."""
SLIP_QR_MOST = 8
"""8-M holds 221 signs of Base45; a slip's code has about 200."""
QR_QUIET_MODULES = 4
BAR_MODULE_LEAST = 2
"""A quarter of a millimetre: what laser scanners still read from thermal paper."""


class CodeError(ValueError):
    """A text that the code it shall be printed as cannot hold."""


def qr(text: str, side_most: int, version_most: int) -> tuple[Image.Image, int]:
    """The QR code without its quiet zone, error level M, and the dots of one module.

    The module is the largest whole one with which the code is no wider than `side_most` dots.
    Raises CodeError for a text that needs more than `version_most`.
    """
    rows = _qr_rows(text, version_most)
    module = side_most // len(rows)
    side = len(rows) * module
    return _bitmap(rows).resize((side, side), Image.Resampling.NEAREST), module


def qr_modules(text: str, version_most: int) -> int:
    """How many modules wide the code is without its quiet zone. Raises CodeError as above."""
    return len(_qr_rows(text, version_most))


def _qr_rows(text: str, version_most: int) -> list[list[int]]:
    code = segno.make_qr(text, error="m", boost_error=False)
    if int(code.version) > version_most:
        raise CodeError(f"{len(text)} signs need a QR version {code.designator}")
    return [list(row) for row in code.matrix]


def code128(text: str, module_most: int, height: int, width_most: int) -> Image.Image:
    """The bars without their quiet zone, in the widest module, at least 2 dots, that fits.

    Raises CodeError where even that is too wide, and for signs beyond ASCII.
    """
    if not text.isascii() or not text.isprintable() or not text:
        raise CodeError("Code 128 holds printable ASCII signs only")
    bars = [int(bit) for bit in Code128(text).build()[0]]
    module = min(module_most, width_most // len(bars))
    if module < BAR_MODULE_LEAST:
        raise CodeError(f"{len(text)} signs of Code 128 are {len(bars)} modules wide")
    return _bitmap([bars]).resize((len(bars) * module, height), Image.Resampling.NEAREST)


def _bitmap(rows: list[list[int]]) -> Image.Image:
    """A mask of one bit: set where the code is dark."""
    image = Image.new("1", (len(rows[0]), len(rows)), 0)
    image.putdata([bool(bit) * 255 for row in rows for bit in row])
    return image
