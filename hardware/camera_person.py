"""What a simulated camera for photos sees: a wall, and a drawn person who stands before it.

The person is made of shaded ellipses, near enough to a face for a face detector. They come nearer,
close their eyes, and stand still; or whoever demonstrates says how they stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import cos, pi, sin
from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np

from hardware.camera_scene import HEIGHT, WIDTH, with_noise
from hardware.contracts import Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE: Final = 720
"""The person is drawn once in a square of so many pixels."""
_WALL: Final = (196, 190, 182)
_SWAY_S: Final = 3.1
_BLINK_EVERY_S: Final = 4.0
_BLINK_S: Final = 0.25
_LIGHT: Final = np.array([-0.35, -0.45, 0.82], np.float32)


class Pose(StrEnum):
    """How the person stands."""

    NOBODY = "nobody"
    FAR = "far"
    ASIDE = "aside"
    TILTED = "tilted"
    EYES_CLOSED = "eyes_closed"
    TWO = "two"
    DARK = "dark"
    GOOD = "good"


_LEFT_AFTER_S: Final = 10.0
"""Nobody looked for so long: somebody else arrives."""
_ARRIVAL: Final = (
    (1.0, Pose.NOBODY),
    (3.0, Pose.FAR),
    (5.0, Pose.ASIDE),
    (6.5, Pose.TILTED),
)
"""Until how many seconds after the first look; then they stand as they should."""


class PersonScene:
    """The view of one camera; `seed` decides its noise."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._began_s: float | None = None
        self._seen_s = 0.0
        self.pose: Pose | None = None
        """None: the person arrives and finds their place by themselves."""

    def frame(self, number: int, moment_s: float) -> Frame:
        """The frame with this number, `moment_s` after the beginning of time."""
        if self._began_s is None or moment_s - self._seen_s > _LEFT_AFTER_S:
            self._began_s = moment_s
        self._seen_s = moment_s
        pose = self.pose or _arriving(moment_s - self._began_s)
        return with_noise(_view(pose, moment_s), number, self._seed)


def _arriving(since_s: float) -> Pose:
    return next((pose for until_s, pose in _ARRIVAL if since_s < until_s), Pose.GOOD)


