"""Contacts bounce: a level counts once it has held for a while. The time is passed in."""

from __future__ import annotations


class Debounced:
    """One input; `level` is what it says, without the bouncing.

    An input that is on from the start counts as switched on, unless `starts_anyhow`: then
    its first level is taken as it is (a box before a light barrier is nobody who passed).
    """

    def __init__(self, settle_s: float, *, starts_anyhow: bool = False) -> None:
        self._settle_s = settle_s
        self._anyhow = starts_anyhow
        self._since_s: float | None = None
        self.level = False

    def feed(self, *, raw: bool, at_s: float) -> bool | None:
        """What was read at `at_s`; answers the new level if it changes now."""
        if self._anyhow:
            self.level, self._anyhow = raw, False
        if raw == self.level:
            self._since_s = None
            return None
        if self._since_s is None:
            self._since_s = at_s
        if at_s - self._since_s < self._settle_s:
            return None
        self.level, self._since_s = raw, None
        return raw
