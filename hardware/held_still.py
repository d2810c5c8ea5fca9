"""One report for a code that is held still before a camera."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hardware.decoder import Code

READS_OF_BARS: Final = 2
"""Bars are misread now and then: they count when two frames agree."""

_MOST_REMEMBERED: Final = 64


@dataclass(slots=True)
class _Seen:
    last_s: float
    reads: int = 0
    reported: bool = False


class HeldStill:
    """Tells codes that are shown now from those that are still there.

    A code is new once, and again after nobody saw it for `away_s`. Bars beside a square
    code are the same paper (a slip has both) and are not reported.
    """

    def __init__(self, away_s: float) -> None:
        self._away_s = away_s
        self._seen: dict[tuple[str, bytes], _Seen] = {}
        self._square_s: float | None = None

    def new(self, codes: Iterable[Code], moment_s: float) -> list[Code]:
        """Those of `codes`, seen at `moment_s` by a clock that goes forward, that are new."""
        self._forget(moment_s)
        found = tuple(codes)
        if any(code.is_square for code in found):
            self._square_s = moment_s
        return [code for code in found if self._is_new(code, moment_s)]

    def _is_new(self, code: Code, moment_s: float) -> bool:
        seen = self._seen.setdefault((code.format, code.data), _Seen(moment_s))
        seen.last_s = moment_s
        seen.reads += 1
        enough = code.is_square or (seen.reads >= READS_OF_BARS and self._square_s is None)
        new = enough and not seen.reported
        seen.reported |= new
        return new

    def _forget(self, moment_s: float) -> None:
        gone = [key for key, seen in self._seen.items() if moment_s - seen.last_s > self._away_s]
        for key in gone + list(self._seen)[:-_MOST_REMEMBERED]:
            self._seen.pop(key, None)
        if self._square_s is not None and moment_s - self._square_s > self._away_s:
            self._square_s = None
