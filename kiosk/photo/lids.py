"""How far eyes are open. The mesh draws lids where they usually are; this looks at each eye."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.contracts import Frame
from kiosk.photo.faces import Points
from kiosk.photo.models import network

_SIDE: Final = 64
_ROOM: Final = 2.3
"""The model wants the eye with so much around it."""
_RIGHT_EYE: Final = (33, 133)
_LEFT_EYE: Final = (362, 263)
_CORNERS: Final = (0, 8)
_LIDS: Final = ((11, 3), (12, 4), (13, 5))
"""Places in the model's outline of an eye."""
_OUTLINE: Final = "output_eyes_contours_and_brows"


class Lids:
    """Holds its model in memory as long as it lives. Raises `DriverNotInstalled`."""

    def __init__(self) -> None:
        self._network = network("iris_landmark.tflite")

    def open(self, frame: Frame, points: Points) -> float:
        """Height of the narrower eye in its width: about 0.3 open, below 0.16 closed."""
        right = self._open(_eye(frame, points, _RIGHT_EYE))
        # The model knows right eyes; a left one is one in a mirror.
        left = self._open(np.ascontiguousarray(_eye(frame, points, _LEFT_EYE)[:, ::-1]))
        return min(right, left)

    def _open(self, eye: Frame) -> float:
        self._network.setInput(cv2.dnn.blobFromImage(eye, 1 / 255, swapRB=True))
        outline = np.asarray(self._network.forward(_OUTLINE), np.float32).reshape(-1, 3)[:, :2]
        width = _distance(outline, _CORNERS)
        return float(np.mean([_distance(outline, pair) for pair in _LIDS])) / max(width, 1e-6)


def _eye(frame: Frame, points: Points, corners: tuple[int, int]) -> Frame:
    """One eye, level, in the middle of the model's square."""
    one, other = (points[place, :2].astype(np.float64) for place in corners)
    middle, across = (one + other) / 2, other - one
    turn = float(np.degrees(np.arctan2(across[1], across[0])))
    scale = _SIDE / (_ROOM * max(float(np.hypot(*across)), 1e-6))
    matrix = np.asarray(cv2.getRotationMatrix2D((middle[0], middle[1]), turn, scale), np.float64)
    matrix[:, 2] += _SIDE / 2 - middle
    near = cv2.warpAffine(
        frame, matrix, (_SIDE, _SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(near, np.uint8)


def _distance(outline: NDArray[np.float32], pair: tuple[int, int]) -> float:
    return float(np.linalg.norm(outline[pair[0]] - outline[pair[1]]))
