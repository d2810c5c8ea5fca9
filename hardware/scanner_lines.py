"""Codes out of what a scanner sends, piece by piece.

Nothing here knows a clock or a device: bytes come in with the moment of their arrival, in
seconds of a clock that goes forward, and whole codes go out. What a scanner is told to put
around a code (prefix, suffix) proves that the code is whole: a line without them is dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST: Final = 1024
"""Bytes of a line, wrapping included; the longest code of ours has a sixth of it."""

MOST_REMEMBERED: Final = 64
"""Codes that may lie before a scanner at once."""

_END: Final = re.compile(rb"[\r\n\t]")


class EndsBy(StrEnum):
    """What tells that a code is over."""

    KEY = "key"
    """Enter, Tab, CR or LF. A code that none of these follows within the pause is a half one."""
    PAUSE = "pause"
    """The same, or that nothing more came; for scanners that cannot send an end."""


@dataclass(frozen=True, slots=True)
class LineRules:
    """How a scanner was set up. `pause_s` is the longest time between two bytes of a code."""

    prefix: bytes = b""
    suffix: bytes = b""
    pause_s: float = 0.3
    ends_by: EndsBy = EndsBy.KEY


class LineAssembler:
    """Puts codes together from pieces of any size; holds `LONGEST` bytes at most."""

    def __init__(self, rules: LineRules) -> None:
        self._rules = rules
        self._held = bytearray()
        self._spoilt = False
        self._last_s = 0.0

    @property
    def due_s(self) -> float | None:
        """When what has begun will be over by the pause; None if nothing has begun."""
        return self._last_s + self._rules.pause_s if self._held or self._spoilt else None

    def feed(self, data: bytes, at_s: float) -> list[bytes]:
        """The codes that `data`, arrived at `at_s`, completes; empty lines are none."""
        codes = self.pause(at_s)
        self._last_s = at_s
        *ended, rest = _END.split(data)
        for piece in ended:
            self._add(piece)
            codes += self._end()
        self._add(rest)
        return codes

    def pause(self, at_s: float) -> list[bytes]:
        """Nothing came until `at_s`: the code that this ends, if it is whole."""
        due_s = self.due_s
        if due_s is None or at_s <= due_s:
            return []
        if self._rules.ends_by is EndsBy.KEY:
            self.forget()
        return self._end()

    def spoil(self) -> None:
        """Something was lost: drop the code that it was lost from."""
        self._held.clear()
        self._spoilt = True

    def forget(self) -> None:
        """Drop what has begun."""
        self._held.clear()
        self._spoilt = False

    def _add(self, piece: bytes) -> None:
        if len(self._held) + len(piece) > LONGEST:
            self.spoil()
        if not self._spoilt:
            self._held += piece

    def _end(self) -> list[bytes]:
        code = b"" if self._spoilt else unwrapped(bytes(self._held), self._rules)
        self.forget()
        return [code] if code else []


def unwrapped(line: bytes, rules: LineRules) -> bytes:
    """`line` without prefix and suffix; nothing if it lacks one of them."""
    around = len(rules.prefix) + len(rules.suffix)
    whole = line.startswith(rules.prefix) and line.endswith(rules.suffix) and len(line) >= around
    return line[len(rules.prefix) : len(line) - len(rules.suffix)] if whole else b""


class Repeats:
    """Tells a code that is shown from one that a scanner goes on reading.

    A code is new once, and again after nobody sent it for `away_s`.
    """

    def __init__(self, away_s: float) -> None:
        self._away_s = away_s
        self._last_s: dict[bytes, float] = {}

    def is_new(self, code: bytes, at_s: float) -> bool:
        """Whether `code`, sent at `at_s`, was shown anew."""
        last_s = self._last_s.pop(code, None)
        self._last_s[code] = at_s
        if len(self._last_s) > MOST_REMEMBERED:
            del self._last_s[next(iter(self._last_s))]
        return last_s is None or at_s - last_s > self._away_s
