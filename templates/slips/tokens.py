"""The measures of `tokens.toml`, read once and typed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from templates.slips.content import WidthDots


@dataclass(frozen=True, slots=True)
class Style:
    """One size of letters, in dots: of the square, of a line's height, of the white between words.

    That white is measured out here, because at this size a rounded advance would leave some
    words touching and others apart.
    """

    weight: str
    size: int
    line: int
    space: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """All measures of a slip on one width of paper, in dots (8 are 1 mm)."""

    width: int
    margin: int
    number: Style
    number_least: int
    text: Style
    small: Style
    small_strong: Style
    qr_side: int
    bar_module: int
    bar_height: int
    row_height: int
    empty_rows: int
    sign_height: int
    columns: tuple[int, ...]
    hairline: int
    rule: int
    threshold: int
    checkbox: int
    tick: int
    gap_tight: int
    gap_part: int
    gap_column: int
    gap_cell: int
    gap_inset: int

    @property
    def inner(self) -> int:
        """Width between the margins."""
        return self.width - 2 * self.margin

    @property
    def narrow(self) -> bool:
        """Whether a mark takes two lines, because six columns would be too narrow to write in."""
        return len(self.columns) < 6  # noqa: PLR2004 - the columns of words.toml: mark_*


@cache
def look(width_dots: WidthDots) -> Look:
    """Measures for a paper width; raises KeyError for a width that no printer of ours has."""
    source = tomllib.loads(files("templates.slips").joinpath("tokens.toml").read_text("utf-8"))
    paper: dict[str, Any] = source["paper"][str(width_dots)]
    ink, gap, weight = source["ink"], source["gap"], source["weight"]
    plain = {key: value for key, value in paper.items() if not isinstance(value, dict | list)}
    return Look(
        width=width_dots,
        number=_style(weight["number"], paper["number"]),
        number_least=paper["number"]["least"],
        text=_style(weight["text"], paper["text"]),
        small=_style(weight["small"], paper["small"]),
        small_strong=_style(weight["small_strong"], paper["small"]),
        columns=tuple(paper["columns"]),
        **plain,
        **ink,
        **{f"gap_{name}": dots for name, dots in gap.items()},
    )


def _style(weight: str, measures: dict[str, int]) -> Style:
    return Style(weight, measures["size"], measures["line"], measures["space"])
