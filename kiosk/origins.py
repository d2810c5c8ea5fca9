"""Every setting of a station with its value and where that comes from; secrets are masked."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from kiosk.config import KioskConfig

_PREFIX: Final = "LYSTOK_KIOSK_"
_MASK: Final = "•••"
_SECRET: Final = re.compile(r"password|passphrase|secret|token$|pin$", re.IGNORECASE)
_PASSWORD_IN_URL: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)")


class Origin(StrEnum):
    """Where a value comes from."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: `server.url`, its value as text, its origin, and the variable behind it."""

    name: str
    value: str
    origin: Origin
    variable: str


def settings_of(
    config: KioskConfig, file: Path | None, environment: Mapping[str, str] = os.environ
) -> tuple[Setting, ...]:
    """All settings in the order of their sections."""
    in_file = _paths(_read(file))
    in_environment = {name.upper().removeprefix(_PREFIX) for name in environment if _is_ours(name)}
    return tuple(
        Setting(
            ".".join(path),
            _masked(path[-1], value),
            _origin(path, in_file, in_environment),
            _PREFIX + "__".join(path).upper(),
        )
        for path, value in _leaves(config.model_dump(mode="json"))
    )


def _origin(path: tuple[str, ...], in_file: set[tuple[str, ...]], variables: set[str]) -> Origin:
    # A whole section may be given in one variable.
    parts = ("__".join(path[: length + 1]).upper() for length in range(len(path)))
    if any(part in variables for part in parts):
        return Origin.ENVIRONMENT
    return Origin.FILE if path in in_file else Origin.DEFAULT


def _is_ours(name: str) -> bool:
    return name.upper().startswith(_PREFIX)


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        # It was read at the start; it may have gone since.
        return {}


def _paths(told: dict[str, Any]) -> set[tuple[str, ...]]:
    return {path for path, _ in _leaves(told)}


def _leaves(told: Mapping[str, Any], *above: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in told.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, *above, str(name))
        else:
            yield (*above, str(name)), value


def _masked(name: str, value: Any) -> str:
    if value is None or value == {}:
        return ""
    if _SECRET.search(name):
        return _MASK
    # As the file has it: true, not True.
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _PASSWORD_IN_URL.sub(_MASK, text)