def _view(pose: Pose, moment_s: float) -> Frame:
    view = _wall().copy()
    blinks = moment_s % _BLINK_EVERY_S < _BLINK_S
    person = _person(closed=pose is Pose.EYES_CLOSED or blinks)
    for place in _PLACES[pose]:
        _stand(view, person, place, moment_s)
    return np.asarray(view // 5, np.uint8) if pose is Pose.DARK else view


class _Place(NamedTuple):
    """Where a person is: middle from that of the picture and size, in its heights; turn."""

    across: float = 0.0
    down: float = 0.03
    size: float = 0.95
    turn: float = 0.0


_PLACES: Final[dict[Pose, tuple[_Place, ...]]] = {
    Pose.NOBODY: (),
    Pose.FAR: (_Place(down=0.15, size=0.45),),
    Pose.ASIDE: (_Place(across=-0.36),),
    Pose.TILTED: (_Place(turn=20),),
    Pose.EYES_CLOSED: (_Place(),),
    Pose.TWO: (_Place(across=-0.22, size=0.8), _Place(across=0.22, size=0.75, down=0.1)),
    Pose.DARK: (_Place(),),
    Pose.GOOD: (_Place(),),
}


def _stand(view: Frame, person: _Drawn, place: _Place, moment_s: float) -> None:
    """Draw the person into the view, never quite still."""
    sway = 2 * pi * moment_s / _SWAY_S
    matrix = cv2.getRotationMatrix2D((_SIDE / 2, _SIDE / 2), place.turn + sin(sway), place.size)
    matrix[0, 2] += WIDTH / 2 - _SIDE / 2 + place.across * HEIGHT + 3 * sin(sway)
    matrix[1, 2] += HEIGHT / 2 - _SIDE / 2 + place.down * HEIGHT + 2 * cos(sway)
    size = (WIDTH, HEIGHT)
    drawn = cv2.warpAffine(person.colour, matrix, size, flags=cv2.INTER_AREA)
    there = cv2.warpAffine(person.there, matrix, size, flags=cv2.INTER_AREA)[..., None]
    # What was drawn is darkened already where little of it is there.
    view[:] = drawn + (view * (1 - there)).astype(np.uint8)


@lru_cache(maxsize=1)
def _wall() -> Frame:
    across = np.linspace(-0.9, 0.9, WIDTH, dtype=np.float32)
    down = np.linspace(-0.3, 0.7, HEIGHT, dtype=np.float32)[:, None]
    light = 1 - 0.25 * (across**2 + down**2)
    return np.asarray(light[..., None] * np.array(_WALL, np.float32), np.uint8)


# --- The drawing -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A picture of B, G, R, dark where nothing is, and how much of each pixel is there, 0 to 1."""

    colour: Frame
    there: NDArray[np.float32]


class _Blob(NamedTuple):
    """A shaded ellipse: middle and half axes in shares of the side, colour as B, G, R."""

    x: float
    y: float
    wide: float
    high: float
    colour: tuple[int, int, int]
    soft: float = 0.004
    """How wide its edge is."""
    round: float = 0.0
    """How much of its light hangs on where the lamp is."""
    much: float = 1.0


_HAIR: Final = (38, 52, 78)
_SKIN: Final = (150, 178, 222)
_SHADE: Final = (122, 150, 196)

_BEHIND: Final = (
    _Blob(0.5, 0.36, 0.21, 0.265, _HAIR, round=0.45),
    _Blob(0.5, 0.66, 0.085, 0.16, (128, 156, 202), round=0.3),
    _Blob(0.5, 1.06, 0.42, 0.34, (120, 84, 52), round=0.5),
    _Blob(0.5, 0.735, 0.088, 0.05, (134, 162, 206), round=0.2),
    _Blob(0.318, 0.42, 0.028, 0.055, (136, 164, 208), round=0.3),
    _Blob(0.682, 0.42, 0.028, 0.055, (130, 158, 202), round=0.3),
    _Blob(0.5, 0.405, 0.178, 0.235, _SKIN, round=0.38),
    _Blob(0.5, 0.205, 0.168, 0.08, _HAIR, soft=0.02, round=0.3),
)
_MIDDLE: Final = (
    _Blob(0.512, 0.43, 0.014, 0.055, _SHADE, soft=0.02, much=0.6),
    _Blob(0.496, 0.43, 0.01, 0.055, (176, 202, 238), soft=0.012, much=0.8),
    _Blob(0.5, 0.463, 0.028, 0.02, _SKIN, soft=0.015, round=0.35),
    _Blob(0.5, 0.478, 0.026, 0.006, (112, 138, 186), soft=0.006, much=0.7),
    _Blob(0.5, 0.535, 0.058, 0.0105, (96, 96, 176), soft=0.005),
    _Blob(0.5, 0.546, 0.046, 0.013, (110, 110, 190), soft=0.006, round=0.2),
    _Blob(0.5, 0.5375, 0.055, 0.0028, (60, 58, 110), soft=0.003),
    _Blob(0.5, 0.572, 0.04, 0.008, (128, 154, 198), soft=0.01, much=0.5),
)


def _side(at: float, *, closed: bool) -> tuple[_Blob, ...]:
    """One half of the face; `at` is -1 or 1."""
    x = 0.5 + at * 0.076
    around = (
        _Blob(0.5 + at * 0.095, 0.47, 0.05, 0.04, (140, 150, 226), soft=0.05, much=0.35),
        _Blob(x, 0.378, 0.052, 0.03, (120, 146, 190), soft=0.03, much=0.5),
        _Blob(x + at * 0.002, 0.338, 0.048, 0.0085, (44, 58, 84), soft=0.006),
        _Blob(0.5 + at * 0.018, 0.47, 0.009, 0.006, (80, 100, 150), soft=0.005),
    )
    if closed:
        return (
            *around,
            _Blob(x, 0.386, 0.04, 0.016, (132, 160, 206), soft=0.01),
            _Blob(x, 0.396, 0.038, 0.004, (40, 50, 70), soft=0.004),
        )
    return (
        *around,
        _Blob(x, 0.384, 0.038, 0.0175, (50, 58, 80)),
        _Blob(x, 0.386, 0.036, 0.015, (232, 236, 240), soft=0.003),
        _Blob(x, 0.384, 0.0155, 0.0155, (70, 96, 110), soft=0.003),
        _Blob(x, 0.384, 0.007, 0.007, (12, 12, 14), soft=0.003),
        _Blob(x - 0.005, 0.379, 0.003, 0.003, (255, 255, 255), soft=0.002),
        _Blob(x, 0.3665, 0.04, 0.0055, (48, 58, 82)),
    )


@lru_cache(maxsize=2)
def _person(*, closed: bool) -> _Drawn:
    colour = np.zeros((_SIDE, _SIDE, 3), np.float32)
    there = np.zeros((_SIDE, _SIDE), np.float32)
    sides = (*_side(-1, closed=closed), *_side(1, closed=closed))
    for blob in (*_BEHIND, *sides, *_MIDDLE):
        _draw(colour, there, blob)
    return _Drawn(np.asarray(colour.clip(0, 255), np.uint8), there)


def _draw(colour: NDArray[np.float32], there: NDArray[np.float32], blob: _Blob) -> None:
    down, across = np.mgrid[0:_SIDE, 0:_SIDE].astype(np.float32) / _SIDE
    x, y = (across - blob.x) / blob.wide, (down - blob.y) / blob.high
    reach = np.sqrt(x**2 + y**2)
    edge = blob.soft / min(blob.wide, blob.high)
    much = np.clip((1 - reach) / edge, 0, 1) * blob.much
    towards = np.stack([x, y, np.sqrt(np.clip(1 - reach**2, 0, 1))], axis=-1) @ _LIGHT
    light = 1 - blob.round + blob.round * np.clip(towards, 0, 1)
    painted = light[..., None] * np.array(blob.colour, np.float32)
    colour[:] = colour * (1 - much[..., None]) + painted * much[..., None]
    there[:] = there * (1 - much) + much
