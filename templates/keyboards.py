"""Which keys a field on the kiosk's screen is typed with."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from templates import words

_SOURCE = Path(__file__).with_name("keyboards.toml")
_SPECIAL = {
    "birth_date": "day",
    "phone": "phone",
    "guardian_phone": "phone",
    "email": "email",
    "pairing": "code",
}
_WITH_DIGITS = ("address", "order")
_TOGETHER = 5


@dataclass(frozen=True, slots=True)
class Layer:
    """Keys that are shown together."""

    name: str
    label: str
    """What the key says that leads here."""
    rows: Sequence[str]
    groups: Sequence[str] = ()
    """The same signs in their order, by fives; empty where there are few."""

    @property
    def has_capitals(self) -> bool:
        """Whether its letters begin names and sentences."""
        return self.name in words.languages()


@cache
def _tables() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_SOURCE.read_text("utf-8"))


def layers(field: str, language: str) -> Sequence[Layer]:
    """The layers for a field, the person's own language first."""
    if field in _SPECIAL:
        return (_layer(_SPECIAL[field], ""),)
    known = [code for code in words.languages() if code in _tables()]
    known.sort(key=lambda code: code != language)
    found = [_layer(code, words.languages()[code][:3]) for code in known]
    if field in _WITH_DIGITS:
        found.append(_layer("digits", "123"))
    return tuple(found)


def _layer(name: str, label: str) -> Layer:
    table = _tables()[name]
    signs = table.get("signs", "")
    groups = [signs[at : at + _TOGETHER] for at in range(0, len(signs), _TOGETHER)]
    return Layer(name, label, table["rows"], tuple(groups))
