"""How the station's last run ended: told to stop, to begin anew, by a crash, without power."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any


class Ending(StrEnum):
    """Why the station had to start again."""

    FIRST = "first"
    """There was no run before."""
    STOPPED = "stopped"
    ASKED = "asked"
    """A technician asked for it."""
    REVOKED = "revoked"
    """The server shut the station out."""
    CRASHED = "crashed"
    """The program went without a word, the machine stayed up."""
    POWER = "power"
    """The machine went without a word: power cut, reset, or a kernel that hung."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """How the run before this one ended, and when this one began."""

    ending: Ending
    started_at: datetime


class RunLog:
    """One small file, replaced whole, about the present run."""

    def __init__(self, path: Path, boot_id: str) -> None:
        self._path = path
        self._boot_id = boot_id

    def begin(self, at: datetime) -> LastRun:
        """Note that a run begins; answers how the last one ended."""
        before = self._read()
        self._write({"boot": self._boot_id, "ending": None})
        return LastRun(ending=self._ending(before), started_at=at)

    def end(self, ending: Ending) -> None:
        """Note how this run ends."""
        self._write({"boot": self._boot_id, "ending": ending.value})

    def _ending(self, before: dict[str, Any] | None) -> Ending:
        if before is None:
            return Ending.FIRST
        try:
            return Ending(before["ending"])
        except (KeyError, ValueError):
            return Ending.CRASHED if before.get("boot") == self._boot_id else Ending.POWER

    def _read(self) -> dict[str, Any] | None:
        try:
            told = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return told if isinstance(told, dict) else None

    def _write(self, told: dict[str, Any]) -> None:
        fresh = self._path.with_name(f"{self._path.name}.new")
        fresh.write_text(json.dumps(told), "utf-8")
        fresh.replace(self._path)


class End:
    """The end of a run: waited for in one place, brought about in others."""

    def __init__(self) -> None:
        self._come = threading.Event()
        self.ending = Ending.STOPPED

    def come(self, ending: Ending) -> None:
        """End the run."""
        self.ending = ending
        self._come.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until somebody ends it, for a time at most; whether they did."""
        return self._come.wait(timeout_s)
