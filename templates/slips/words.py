"""The words of the slips, by language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from templates.slips.content import Language

_HOURS_SHOWN_WITHOUT_DAYS = 48


@cache
def words(language: Language) -> Mapping[str, str]:
    """All phrases of one language."""
    source = tomllib.loads(files("templates.slips").joinpath("words.toml").read_text("utf-8"))
    return MappingProxyType(source[language])


def age(minutes: int, language: Language) -> str:
    """A length of time in its two largest units: minutes, hours, days."""
    phrase = words(language)
    hours, rest = divmod(max(minutes, 0), 60)
    if hours == 0:
        return phrase["minutes"].format(n=rest)
    if hours < _HOURS_SHOWN_WITHOUT_DAYS:
        parts = [(hours, "hours_short"), (rest, "minutes")]
    else:
        parts = [(hours // 24, "days_short"), (hours % 24, "hours_short")]
    return " ".join(phrase[unit].format(n=count) for count, unit in parts if count)
