"""Letters: which ones there are, how wide they run, how they become dots.

The family is Manrope with true Ukrainian letters and figures of one width (`tnum`), which need
Pillow's Raqm engine. A picture of grey is cut at a threshold rather than drawn in one bit by
FreeType: stems keep an even weight that way.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_right
from dataclasses import replace
from functools import cache, lru_cache, partial
from pathlib import Path

import font_manrope
from PIL import Image, ImageDraw, ImageFont, features

from templates.slips.tokens import Style

_FEATURES = ["tnum", "kern"]
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_SUBSTITUTE = "?"
_ELLIPSIS = "…"
NO_BREAK = "\N{NO-BREAK SPACE}"
_APOSTROPHES = re.compile(r"(?<=\w)['`ʼ´′](?=\w)")
_SHORT_WORD = re.compile(r"(?<!\S)(\w{1,2}|№|No\.) (?=\S)")
_UNIT = re.compile(r"(?<!\S)([\d×]+) (?=\w{1,3}\b)")
_DASH = re.compile(r" (?=[–—](?:\s|$))")
_UNASSIGNED = "\uffff"
_GLYPH_SIZE = 32
_SCRAP = 3
"""A last line shorter than this part of the width is a scrap."""


class TypefaceError(RuntimeError):
    """Letters cannot be drawn on this machine."""


@cache
def face(
    weight: str, size: int, engine: ImageFont.Layout = ImageFont.Layout.RAQM
) -> ImageFont.FreeTypeFont:
    """The font of a weight ("Bold", …) in pixels; TypefaceError where it cannot be shaped."""
    if not features.check("raqm"):
        raise TypefaceError("Pillow cannot shape text here: install Debian's libfribidi0")
    path = Path(font_manrope.font_directory) / f"Manrope-{weight}.ttf"
    return ImageFont.truetype(path, size, layout_engine=engine)


@cache
def has_glyph(sign: str) -> bool:
    """Whether the family draws this sign itself instead of the box for a missing one."""
    if sign.isspace():
        return True
    font = face("SemiBold", _GLYPH_SIZE, ImageFont.Layout.BASIC)
    return bytes(font.getmask(sign)) != bytes(font.getmask(_UNASSIGNED))


def clean(text: str, limit: int = 160) -> str:
    """Text fit for paper: one line, no control signs, nothing the family lacks, bounded length.

    What cannot be drawn shows as "?", what is cut ends in "…": nothing vanishes unseen but
    control signs and loose accents.
    """
    composed = unicodedata.normalize("NFC", text)
    spaced = " ".join("".join(" " if sign.isspace() else sign for sign in composed).split())
    visible = (sign for sign in spaced if unicodedata.category(sign) not in _INVISIBLE)
    drawn = "".join(_drawable(sign) for sign in visible)
    tidy = " ".join(_APOSTROPHES.sub("’", drawn).split())
    return tidy if len(tidy) <= limit else tidy[: limit - 1].rstrip() + _ELLIPSIS


def _drawable(sign: str) -> str:
    if has_glyph(sign):
        return sign
    return "" if unicodedata.category(sign).startswith("M") else _SUBSTITUTE


def measure(text: str, style: Style) -> int:
    """Width of a run in dots."""
    return sum(_advance(word, style) for word in text.split()) + style.space * text.count(" ")


@lru_cache(maxsize=4096)
def _advance(word: str, style: Style) -> int:
    return math.ceil(face(style.weight, style.size).getlength(word, features=_FEATURES))


def wrap(text: str, style: Style, width: int, most_lines: int = 99) -> list[str]:
    """Lines no wider than `width`; a word wider than a line is broken, a cut ends in "…".

    A word of one or two letters and the sign of a number keep to what follows, a dash and a unit
    to what stands before. Where the last line would be a scrap, all lines become shorter instead.
    """
    lines = _greedy(text, style, width)
    if len(lines) > most_lines:
        return _cut(lines[:most_lines], style, width)
    scrap = len(lines) > 1 and measure(lines[-1], style) * _SCRAP < width
    return _balanced(text, style, width, lines) if scrap else lines


def _balanced(text: str, style: Style, width: int, lines: list[str]) -> list[str]:
    """The same number of lines in the least width that holds them."""
    least, most = width // 2, width
    while most - least > 1:
        middle = (least + most) // 2
        candidate = _greedy(text, style, middle)
        if len(candidate) > len(lines):
            least = middle
        else:
            most, lines = middle, candidate
    return lines


def _greedy(text: str, style: Style, width: int) -> list[str]:
    bound = _SHORT_WORD.sub(rf"\1{NO_BREAK}", text)
    bound = _DASH.sub(NO_BREAK, _UNIT.sub(rf"\1{NO_BREAK}", bound))
    lines: list[str] = []
    for group in bound.split(" "):
        for word in _pieces(group.replace(NO_BREAK, " "), style, width):
            joined = f"{lines[-1]} {word}" if lines else word
            if lines and measure(joined, style) <= width:
                lines[-1] = joined
            else:
                lines.append(word)
    return lines


def _pieces(group: str, style: Style, width: int) -> list[str]:
    """The words that hold together, as far as one line can hold them."""
    if measure(group, style) <= width:
        return [group]
    return [piece for word in group.split(" ") for piece in _broken(word, style, width)]


def _broken(word: str, style: Style, width: int) -> list[str]:
    """A word in parts no wider than a line; a single sign is never refused."""
    parts, rest = [], word
    while measure(rest, style) > width and len(rest) > 1:
        most = bisect_right(range(1, len(rest)), width, key=partial(_width_of_first, rest, style))
        parts.append(rest[: max(most, 1)])
        rest = rest[max(most, 1) :]
    return [*parts, rest]


def _width_of_first(word: str, style: Style, signs: int) -> int:
    return measure(word[:signs], style)


def _cut(lines: list[str], style: Style, width: int) -> list[str]:
    last = lines[-1]
    while last and measure(last + _ELLIPSIS, style) > width:
        last = last[:-1]
    return [*lines[:-1], last.rstrip() + _ELLIPSIS]


def fit(text: str, style: Style, width: int, least: int) -> Style:
    """The largest size, down to `least`, at which the run is no wider than `width`."""
    for size in range(style.size, least, -2):
        if measure(text, replace(style, size=size)) <= width:
            return replace(style, size=size)
    return replace(style, size=least)


def cap_height(style: Style) -> int:
    """Height of a capital letter in dots."""
    _, top, _, _ = face(style.weight, style.size).getbbox("Н", anchor="ls")
    return round(-top)


def draw_words(
    draw: ImageDraw.ImageDraw, start: tuple[int, int], text: str, style: Style, colour: str | int
) -> None:
    """The run from `start` on its baseline, with the style's own white between words."""
    font, (x, y) = face(style.weight, style.size), start
    for word in text.split(" "):
        draw.text((x, y), word, colour, font, anchor="ls", features=_FEATURES)
        x += _advance(word, style) + style.space


def ink(text: str, style: Style, threshold: int) -> tuple[Image.Image, int, int]:
    """The run as a mask of one bit, and where it lies from the start of its baseline."""
    _, top, _, bottom = face(style.weight, style.size).getbbox(text, anchor="ls")
    side, rise = style.size // 4, -math.floor(top) + 1
    grey = Image.new("L", (measure(text, style) + 2 * side, rise + math.ceil(bottom) + 1), 0)
    draw_words(ImageDraw.Draw(grey), (side, rise), text, style, 255)
    mask = grey.point(lambda value: 255 if value > 255 - threshold else 0)
    left, upper, right, lower = mask.getbbox() or (0, 0, 1, 1)
    return mask.crop((left, upper, right, lower)).convert("1"), left - side, upper - rise
