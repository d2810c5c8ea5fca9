"""Who went which way, by the order of two light barriers one behind the other.

A person covers the first, then both, then the second: four steps one way, or the same steps
backwards. Who turns round takes their steps back and has not passed.
"""

from __future__ import annotations

from typing import Final

from hardware.contracts import Direction

_PLACES: Final = {(False, False): 0, (True, False): 1, (True, True): 2, (False, True): 3}
_STEPS: Final = 4
_MOST_OF_THEM: Final = 2
"""A fast walker's last steps may fall between two looks."""
_LAST: Final = 3


class Crossing:
    """Counts steps inwards; a lane that is free of people begins anew."""

    def __init__(self) -> None:
        self._place = 0
        self._steps = 0
        self._arrivals = {Direction.IN: 0, Direction.OUT: 0}

    def feed(self, *, outer: bool, inner: bool) -> tuple[Direction, ...]:
        """Here is which barriers are covered; answers who has passed by now, one for each.

        Somebody who follows before the one in front is out covers the last steps once more, and
        is told as one more: so is who hesitates there, for whom staff look up in vain.
        """
        place = _PLACES[outer, inner]
        by = (place - self._place) % _STEPS
        self._place = place
        if by == _STEPS - 1:
            self._take(-1)
        elif by == 1:
            self._take(1)
        return self._end() if place == 0 and by else ()

    def _take(self, step: int) -> None:
        self._steps += step
        if self._steps == step * _LAST:
            self._arrivals[Direction.IN if step > 0 else Direction.OUT] += 1

    def _end(self) -> tuple[Direction, ...]:
        way = Direction.IN if self._steps > 0 else Direction.OUT
        persons = max(1, self._arrivals[way]) if abs(self._steps) >= _MOST_OF_THEM else 0
        self._steps = 0
        self._arrivals = {Direction.IN: 0, Direction.OUT: 0}
        return (way,) * persons
