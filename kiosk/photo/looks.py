"""What can be measured of a face: how it is held, its light, its sharpness, its mouth.

Places of the mesh are MediaPipe's; left and right are the person's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.contracts import Frame
from kiosk.photo.faces import Points

Grey: TypeAlias = NDArray[np.uint8]
Mask: TypeAlias = NDArray[np.bool_]

_RIGHT_EYE: Final = (33, 133)
_LEFT_EYE: Final = (362, 263)
_RIGHT_OUTLINE: Final = (
    33,
    246,
    161,
    160,
    159,
    158,
    157,
    173,
    133,
    155,
    154,
    153,
    145,
    144,
    163,
    7,
)
_LEFT_OUTLINE: Final = (
    362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382,
)  # fmt: skip
_LIPS: Final = (13, 14)
_MOUTH: Final = (78, 308)
_FOREHEAD, _CHIN = 10, 152
_RIGHT_CHEEK, _LEFT_CHEEK = 234, 454
_OVAL: Final = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip

_SIDE: Final = 240
"""Light and sharpness are measured on a patch of so many pixels, as large as in the photo."""
_FACE_SHARE: Final = 0.75
_LUMA: Final = 255.0
_NOD_AT_REST: Final = 8.0
"""The mesh's forehead lies so far behind its chin when somebody looks straight ahead."""
_CLIPPED: Final = 250
_STEP: Final = 8
_HAIR_ENDS: Final = 0.9
_BESIDE_ENDS: Final = 1.4
"""From the middle of the face, in its widths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """How one face looks."""

    tilt: float
    """Head to the shoulder, in degrees; positive towards the person's own left."""
    turn: float
    """Head to the side, in degrees; positive towards the person's own left."""
    nod: float
    """Chin up or down, in degrees; positive is down."""
    light: float
    """Luma that nine tenths of the face do not exceed, 0 to 1: also on dark skin a lit face has
    bright places."""
    glare: float
    """Share of the face that is burnt out, 0 to 1."""
    backlight: float
    """How much brighter than the face is what is beside the head, 1 is the same."""
    blur: float
    """0 is sharp, 1 is blurred; contrast plays no part."""
    eyes_seen: float
    """Light and dark between the lids, the lesser of both eyes, as a share of the face's light:
    there is none where glasses, hair or a hand are before them."""
    mouth: float
    """Gap of the lips in the width of the mouth."""


def look(frame: Frame, points: Points) -> Looks:
    """Measure a face whose mesh has these points."""
    patch, oval, eyes = _patch(frame, points)
    inside = patch[oval]
    light = _light(inside)
    return Looks(
        tilt=_tilt(points),
        turn=_turn(points),
        nod=_nod(points),
        light=light,
        glare=float((inside >= _CLIPPED).mean()),
        backlight=_beside(frame, points) / max(light, 1 / _LUMA),
        blur=_blur(patch),
        eyes_seen=min(_contrast(patch, eye) for eye in eyes) / max(light, 1 / _LUMA),
        mouth=_distance(points, _LIPS) / max(_distance(points, _MOUTH), 1e-6),
    )


def light_of(frame: Frame) -> tuple[float, float]:
    """Luma that nine tenths of a whole picture do not exceed, and the share that is burnt out."""
    grey = cv2.cvtColor(np.ascontiguousarray(frame[::_STEP, ::_STEP]), cv2.COLOR_BGR2GRAY)
    return _light(np.asarray(grey, np.uint8)), float((grey >= _CLIPPED).mean())


def eyes_of(points: Points) -> NDArray[np.float32]:
    """The middles of the right and the left eye, x and y."""
    pairs = (points[list(eye), :2].mean(axis=0) for eye in (_RIGHT_EYE, _LEFT_EYE))
    return np.asarray(list(pairs), np.float32)


def chin_of(points: Points) -> NDArray[np.float32]:
    """The lowest point of the chin, x and y."""
    return np.asarray(points[_CHIN, :2], np.float32)


