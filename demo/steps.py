"""Steps of a played day: what was done, what should come of it, what came, and how fast."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a step."""

    verdict: str = ""
    codes: tuple[str, ...] = ()
    note: str = ""
    ms: float | None = None
    """How long the person waited; None: as long as the step took."""


class StepFailed(Exception):
    """Something did not happen; the message says what."""


@dataclass(slots=True)
class Day:
    """Runs steps one after the other; a failed one is told and counted, and the day goes on."""

    say: Say
    done: int = 0
    failed: int = 0
    _clock: Callable[[], float] = field(default=time.monotonic)

    def step(
        self,
        what: str,
        act: Callable[[], Outcome],
        *,
        verdict: str = "",
        codes: Iterable[str] = (),
    ) -> bool:
        """Do one step; it fails unless verdict and reason codes are just these."""
        began = self._clock()
        wanted = tuple(codes)
        try:
            outcome = act()
        except (StepFailed, OSError) as error:
            return self._tell(what, began, Outcome(note=str(error)), right=False)
        right = (outcome.verdict, outcome.codes) == (verdict, wanted)
        if not right:
            note = f"expected {verdict or '-'} {' '.join(wanted)}; {outcome.note}"
            outcome = replace(outcome, note=note)
        return self._tell(what, began, outcome, right=right)

    def fail(self, why: str) -> None:
        """Count something that can't go on as a failed step."""
        self._tell("the day can't go on here", self._clock(), Outcome(note=why), right=False)

    def _tell(self, what: str, began: float, outcome: Outcome, *, right: bool) -> bool:
        ms = (self._clock() - began) * 1000 if outcome.ms is None else outcome.ms
        self.done += 1
        self.failed += not right
        parts = (
            f"{self.done:3}",
            "ok    " if right else "FAILED",
            f"{ms:6.0f} ms",
            f"{what:<58}",
            f"{outcome.verdict:<6}",
            " ".join(outcome.codes),
            f"({outcome.note})" if outcome.note else "",
        )
        self.say("  ".join(parts).rstrip())
        return right

    def close(self) -> int:
        """Tell how the day was; answers the exit status."""
        self.say(f"day complete: {self.done} steps, {self.failed} failed")
        return 0 if self.failed == 0 else 1
