"""Faces in a picture: where they are, and 468 points of each. Whose they are nobody asks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.contracts import Frame
from kiosk.photo.models import network

Points: TypeAlias = NDArray[np.float32]

_SCORE: Final = 0.6
_OVERLAP: Final = 0.3
_MESH_SIDE: Final = 192
_MESH_ROOM: Final = 1.5
"""The mesh wants the face with so much around it."""
_MESH_SCORE: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Kind:
    """A detector: its file, the side of the square that it looks at, its grids, its outputs."""

    file: str
    side: int
    grids: tuple[tuple[int, int], ...]
    """Cells a side, and boxes a cell."""
    scores: str
    boxes: str


_NEAR: Final = _Kind(
    "face_detection_short_range.tflite", 128, ((16, 2), (8, 6)), "classificators", "regressors"
)
"""Finds faces of a tenth of the picture or more."""
_FAR: Final = _Kind(
    "face_detection_full_range.tflite",
    192,
    ((48, 1),),
    "reshaped_classifier_face_4",
    "reshaped_regressor_face_4",
)
"""Finds smaller ones, in more time."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face: its box in the picture, x, y, width, height, and the points of its mesh.

    `points` are 468 rows of x, y, z in pixels of the picture; z grows away from the camera.
    None where there is something like a face that the mesh does not fit.
    """

    box: tuple[float, float, float, float]
    points: Points | None


class FaceFinder:
    """Finds faces; holds its models in memory as long as it lives.

    Raises `DriverNotInstalled` where the models are not installed.
    """

    def __init__(self) -> None:
        self._near = _Detector(_NEAR)
        self._far = _Detector(_FAR)
        self._mesh = network("face_landmark.tflite")

    def find(self, frame: Frame) -> tuple[Face, ...]:
        """The faces in rows x columns x BGR, the largest first."""
        rows = self._near.detect(frame) or self._far.detect(frame)
        found = sorted(rows, key=lambda one: -one[2])
        return tuple(Face(_box(one), self._points(frame, one)) for one in found)

    def _points(self, frame: Frame, found: NDArray[np.float32]) -> Points | None:
        """The mesh of a face that was found, upright as its eyes stand."""
        matrix = _upright(found)
        patch = cv2.warpAffine(frame, matrix, (_MESH_SIDE, _MESH_SIDE), flags=cv2.INTER_AREA)
        self._mesh.setInput(cv2.dnn.blobFromImage(patch, 1 / 255, swapRB=True))
        score, rows = self._mesh.forward(["conv2d_30", "conv2d_20"])
        if 1 / (1 + np.exp(-float(score.reshape(-1)[0]))) < _MESH_SCORE:
            return None
        points = rows.reshape(-1, 3)
        back = cv2.invertAffineTransform(matrix)
        across = points[:, :2] @ back[:, :2].T + back[:, 2]
        deep = points[:, 2:] * np.hypot(*back[:, 0])
        return np.hstack([across, deep]).astype(np.float32)


class _Detector:
    """One of MediaPipe's detectors: BlazeFace, a grid of boxes with a score each."""

    def __init__(self, kind: _Kind) -> None:
        self._kind = kind
        self._network = network(kind.file)
        self._anchors = _anchors(kind)

    def detect(self, frame: Frame) -> list[NDArray[np.float32]]:
        """Rows of middle x, y, width, height and six pairs of points, in pixels."""
        square, scale, shift = _letterboxed(frame, self._kind.side)
        blob = cv2.dnn.blobFromImage(square, 1 / 127.5, mean=(127.5,) * 3, swapRB=True)
        self._network.setInput(blob)
        scores, rows = self._network.forward([self._kind.scores, self._kind.boxes])
        sure = np.asarray(1 / (1 + np.exp(-np.clip(scores.reshape(-1), -80, 80))), np.float32)
        likely = sure > _SCORE
        found = rows[0, likely].astype(np.float32)
        middles = self._anchors[likely] - shift
        found[:, :2] += middles
        found[:, 4:] += np.tile(middles, 6)
        return _without_doubles(found * scale, sure[likely])


def _anchors(kind: _Kind) -> NDArray[np.float32]:
    """The middles of a detector's boxes, in pixels of its square."""
    middles = [
        ((column + 0.5) * kind.side / cells, (row + 0.5) * kind.side / cells)
        for cells, boxes in kind.grids
        for row, column, _ in product(range(cells), range(cells), range(boxes))
    ]
    return np.array(middles, np.float32)


def _letterboxed(frame: Frame, side: int) -> tuple[Frame, float, NDArray[np.float32]]:
    """The whole picture in a detector's square; pixels of the picture for one of it; margin."""
    height, width = frame.shape[:2]
    scale = max(height, width) / side
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    square = np.zeros((side, side, 3), np.uint8)
    square[top : top + size[1], left : left + size[0]] = cv2.resize(
        frame, size, interpolation=cv2.INTER_AREA
    )
    return square, scale, np.array([left, top], np.float32)


def _without_doubles(
    found: NDArray[np.float32], sure: NDArray[np.float32]
) -> list[NDArray[np.float32]]:
    """One row a face: the mean of those that mean the same, weighed by how sure they are."""
    kept = []
    while len(found):
        same = _overlaps(found[int(sure.argmax())], found) > _OVERLAP
        kept.append(np.average(found[same], axis=0, weights=sure[same]).astype(np.float32))
        found, sure = found[~same], sure[~same]
    return kept


def _overlaps(one: NDArray[np.float32], all_: NDArray[np.float32]) -> NDArray[np.float32]:
    """What two boxes share of what they cover together, for each of `all_`."""
    low = np.maximum(one[:2] - one[2:4] / 2, all_[:, :2] - all_[:, 2:4] / 2)
    high = np.minimum(one[:2] + one[2:4] / 2, all_[:, :2] + all_[:, 2:4] / 2)
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    together = np.prod(one[2:4]) + np.prod(all_[:, 2:4], axis=1) - shared
    return np.asarray(shared / np.maximum(together, 1e-6), np.float32)


def _upright(found: NDArray[np.float32]) -> NDArray[np.float64]:
    """The turn and scale that bring a face into the square of the mesh, its eyes level."""
    eyes = found[6:8] - found[4:6]
    turn = float(np.degrees(np.arctan2(eyes[1], eyes[0])))
    middle = (float(found[0]), float(found[1]))
    scale = _MESH_SIDE / (_MESH_ROOM * float(found[2:4].max()))
    matrix = np.asarray(cv2.getRotationMatrix2D(middle, turn, scale), np.float64)
    matrix[:, 2] += np.array([_MESH_SIDE / 2, _MESH_SIDE / 2]) - middle
    return matrix


def _box(found: NDArray[np.float32]) -> tuple[float, float, float, float]:
    x, y, width, height = (float(value) for value in found[:4])
    return x - width / 2, y - height / 2, width, height
