"""Machine-readable codes in whole dots: QR and Code 128."""

from __future__ import annotations

import segno
from barcode.codex import Code128  # type: ignore[import-untyped]
from PIL import Image

QR_VERSION_MOST = 6
QR_QUIET_MODULES = 4
BAR_MODULE_LEAST = 2
"""A quarter of a millimetre: what laser scanners still read from thermal paper."""


class CodeTooLongError(ValueError):
    """A text that does not fit into the code it shall be printed as."""


def qr(text: str, module: int, version_most: int = QR_VERSION_MOST) -> Image.Image:
    """The QR code without its quiet zone, error level M, `module` dots a module.

    Raises CodeTooLongError above `version_most`: 6-M holds 154 signs of Base45.
    """
    code = segno.make_qr(text, error="m", boost_error=False)
    if int(code.version) > version_most:
        raise CodeTooLongError(f"{len(text)} signs need a QR version {code.designator}")
    rows = [list(row) for row in code.matrix]
    return _bitmap(rows).resize((len(rows) * module, len(rows) * module), Image.Resampling.NEAREST)


def code128(text: str, module_most: int, height: int, width_most: int) -> Image.Image:
    """The bars without their quiet zone, in the widest module, at least 2 dots, that fits.

    Raises CodeTooLongError where even that is too wide.
    """
    bars = [int(bit) for bit in Code128(text).build()[0]]
    module = min(module_most, width_most // len(bars))
    if module < BAR_MODULE_LEAST:
        raise CodeTooLongError(f"{len(text)} signs of Code 128 are {len(bars)} modules wide")
    return _bitmap([bars]).resize((len(bars) * module, height), Image.Resampling.NEAREST)


def _bitmap(rows: list[list[int]]) -> Image.Image:
    """A mask of one bit: set where the code is dark."""
    image = Image.new("1", (len(rows[0]), len(rows)), 0)
    image.putdata([bool(bit) * 255 for row in rows for bit in row])
    return image
