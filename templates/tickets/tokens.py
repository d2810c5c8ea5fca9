"""The measures of `tokens.toml` and the day colours of the screens' style sheet."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from templates.slips.tokens import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Measures in pixels, 20 to a millimetre; colours as #rrggbb."""

    width: int
    height: int
    margin: int
    gap: int
    column: int
    styles: dict[str, Style]
    least: dict[str, int]
    colours: dict[str, str]


@cache
def look() -> Look:
    """All measures and colours of a ticket."""
    source = tomllib.loads(files("templates.tickets").joinpath("tokens.toml").read_text("utf-8"))
    return Look(
        **source["card"],
        styles={name: Style(**measures) for name, measures in source["style"].items()},
        least=source["least"],
        colours={name: day_colour(token) for name, token in source["colour"].items()},
    )


def day_colour(token: str) -> str:
    """The colour a token has by day; KeyError where the style sheet has no such colour."""
    sheet = files("templates").joinpath("static/tokens.css").read_text("utf-8")
    found = re.search(rf"--{re.escape(token)}:\s*(?:light-dark\()?(#[0-9a-fA-F]{{6}})\b", sheet)
    if found is None:
        raise KeyError(f"tokens.css has no colour --{token}")
    return found.group(1)