def sides_of(points: Points) -> NDArray[np.float32]:
    """The outermost points of both cheeks, x and y."""
    return np.asarray(points[[_RIGHT_CHEEK, _LEFT_CHEEK], :2], np.float32)


def _tilt(points: Points) -> float:
    across = eyes_of(points)
    return _degrees(*(across[1] - across[0])[::-1])


def _turn(points: Points) -> float:
    across = points[_LEFT_CHEEK] - points[_RIGHT_CHEEK]
    return _degrees(across[2], float(np.hypot(across[0], across[1])))


def _nod(points: Points) -> float:
    down = points[_CHIN] - points[_FOREHEAD]
    return _degrees(down[2], float(np.hypot(down[0], down[1]))) - _NOD_AT_REST


def _degrees(rise: float, run: float) -> float:
    return float(np.degrees(np.arctan2(rise, run)))


def _distance(points: Points, pair: tuple[int, int]) -> float:
    return float(np.linalg.norm(points[pair[0], :2] - points[pair[1], :2]))


def _patch(frame: Frame, points: Points) -> tuple[Grey, Mask, tuple[Mask, Mask]]:
    """The face in grey at a fixed size with a little around it; where in it face and eyes are."""
    oval = points[list(_OVAL), :2]
    low, high = oval.min(axis=0), oval.max(axis=0)
    scale = _SIDE * _FACE_SHARE / float((high - low).max())
    shift = _SIDE / 2 - scale * (low + high) / 2
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float64)
    near = cv2.warpAffine(
        frame, matrix, (_SIDE, _SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    grey = np.asarray(cv2.cvtColor(near, cv2.COLOR_BGR2GRAY), np.uint8)
    moved = points[:, :2] * scale + shift
    return grey, _mask(moved, _OVAL), (_mask(moved, _RIGHT_OUTLINE), _mask(moved, _LEFT_OUTLINE))


def _beside(frame: Frame, points: Points) -> float:
    """Luma to the left and right of the head, without the hair, 0 to 1."""
    height, width = frame.shape[:2]
    (left, top), (right, bottom) = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    rows = slice(max(0, round(top)), min(height, round(bottom)))
    reach = right - left
    columns = np.arange(0, width)
    away = np.abs(columns - (left + right) / 2) / reach
    beside = frame[rows][:, (away > _HAIR_ENDS) & (away < _BESIDE_ENDS)]
    if not beside.size:
        return 0.0
    luma = cv2.cvtColor(np.ascontiguousarray(beside[::2, ::2]), cv2.COLOR_BGR2GRAY)
    return float(np.percentile(luma, 50, method="nearest")) / _LUMA


def _light(grey: Grey) -> float:
    return float(np.percentile(grey, 90, method="nearest")) / _LUMA


def _mask(points: Points, outline: tuple[int, ...]) -> Mask:
    mask = np.zeros((_SIDE, _SIDE), np.uint8)
    cv2.fillPoly(mask, [np.round(points[list(outline)]).astype(np.int32)], (1,))
    return mask.astype(np.bool_)


def _contrast(patch: Grey, eye: Mask) -> float:
    dark, bright = map(float, np.percentile(patch[eye], (10, 90), method="nearest"))
    return float(bright - dark) / _LUMA


def _blur(patch: Grey) -> float:
    """How little of the change from pixel to pixel is lost when the patch is blurred once more.

    After F. Crete and others, "The blur effect", 2007: what is sharp loses much, what is
    blurred already loses little. Contrast is in both and cancels out.
    """
    grey = cv2.GaussianBlur(patch, (0, 0), 0.8).astype(np.float32)
    return max(_kept(grey), _kept(np.ascontiguousarray(grey.T)))


def _kept(grey: NDArray[np.float32]) -> float:
    again = cv2.blur(grey, (1, 9))
    change = np.abs(np.diff(grey, axis=0))
    lost = np.maximum(0, change - np.abs(np.diff(again, axis=0)))
    whole = float(change.sum())
    return 1.0 if whole <= 0 else 1 - float(lost.sum()) / whole
