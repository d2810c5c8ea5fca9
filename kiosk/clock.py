"""What time it is, and how far that is to be trusted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from gate.facts import ClockTrust

Now: TypeAlias = Callable[[], datetime]
"""The present instant, aware, in UTC."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Clock:
    """The station's clocks: of the world, of this boot, and the trust in the first."""

    now: Now
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only ever grow; their zero means nothing."""

    def trust(self) -> ClockTrust:
        """Whether the clock was confirmed. A machine that runs on has its word for now."""
        return ClockTrust.TRUSTED

    @cached_property
    def boot_id(self) -> str:
        """The machine's present boot; empty where the system does not tell."""
        try:
            return _BOOT_ID.read_text("ascii").strip()
        except OSError:
            return ""

    def monotonic_ms(self) -> int:
        """Milliseconds since some moment of this boot."""
        return int(self.monotonic() * 1000)
