"""A picture as the ESC/POS bytes that print it.

Text is never sent as text: a printer's code pages differ and lack letters, and a name
could carry commands. The picture goes as GS v 0 in bands that a small buffer holds; it is
built here and not by python-escpos, which takes 0.17 s to import for these ten lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np
from PIL import Image

from hardware.contracts import PictureTooWide

BAND_ROWS: Final = 128

Rows: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.uint8]]

_DLE: Final = 0x10
_REAL_TIME: Final = (0x04, 0x05, 0x14)
_ONE_DOT: Final = 0x08
_INITIALISE: Final = b"\x1b@"
_HALF: Final = 128


class Cutter(StrEnum):
    """How slips are parted."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


_CUTS: Final = {Cutter.FULL: b"\x1dVA", Cutter.PARTIAL: b"\x1dVB"}


def job(image: Image.Image, width_dots: int, cutter: Cutter, feed_dots: int) -> Iterator[bytes]:
    """The bytes that print `image`, in pieces; raises `PictureTooWide`.

    After the picture `feed_dots` (0 to 255) of white paper, then the cut, or without a
    cutter so much paper that the slip can be torn off above the printing head.
    """
    if image.width > width_dots:
        raise PictureTooWide(f"{image.width} dots do not fit on {width_dots}")
    yield _INITIALISE
    rows = _packed(image, width_dots)
    for top in range(0, len(rows), BAND_ROWS):
        yield _raster(rows[top : top + BAND_ROWS])
    yield _ending(cutter, feed_dots)


def _packed(image: Image.Image, width_dots: int) -> Rows:
    """Rows of 8 dots a byte, 1 is black; darker than half is black, nothing is white."""
    white = Image.new("RGBA", (width_dots, image.height), "white")
    white.alpha_composite(image.convert("RGBA"))
    black = np.asarray(white.convert("L")) < _HALF
    return _harmless(np.packbits(black, axis=1))


def _harmless(rows: Rows) -> Rows:
    """`rows` without DLE EOT, DLE ENQ and DLE DC4, by one more dot for each.

    Printers obey these even amid a picture: they would answer, reset, or kick a drawer.
    """
    data = rows.ravel()
    following = np.append(data[1:], 0)
    data[(data == _DLE) & np.isin(following, _REAL_TIME)] |= _ONE_DOT
    return data.reshape(rows.shape)


def _raster(rows: Rows) -> bytes:
    height, stride = rows.shape
    size = stride.to_bytes(2, "little") + height.to_bytes(2, "little")
    return b"\x1dv0\x00" + size + rows.tobytes()


def _ending(cutter: Cutter, feed_dots: int) -> bytes:
    feed = feed_dots.to_bytes(1, "little")
    return _CUTS[cutter] + feed if cutter in _CUTS else b"\x1bJ" + feed
