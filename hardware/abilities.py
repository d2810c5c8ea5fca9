"""What some devices can do beyond their contract; ask with `isinstance` before you use it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


class HintCode(StrEnum):
    """Why something that looks like a code is not read."""

    TOO_FAR = "too_far"
    TOO_DARK = "too_dark"
    GLARE = "glare"
    BLURRED = "blurred"
    MIRRORED = "mirrored"
    UNREADABLE = "unreadable"
    """No cause that we can tell: damaged, cut off, too slanting, of a foreign kind."""


@dataclass(frozen=True, slots=True)
class ScanHint:
    """What to tell somebody who has held a code in vain for 5 s."""

    code: HintCode


@runtime_checkable
class HintingScanner(Protocol):
    """A scanner that sees what it cannot read."""

    def hint(self) -> ScanHint | None:
        """Why the code that is being held is not read, None while there is none; at once."""
        ...


@runtime_checkable
class LocksExposure(Protocol):
    """A camera that may hold its light still."""

    def can_lock_exposure(self) -> bool:
        """Whether it had anything that could be held when it was opened last; at once."""
        ...

    def lock_exposure(self) -> bool:
        """Hold exposure, white balance and focus; whether the camera could hold anything."""
        ...

    def unlock_exposure(self) -> None:
        """Let the camera judge by itself again."""
        ...


@runtime_checkable
class GivesGrey(Protocol):
    """A camera that can spare the work of colours; whoever reads codes needs none."""

    def leave_colours_out(self) -> None:
        """From now on frames are rows x columns of brightness, for whoever looks."""
        ...


def holds_light(device: object) -> bool:
    """Whether a device is a camera that can hold its light still."""
    return isinstance(device, LocksExposure) and device.can_lock_exposure()
