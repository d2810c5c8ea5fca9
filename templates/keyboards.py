"""Which keys a field on the kiosk's screen is typed with."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from templates import words

_SOURCE = Path(__file__).with_name("keyboards.toml")
_SPECIAL = {"birth_date": "day", "phone": "phone", "guardian_phone": "phone", "email": "email"}
_WITH_DIGITS = "address"


@dataclass(frozen=True, slots=True)
class Layer:
    """Keys that are shown together."""

    name: str
    label: str
    """What the key says that leads here."""
    rows: Sequence[str]

    @property
    def has_capitals(self) -> bool:
        """Whether its letters begin names and sentences."""
        return self.name in words.languages()


@cache
def _rows() -> dict[str, list[str]]:
    return tomllib.loads(_SOURCE.read_text("utf-8"))


def layers(field: str, language: str) -> Sequence[Layer]:
    """The layers for a field, the person's own language first."""
    rows = _rows()
    if field in _SPECIAL:
        return (Layer(_SPECIAL[field], "", rows[_SPECIAL[field]]),)
    known = [code for code in words.languages() if code in rows]
    known.sort(key=lambda code: code != language)
    found = [Layer(code, words.languages()[code][:3], rows[code]) for code in known]
    if field == _WITH_DIGITS:
        found.append(Layer("digits", "123", rows["digits"]))
    return tuple(found)
