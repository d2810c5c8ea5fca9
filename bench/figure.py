"""One measured figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, and the limit that it must keep, if there is one."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the limit is kept."""
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def timed_ms(act: Callable[[], object], times: int) -> tuple[float, float]:
    """Median and 95th percentile of `act`, in milliseconds."""
    taken = []
    for _ in range(times):
        started_s = perf_counter()
        act()
        taken.append((perf_counter() - started_s) * 1000)
    return median(taken), percentile(taken, 95)
