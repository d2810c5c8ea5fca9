"""How much paper is left on the roll: counted from the slips, since no printer tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hardware.contracts import (
    Health,
    PaperStatus,
    Picture,
    PrintUncertain,
    SlipPrinter,
)
from kiosk.clock import Now
from kiosk.store import Database, meta

_DOTS_A_MM: Final = 8
_FEED_MM: Final = 20
"""Between the print head and the cutter."""
_USED: Final = "paper_used_mm"
_SLIPS: Final = "paper_slips"
_CHANGED: Final = "paper_changed_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """The roll in the printer; `slips_left` is None until it has printed one."""

    left_m: float
    left_percent: int
    slips_left: int | None
    changed_at: datetime | None


class PaperCounter:
    """A `SlipPrinter` that counts the paper of the one it stands before.

    `roll_m`: how long a new roll is, in metres.
    """

    def __init__(self, printer: SlipPrinter, database: Database, now: Now, roll_m: float) -> None:
        self.printer = printer
        self._database = database
        self._now = now
        self._roll_mm = roll_m * 1000

    @property
    def width_dots(self) -> int:
        """The printer's."""
        return self.printer.width_dots

    def print_picture(self, image: Picture) -> None:
        """Print; paper that may have been used is counted too."""
        try:
            self.printer.print_picture(image)
        except PrintUncertain:
            self._count(image)
            raise
        self._count(image)

    def status(self) -> PaperStatus:
        """The printer's."""
        return self.printer.status()

    def health(self) -> Health:
        """The printer's."""
        return self.printer.health()

    def close(self) -> None:
        """Close the printer."""
        self.printer.close()

    def new_roll(self) -> None:
        """Somebody put a new roll in."""
        with self._database.write() as tx:
            meta.put(tx, _USED, "0")
            meta.put(tx, _SLIPS, "0")
            meta.put(tx, _CHANGED, meta.stamp(self._now()))

    @property
    def roll(self) -> Roll:
        """What is left by our count."""
        with self._database.read() as tx:
            used_mm, slips = meta.number(tx, _USED), meta.number(tx, _SLIPS)
            changed = meta.get(tx, _CHANGED)
        left_mm = max(0.0, self._roll_mm - used_mm)
        return Roll(
            left_m=round(left_mm / 1000, 1),
            left_percent=round(100 * left_mm / self._roll_mm),
            slips_left=int(left_mm * slips / used_mm) if used_mm else None,
            changed_at=None if changed is None else datetime.fromisoformat(changed),
        )

    def _count(self, image: Picture) -> None:
        with self._database.write() as tx:
            length_mm = image.height // _DOTS_A_MM + _FEED_MM
            meta.put(tx, _USED, str(meta.number(tx, _USED) + length_mm))
            meta.next_number(tx, _SLIPS)
