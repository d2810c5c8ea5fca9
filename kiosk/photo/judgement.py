"""The words in which a photo is judged; they need no picture and no library."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

WIDTH: Final = 600
HEIGHT: Final = 800
"""Of the finished photo, in pixels."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of a picture in its pixels; may reach beyond it."""

    x: int
    y: int
    width: int
    height: int

    def within(self, width: int, height: int) -> Crop:
        """Moved, never shrunk, so that it lies in a picture of this size as far as it fits."""
        x = min(max(self.x, 0), max(0, width - self.width))
        y = min(max(self.y, 0), max(0, height - self.height))
        return Crop(x, y, self.width, self.height)


class Hint(StrEnum):
    """What to do better, the gravest first. Left and right are the person's own."""

    NO_FACE = "no_face"
    SEVERAL = "several"
    CLOSER = "closer"
    FARTHER = "farther"
    MOVE_LEFT = "move_left"
    MOVE_RIGHT = "move_right"
    MOVE_UP = "move_up"
    MOVE_DOWN = "move_down"
    MORE_LIGHT = "more_light"
    LESS_LIGHT = "less_light"
    LIGHT_BEHIND = "light_behind"
    HEAD_STRAIGHT = "head_straight"
    LOOK_HERE = "look_here"
    HOLD_STILL = "hold_still"
    SHOW_EYES = "show_eyes"
    OPEN_EYES = "open_eyes"
    CLOSE_MOUTH = "close_mouth"


class Verdict(StrEnum):
    """Whether the photo will do."""

    OK = "ok"
    RETAKE = "retake"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was measured. Which side of `limit` is right stands in docs/photo.md."""

    name: str
    value: float
    limit: float
    ok: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """All of it. `crop` is where the photo is cut, None without a face."""

    faces: int
    checks: tuple[Check, ...]
    hints: tuple[Hint, ...]
    crop: Crop | None

    @property
    def verdict(self) -> Verdict:
        """Good when every check is."""
        return Verdict.RETAKE if self.hints else Verdict.OK
