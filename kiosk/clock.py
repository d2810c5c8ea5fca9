"""What time it is, and how far that is to be trusted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from gate.facts import ClockTrust

Now: TypeAlias = Callable[[], datetime]
"""The present instant, aware, in UTC."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


@dataclass(frozen=True)
class Clock:
    """The station's clocks: of the world, of this boot, and the trust in the first."""

    now: Now
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only ever grow; their zero means nothing."""
    trust: Callable[[], ClockTrust] = lambda: ClockTrust.TRUSTED
    """Whether the clock was confirmed, see `kiosk.timekeeper`."""
    boot_id: str = field(default_factory=_boot_id)
    """The machine's present boot; empty where the system does not tell."""

    def monotonic_ms(self) -> int:
        """Milliseconds since some moment of this boot."""
        return int(self.monotonic() * 1000)
