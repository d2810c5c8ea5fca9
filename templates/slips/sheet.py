"""A strip of paper that grows downwards and remembers what lies where.

Nothing is painted before the end, when the height is known. The list of pieces is also what the
tests judge: inside the paper, nothing on top of anything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PIL import Image

from templates.slips.tokens import Look, Style
from templates.slips.typeface import cap_height, fit, ink, measure, wrap

BLACK, WHITE = 0, 255
_LEAST_SIZE = 8


class Kind(StrEnum):
    """What a piece is, for those who look at a drawn sheet."""

    TEXT = "text"
    LINE = "line"
    AREA = "area"
    CODE = "code"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Piece:
    """Something on the sheet: its box in dots (right and bottom excluded), mask and colour."""

    kind: Kind
    box: tuple[int, int, int, int]
    mask: Image.Image | None = None
    text: str = ""
    colour: int = BLACK


class Sheet:
    """The drawn pieces of one slip; `y` is where the next part begins."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.y = 0
        self.pieces: list[Piece] = []

    def space(self, dots: int) -> None:
        """Leave white."""
        self.y += dots

    def text(self, x: int, y: int, text: str, style: Style, colour: int = BLACK) -> int:
        """One run with its line's top at y; returns the dots it runs."""
        if text.strip():
            mask, left, top = ink(text, style, self.look.threshold)
            baseline = y + (style.line + cap_height(style)) // 2
            self._put(Kind.TEXT, x + left, baseline + top, mask, text=text, colour=colour)
        return measure(text, style)

    def shrunk(self, x: int, y: int, text: str, style: Style, width: int) -> None:
        """One run that becomes smaller where it is wider than its place."""
        self.text(x, y, text, fit(text, style, width, _LEAST_SIZE))

    def lines(self, x: int, y: int, text: str, style: Style, width: int, most: int = 99) -> int:
        """A wrapped text; returns its height."""
        rows = wrap(text, style, width, most)
        for index, row in enumerate(rows):
            self.text(x, y + index * style.line, row, style)
        return len(rows) * style.line

    def fitted(self, x: int, text: str, style: Style, width: int, least: int) -> None:
        """A text as large as the width allows, on the cursor; moves it on."""
        size = fit(text, style, width, least)
        self.space(self.lines(x, self.y, text, size, width))

    def line(self, x: int, y: int, width: int, height: int) -> None:
        """A straight line, flat or upright."""
        self.pieces.append(Piece(Kind.LINE, (x, y, x + width, y + height)))

    def area(self, x: int, y: int, width: int, height: int) -> None:
        """A black area to write on in white."""
        self.pieces.append(Piece(Kind.AREA, (x, y, x + width, y + height)))

    def frame(self, x: int, y: int, width: int, height: int) -> None:
        """The outline of an area."""
        thin = self.look.hairline
        for top in (y, y + height - thin):
            self.line(x, top, width, thin)
        for left in (x, x + width - thin):
            self.line(left, y, thin, height)

    def code(self, x: int, y: int, mask: Image.Image) -> None:
        """A machine-readable code."""
        self._put(Kind.CODE, x, y, mask)

    def sign(self, x: int, y: int, mask: Image.Image) -> None:
        """A small drawn sign."""
        self._put(Kind.SIGN, x, y, mask)

    def _put(
        self, kind: Kind, x: int, y: int, mask: Image.Image, *, text: str = "", colour: int = BLACK
    ) -> None:
        box = (x, y, x + mask.width, y + mask.height)
        self.pieces.append(Piece(kind, box, mask, text, colour))

    def image(self) -> Image.Image:
        """Everything in one bit, as high as the cursor."""
        picture = Image.new("1", (self.look.width, max(self.y, 1)), WHITE)
        for piece in self.pieces:
            if piece.mask is None:
                picture.paste(piece.colour, piece.box)
            else:
                picture.paste(piece.colour, piece.box, piece.mask)
        return picture
