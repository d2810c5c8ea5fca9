"""What a printer's bytes look like on paper, at 203 dpi.

Draws raster images (GS v 0) and column images (ESC *) dot for dot, and a printer's own
text plainly: sizes, alignment, weight and the code pages of `CODE_PAGES`, in a font of
ours. Barcodes that a printer would draw by itself are left out. Broken bytes are drawn as
far as they go.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hardware.escpos_commands import RASTER, TEXT, Command, CommandReader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Dots: TypeAlias = NDArray[np.uint8]

WIDTH_80_MM: Final = 576
WIDTH_58_MM: Final = 384
LONGEST_DOTS: Final = 24_000
LONGEST_FILE: Final = 1 << 21

# Numbers of ESC t by Epson's table; everything else is drawn as CP437.
CODE_PAGES: Final = {
    0: "cp437", 2: "cp850", 16: "cp1252", 17: "cp866", 18: "cp852", 44: "cp1125", 46: "cp1251",
}  # fmt: skip

_LINE_SPACING: Final = 30
_RASTER_HEADER: Final = 8


class PaperError(ValueError):
    """These bytes leave nothing on paper, or there are too many of them."""


def draw(data: bytes, width_dots: int | None = None) -> Image.Image:
    """The paper that `data` prints, 1 bit deep; raises `PaperError` if it stays empty.

    `width_dots` is guessed where it is not given: 384 if no raster image is wider.
    """
    if len(data) > LONGEST_FILE:
        raise PaperError(f"{len(data)} bytes are more than a slip has")
    reader = CommandReader()
    commands = list(reader.feed(data))
    tail = raster_rows(reader.rest, None)
    commands += CommandReader().feed(tail)
    paper = Paper(width_dots or _guess_width(commands))
    for command in commands:
        if paper.height_dots < LONGEST_DOTS:
            paper.apply(command)
    paper.end_line()
    if not paper.height_dots:
        raise PaperError("these bytes print nothing")
    return paper.picture()


def draw_file(source: Path, target: Path, width_dots: int | None = None) -> None:
    """Draw the bytes in `source` as the PNG `target`; raises `PaperError`, `OSError`."""
    with source.open("rb") as file:
        data = file.read(LONGEST_FILE + 1)
    draw(data, width_dots).save(target, "PNG")


def raster_rows(raw: bytes, rows: int | None, start: int = 0) -> bytes:
    """The GS v 0 command `raw` with `rows` rows from `start`; None: all that are there.

    Returns nothing where `raw` is no raster image or has no such rows.
    """
    if not raw.startswith(b"\x1dv0") or len(raw) < _RASTER_HEADER:
        return b""
    stride = int.from_bytes(raw[4:6], "little")
    there = (len(raw) - _RASTER_HEADER) // stride if stride else 0
    count = min(there - start, there if rows is None else rows)
    if count <= 0:
        return b""
    body = _RASTER_HEADER + start * stride
    return raw[:6] + count.to_bytes(2, "little") + raw[body : body + count * stride]


class Paper:
    """Paper in a printer, and the state that its commands leave there."""

    def __init__(self, width_dots: int) -> None:
        self._width_dots = width_dots
        self._rows = bytearray()
        self._cut = False
        self._reset()

    def _reset(self) -> None:
        self._line: list[Dots] = []
        self._used = 0
        self._align = 0
        self._page = CODE_PAGES[0]
        self._spacing = _LINE_SPACING
        self._scale = (1, 1)
        self._bold = False
        self._small = False

    @property
    def height_dots(self) -> int:
        """How much paper came out."""
        return len(self._rows) * 8 // self._width_dots

    def picture(self) -> Image.Image:
        """The paper so far, black on white; at least one row."""
        rows = bytes(self._rows) or bytes(self._width_dots // 8)
        size = (self._width_dots, len(rows) * 8 // self._width_dots)
        return Image.frombytes("1", size, rows, "raw", "1;I")

    def tear_off(self) -> Image.Image:
        """The paper so far; new paper begins, the state of the text stays."""
        picture = self.picture()
        self._rows.clear()
        self._cut = False
        return picture

    def apply(self, command: Command) -> None:
        """Do what `command` says; what is not known here leaves no trace."""
        args = command.args
        match command.name:
            case "TEXT":
                self._type(args)
            case "LF":
                self._end_line_always()
            case "ESC @":
                self._reset()
            case "GS v":
                self.end_line()
                self._print(self._aligned(_raster_dots(args)))
            case "ESC *":
                self._add(_column_dots(args))
            case "ESC d":
                self.end_line()
                self._feed(args[0] * self._spacing)
            case "ESC J":
                self.end_line()
                self._feed(args[0])
            case "GS V" | "ESC i" | "ESC m":
                self._end_slip(args)
            case _:
                self._set(command.name, args)

    def _set(self, name: str, args: bytes) -> None:
        """Commands that change how text looks."""
        match name:
            case "ESC a":
                self._align = args[0] % 48 % 3
            case "ESC t":
                self._page = CODE_PAGES.get(args[0], CODE_PAGES[0])
            case "ESC 2":
                self._spacing = _LINE_SPACING
            case "ESC 3":
                self._spacing = args[0]
            case "ESC E":
                self._bold = bool(args[0] & 1)
            case "ESC M":
                self._small = bool(args[0] & 1)
            case "GS !":
                self._scale = ((args[0] >> 4 & 7) + 1, (args[0] & 7) + 1)
            case "ESC !":
                self._small, self._bold = bool(args[0] & 1), bool(args[0] & 8)
                self._scale = (1 + (args[0] >> 5 & 1), 1 + (args[0] >> 4 & 1))

    def _type(self, data: bytes) -> None:
        for letter in data.decode(self._page, "replace"):
            dots = _letter_dots(letter, self._small, self._bold, *self._scale)
            if self._used + dots.shape[1] > self._width_dots:
                self._end_line_always()
            self._add(dots)

    def _add(self, dots: Dots) -> None:
        """Put `dots` into the line; what does not fit is lost."""
        if dots.shape[1] and self._used < self._width_dots:
            self._line.append(dots)
            self._used += dots.shape[1]

    def end_line(self) -> None:
        """Bring out a line of text that has been begun."""
        if self._line:
            self._end_line_always()

    def _end_line_always(self) -> None:
        height = max([part.shape[0] for part in self._line], default=0)
        parts = [np.pad(part, ((height - len(part), 0), (0, 0))) for part in self._line]
        self._line, self._used = [], 0
        if parts:
            self._print(self._aligned(np.hstack(parts)))
        self._feed(max(0, self._spacing - height))

    def _aligned(self, dots: Dots) -> Dots:
        """`dots` at their place across the paper; what is too wide is lost."""
        dots = dots[:, : self._width_dots]
        free = self._width_dots - dots.shape[1]
        left = free * self._align // 2
        return np.pad(dots, ((0, 0), (left, free - left)))

    def _feed(self, rows: int) -> None:
        if rows:
            self._print(np.zeros((rows, self._width_dots), np.uint8))

    def _print(self, dots: Dots) -> None:
        if self._cut and len(dots):
            self._cut = False
            self._rows += (b"\x00\xff" * self._width_dots)[: self._width_dots // 8] * 2
        room = max(0, LONGEST_DOTS - self.height_dots)
        self._rows += np.packbits(dots[:room], axis=1).tobytes()

    def _end_slip(self, args: bytes) -> None:
        """A cut, drawn as a dashed line once there is something behind it."""
        self.end_line()
        self._feed(args[1] if len(args) > 1 else 0)
        self._cut = bool(self._rows)


def _guess_width(commands: list[Command]) -> int:
    widths = [int.from_bytes(c.args[2:4], "little") * 8 for c in commands if c.name == RASTER]
    text = any(c.name == TEXT for c in commands)
    narrow = bool(widths) and not text and max(widths) <= WIDTH_58_MM
    return WIDTH_58_MM if narrow else WIDTH_80_MM


def _raster_dots(args: bytes) -> Dots:
    """The dots of GS v 0: its arguments are "0", m, width in bytes, height, rows."""
    stride, height = int.from_bytes(args[2:4], "little"), int.from_bytes(args[4:6], "little")
    if not stride or not height:
        return np.zeros((0, 0), np.uint8)
    rows = np.frombuffer(args, np.uint8, offset=6).reshape(height, stride)
    dots = np.unpackbits(rows[:LONGEST_DOTS, : WIDTH_80_MM // 8], axis=1)
    return dots.repeat(1 + (args[1] >> 1 & 1), axis=0).repeat(1 + (args[1] & 1), axis=1)


def _column_dots(args: bytes) -> Dots:
    """The dots of ESC *: columns of 8 or 24 dots from the top, 8 of them three times high."""
    bytes_high = 3 if args[0] in (32, 33) else 1
    columns = np.frombuffer(args, np.uint8, offset=3)[: WIDTH_80_MM * bytes_high]
    dots = np.unpackbits(columns.reshape(-1, bytes_high), axis=1).T
    wide = 2 if args[0] in (0, 32) else 1
    return dots.repeat(1 if bytes_high > 1 else 3, axis=0).repeat(wide, axis=1)


@lru_cache(maxsize=512)
def _letter_dots(letter: str, small: bool, bold: bool, wide: int, high: int) -> Dots:  # noqa: FBT001
    """One letter in its cell: 12 x 24 dots in Font A, 9 x 17 in Font B, times its scale."""
    size = (9, 17) if small else (12, 24)
    font = _font("ExtraBold" if bold else "Medium", size[1] - 5)
    width = max(size[0], int(font.getlength(letter)) + 1)
    cell = Image.new("1", (width, size[1]), 0)
    ImageDraw.Draw(cell).text((width / 2, -2), letter, fill=1, font=font, anchor="ma")
    dots = np.asarray(cell.resize(size), np.uint8)
    return dots.repeat(high, axis=0).repeat(wide, axis=1)


@lru_cache(maxsize=4)
def _font(weight: str, height_dots: int) -> ImageFont.FreeTypeFont:
    with as_file(files("font_manrope") / "files" / f"Manrope-{weight}.ttf") as path:
        return ImageFont.truetype(str(path), height_dots)
