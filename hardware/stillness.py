"""Whether anything moves before a camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels: TypeAlias = NDArray[np.uint8]

_CELL: Final = 16
"""The noise of a sensor is lost in the mean of a square of so many pixels."""
_CHANGE: Final = 2


class Stillness:
    """Compares one stream of frames with what they showed when something moved last.

    Half of the rows are enough for it: 0.2 ms a frame of 1280x720. A change that comes slowly, as
    the daylight's, adds up until it is one.
    """

    def __init__(self) -> None:
        self._cells: NDArray[np.int16] | None = None
        self._since_s = 0.0

    def lasts_s(self, grey: Pixels, moment_s: float) -> float:
        """How long nothing has moved in frames up to this one, by a clock that goes forward."""
        cells = _cells(grey)
        if self._moved(cells):
            self._cells, self._since_s = cells, moment_s
        return moment_s - self._since_s

    def _moved(self, cells: NDArray[np.int16]) -> bool:
        before = self._cells
        if before is None or before.shape != cells.shape:
            return True
        return bool(np.abs(cells - before).max() > _CHANGE)


def _cells(grey: Pixels) -> NDArray[np.int16]:
    size = (max(1, grey.shape[1] // _CELL), max(1, grey.shape[0] // _CELL))
    return np.asarray(cv2.resize(grey[::2], size, interpolation=cv2.INTER_AREA), np.int16)
