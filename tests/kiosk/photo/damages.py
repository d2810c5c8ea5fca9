"""What can be wrong with a photograph, done to one that is right.

A damage takes a picture of rows x columns x BGR, the points of its one face, and chance; it gives
another picture, and `DAMAGES` says which hint that deserves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.contracts import Frame
from kiosk.photo.faces import Points
from kiosk.photo.judgement import Hint

Chance: TypeAlias = np.random.Generator
Damage: TypeAlias = Callable[[Frame, Points, Chance], Frame]

_EYES: Final = (
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    ((362, 398, 384, 385, 386, 387, 388, 466, 263), (362, 382, 381, 380, 374, 373, 390, 249, 263)),
)
"""Upper and lower lid of each eye, from the left of the picture to the right."""
_LASHES: Final = 0.45


# --- Nothing wrong ---------------------------------------------------------------------------


def as_good(picture: Frame, _: Points, chance: Chance) -> Frame:
    """What changes from one good photo to the next: mirror, place, light, noise of the sensor."""
    if chance.random() < 0.5:
        picture = np.ascontiguousarray(picture[:, ::-1])
    side = picture.shape[0]
    turn, size = chance.uniform(-3, 3), chance.uniform(0.85, 1.0)
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), turn, size)
    matrix[:, 2] += chance.uniform(-0.03, 0.03, 2) * side
    return noisy(lit(_warped(picture, matrix), chance.uniform(0.6, 1.1)), chance)


def lit(picture: Frame, gain: float) -> Frame:
    """Brighter or darker."""
    return np.asarray(cv2.convertScaleAbs(picture, alpha=gain), np.uint8)


def noisy(picture: Frame, chance: Chance) -> Frame:
    """With the noise of a small sensor in a room."""
    noise = chance.standard_normal(picture.shape, np.float32) * 3
    return np.asarray((picture + noise).clip(0, 255), np.uint8)


# --- Something wrong -------------------------------------------------------------------------


def dark(picture: Frame, _: Points, chance: Chance) -> Frame:
    """A room without light: the sensor's noise stays."""
    return noisy(lit(picture, chance.uniform(0.12, 0.3)), chance)


def burnt(picture: Frame, _: Points, chance: Chance) -> Frame:
    """A lamp in the face."""
    return lit(picture, chance.uniform(2.2, 3.0))


def backlit(picture: Frame, points: Points, chance: Chance) -> Frame:
    """A window behind: all but the person is white, the person in its shade."""
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    middle = points[:, :2].mean(axis=0)
    reach = np.ptp(points[:, 1])
    head = (round(float(middle[0])), round(float(middle[1])))
    cv2.ellipse(mask, head, (round(0.62 * reach), round(0.85 * reach)), 0, 0, 360, 255, -1)
    chest = (head[0], head[1] + round(2.0 * reach))
    cv2.ellipse(mask, chest, (round(1.3 * reach), round(1.2 * reach)), 0, 0, 360, 255, -1)
    person = lit(picture, chance.uniform(0.4, 0.5))
    return np.asarray(np.where(mask[..., None] > 0, person, np.uint8(250)), np.uint8)


def blurred(picture: Frame, points: Points, chance: Chance) -> Frame:
    """Out of focus."""
    sigma = chance.uniform(0.03, 0.05) * float(np.ptp(points[:, 1])) / 2
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def smeared(picture: Frame, points: Points, chance: Chance) -> Frame:
    """The head moved."""
    length = round(chance.uniform(0.09, 0.14) * float(np.ptp(points[:, 1])))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D((length / 2, length / 2), chance.uniform(0, 180), 1)
    turned = np.asarray(cv2.warpAffine(kernel, turn, (length, length)), np.float32)
    return np.asarray(cv2.filter2D(picture, -1, turned / turned.sum()), np.uint8)


def tilted(picture: Frame, points: Points, chance: Chance) -> Frame:
    """The head on the shoulder."""
    turn = chance.uniform(16, 30) * chance.choice((-1, 1))
    middle = points[:, :2].mean(axis=0)
    return _warped(picture, cv2.getRotationMatrix2D(tuple(map(float, middle)), turn, 1))


def to_a_side(picture: Frame, points: Points, chance: Chance) -> Frame:
    """Half out of the picture; towards the left of the picture, the person's own right."""
    reach = float(points[:, 0].min() + 0.1 * np.ptp(points[:, 0]))
    return _shifted(picture, -chance.uniform(0.85, 1.0) * reach, 0)


def too_low(picture: Frame, points: Points, chance: Chance) -> Frame:
    """The chin at the lower edge."""
    room = picture.shape[0] - float(points[:, 1].max())
    return _shifted(picture, 0, chance.uniform(0.8, 0.95) * room)


