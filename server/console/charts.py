"""Charts as shapes for an SVG: they print, need no script, and stand beside their table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH, _HEIGHT = 960, 260
_FLOOR = 220
"""Where the columns stand; the labels are below."""
_TOP = 24
_GAP = 0.25
_LEFT, _RIGHT = 64, 20
"""Beside the columns: the numbers of the lines, and half of the last label."""
_SIGN = 8
"""About as wide as a sign of a label."""
_FEWEST_SIGNS = 5
_STEPS = (1, 2, 2.5, 5, 10)
_LINES = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One column with its label; an empty label is not written."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    """Where the label stands, beneath all columns of its place."""
    label: str
    value: str
    """What a pointer or a reading program hears of it."""
    series: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns over a floor, with lines to read their height by."""

    bars: Sequence[Bar]
    lines: Sequence[tuple[float, float]]
    """Height on the paper, and the number it stands for."""
    series: Sequence[str]
    left: int = _LEFT
    width: int = _WIDTH
    height: int = _HEIGHT
    floor: int = _FLOOR


def columns(labels: Sequence[str], series: Sequence[tuple[str, Sequence[float]]]) -> Chart | None:
    """A chart of one or more series over the same labels; None where there is nothing to see."""
    highest = max((value for _, values in series for value in values), default=0)
    if highest <= 0:
        return None
    top = _round_up(highest)
    slot = (_WIDTH - _LEFT - _RIGHT) / len(labels)
    width = slot * (1 - _GAP) / len(series)
    signs = max(_FEWEST_SIGNS, int(slot / _SIGN))
    short = [_cut(label, signs) for label in labels]
    every = math.ceil(max(map(len, short)) * _SIGN / slot)
    bars = [
        Bar(
            x=_LEFT + place * slot + slot * _GAP / 2 + number * width,
            y=_FLOOR - _tall(value, top),
            width=width,
            height=_tall(value, top),
            middle=_LEFT + (place + 0.5) * slot,
            label=short[place] if number == 0 and place % every == 0 else "",
            value=f"{label}: {value:g}" if len(series) == 1 else f"{label}, {name}: {value:g}",
            series=number,
        )
        for number, (name, values) in enumerate(series)
        for place, (label, value) in enumerate(zip(labels, values, strict=True))
    ]
    step = top / _LINES
    lines = [(_FLOOR - _tall(step * n, top), step * n) for n in range(1, _LINES + 1)]
    return Chart(bars, lines, [name for name, _ in series])


def _cut(label: str, signs: int) -> str:
    return label if len(label) <= signs else f"{label[: signs - 1]}…"


def _tall(value: float, top: float) -> float:
    return round(value / top * (_FLOOR - _TOP), 2)


def _round_up(value: float) -> float:
    """The next number whose quarters are easy to read."""
    ten = 10 ** math.floor(math.log10(value / _LINES)) if value >= _LINES else 1
    step = next(step * ten for step in _STEPS if step * ten * _LINES >= value)
    return _LINES * step
