"""What the tests of slips look at: the pieces of a sheet and the picture on its paper."""

from collections.abc import Callable

import zxingcpp
from PIL import Image, ImageChops

from templates.slips.sheet import Kind, Piece, Sheet

EIGHT_MM = 64
FORGIVEN = 2
PAPER_EDGE = 32
"""White that the paper has beside what a print head reaches: 4 mm."""


def said(sheet: Sheet) -> str:
    """All words in the order they were set, line ends as spaces."""
    return " ".join(piece.text for piece in sheet.pieces if piece.kind is Kind.TEXT)


def of_kind(sheet: Sheet, *kinds: Kind) -> list[Piece]:
    return [piece for piece in sheet.pieces if piece.kind in kinds]


Box = tuple[int, int, int, int]


def common(one: Box, other: Box) -> Box | None:
    """Where two boxes lie on each other."""
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[2], other[2]), min(one[3], other[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def ink_meets(one: Piece, other: Piece) -> bool:
    """Whether any dot belongs to both pieces.

    Two dots are forgiven where one line's tail meets an accent on the next: "g" above "Ñ".
    """
    shared = common(one.box, other.box)
    if shared is None or shared[3] - shared[1] <= FORGIVEN:
        return False
    here, there = (_ink_in(piece, shared) for piece in (one, other))
    return ImageChops.logical_and(here, there).getbbox() is not None


def _ink_in(piece: Piece, part: Box) -> Image.Image:
    left, top = piece.box[:2]
    mask = piece.mask or Image.new("1", (piece.box[2] - left, piece.box[3] - top), 255)
    return mask.crop((part[0] - left, part[1] - top, part[2] - left, part[3] - top))


def boxes_meet(one: Piece, other: Piece) -> bool:
    """Whether two pieces share any ground."""
    return common(one.box, other.box) is not None


def misplaced(sheet: Sheet, meets: Callable[[Piece, Piece], bool] = boxes_meet) -> list[str]:
    """Every piece that leaves the printable width or meets another."""
    solid = of_kind(sheet, Kind.TEXT, Kind.CODE, Kind.SIGN)
    lines = of_kind(sheet, Kind.LINE)
    outside = [
        f"outside: {piece.text or piece.kind} {piece.box}"
        for piece in sheet.pieces
        if piece.box[0] < 0 or piece.box[2] > sheet.look.width or piece.box[3] > sheet.y
    ]
    pairs = [(one, other) for at, one in enumerate(solid) for other in [*solid[:at], *lines]]
    return outside + [
        f"{one.text or one.kind} {one.box} on {other.text or other.kind} {other.box}"
        for one, other in pairs
        if meets(one, other)
    ]


def read_codes(picture: Image.Image) -> dict[str, str]:
    """Format and text of every code that a decoder finds on the whole paper."""
    size = picture.width + 2 * PAPER_EDGE, picture.height + 2 * PAPER_EDGE
    paper = Image.new("L", size, 255)
    paper.paste(picture, (PAPER_EDGE, PAPER_EDGE))
    return {found.format.name: found.text for found in zxingcpp.read_barcodes(paper)}