def far_away(picture: Frame, points: Points, chance: Chance) -> Frame:
    """Small in the middle of the picture."""
    side = picture.shape[0]
    size = chance.uniform(0.12, 0.2) * side / float(np.ptp(points[:, 1]))
    return _warped(picture, cv2.getRotationMatrix2D((side / 2, side / 2), 0, size))


def too_near(picture: Frame, points: Points, chance: Chance) -> Frame:
    """The face fills the picture."""
    side = picture.shape[0]
    size = chance.uniform(0.6, 0.75) * side / float(np.ptp(points[:, 1]))
    middle = points[:, :2].mean(axis=0)
    matrix = cv2.getRotationMatrix2D(tuple(map(float, middle)), 0, size)
    matrix[:, 2] += side / 2 - middle
    return _warped(picture, matrix)


def two_people(picture: Frame, points: Points, chance: Chance) -> Frame:
    """Two heads side by side, one a little lower."""
    side = picture.shape[0]
    left = round(min(max(float(points[:, 0].mean()) - side / 4, 0), side / 2))
    one = picture[:, left : left + side // 2]
    lower = _shifted(one, 0, chance.uniform(0, 0.1) * side)
    return np.hstack([one, lower[:, ::-1]])


def gone(picture: Frame, points: Points, chance: Chance) -> Frame:
    """Nobody there: a part of the picture without the face, enlarged."""
    side = picture.shape[0]
    top = min(side - 40, round(float(points[:, 1].max()) + 0.1 * side))
    left = int(chance.integers(0, side // 3))
    return np.asarray(cv2.resize(picture[top:, left : left + side // 2], (side, side)), np.uint8)


def covered(picture: Frame, points: Points, chance: Chance) -> Frame:
    """Dark glasses."""
    worn = picture.copy()
    shade = int(chance.integers(5, 40))
    for upper, _ in _EYES:
        eye = points[list(upper), :2]
        middle, width = eye.mean(axis=0), float(np.ptp(eye[:, 0]))
        at = (round(float(middle[0])), round(float(middle[1])))
        cv2.ellipse(
            worn, at, (round(0.85 * width), round(0.6 * width)), 0, 0, 360, (shade,) * 3, -1
        )
    return worn


def with_eyes_closed(picture: Frame, points: Points, chance: Chance) -> Frame:
    """The upper lids drawn down: the skin above each eye covers it, its lashes at the lower lid."""
    closed = picture.copy()
    for upper, lower in _EYES:
        _shut(picture, closed, points[list(upper), :2], points[list(lower), :2])
    return np.asarray(cv2.GaussianBlur(closed, (0, 0), chance.uniform(0.5, 1.0)), np.uint8)


def _shut(
    picture: Frame, closed: Frame, upper: NDArray[np.float32], lower: NDArray[np.float32]
) -> None:
    for column in range(int(upper[0, 0]), int(upper[-1, 0]) + 1):
        top = round(float(np.interp(column, upper[:, 0], upper[:, 1])) - 1)
        bottom = round(float(np.interp(column, lower[:, 0], lower[:, 1])) + 1)
        rows = np.arange(top, bottom + 1)
        closed[rows, column] = picture[(top - 0.8 * (bottom - rows) - 1).astype(int), column]
        lashes = slice(bottom - max(1, (bottom - top) // 6), bottom + 1)
        closed[lashes, column] = (closed[lashes, column] * _LASHES).astype(np.uint8)


def _shifted(picture: Frame, across: float, down: float) -> Frame:
    return _warped(picture, np.array([[1, 0, across], [0, 1, down]], np.float64))


def _warped(picture: Frame, matrix: object) -> Frame:
    size = (picture.shape[1], picture.shape[0])
    moved = cv2.warpAffine(
        picture, np.asarray(matrix, np.float64), size,
        flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(moved, np.uint8)


DAMAGES: Final[Mapping[str, tuple[Damage, Hint]]] = MappingProxyType(
    {
        "nobody": (gone, Hint.NO_FACE),
        "two people": (two_people, Hint.SEVERAL),
        "far away": (far_away, Hint.CLOSER),
        "too near": (too_near, Hint.FARTHER),
        "to a side": (to_a_side, Hint.MOVE_LEFT),
        "too low": (too_low, Hint.MOVE_UP),
        "dark": (dark, Hint.MORE_LIGHT),
        "burnt": (burnt, Hint.LESS_LIGHT),
        "backlit": (backlit, Hint.LIGHT_BEHIND),
        "tilted": (tilted, Hint.HEAD_STRAIGHT),
        "out of focus": (blurred, Hint.HOLD_STILL),
        "moved": (smeared, Hint.HOLD_STILL),
        "dark glasses": (covered, Hint.SHOW_EYES),
        "eyes closed": (with_eyes_closed, Hint.OPEN_EYES),
    }
)
