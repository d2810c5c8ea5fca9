"""Why a code that somebody shows is not read, as far as a picture tells.

Looked at twice a second on a reduced frame, 6 ms each, only while nothing is read. A code is
a compact patch that is busy in both directions; what is wrong with it is judged by its size,
brightness and sharpness. It must have been there for `AFTER_S` before anybody is told:
whoever holds a code right is read in less. Bars alone and codes smaller than 50 of 1280
pixels are not noticed; fur or gravel held to the camera is taken for a code.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np
import zxingcpp

from hardware.abilities import HintCode, ScanHint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels: TypeAlias = NDArray[np.uint8]
    Cells: TypeAlias = NDArray[np.bool_]

AFTER_S: Final = 5.0

_LOOK_EVERY_S: Final = 0.5
_MOST_LOOKS: Final = round(AFTER_S / _LOOK_EVERY_S)
_SEEN_IN: Final = 0.7

_GREY: Final = 2
_WIDTH: Final = 640
_CELL: Final = 8
_NOISE: Final = 10.0
_BUSY: Final = 26.0
_SMALLEST_SIDE: Final = 24
_CALM: Final = 1.0
_VERY_CALM: Final = 2.5
_FAINT: Final = 60.0
_MOST_GAIN: Final = 12.0
_MOSTLY: Final = 0.15
_CROSS: Final = np.ones((3, 3), np.uint8)
_MOST_OF_FRAME: Final = 0.75
_FILLED: Final = 0.5
_LONGEST: Final = 2.2
_ONE_SIDED: Final = 0.4

_DARK: Final = 70
_SATURATED: Final = 250
_GLARE_DISC: Final = 0.12
_GLARE_WITHIN: Final = 0.22
_NEAR_SIDE: Final = 100
_SHARP: Final = 0.32


@dataclass(frozen=True, slots=True)
class Patch:
    """A place in a frame reduced to `_WIDTH`: left, top, width, height."""

    x: int
    y: int
    width: int
    height: int

    def of(self, grey: Pixels) -> Pixels:
        """The pixels there."""
        return grey[self.y : self.y + self.height, self.x : self.x + self.width]

    def cells_of(self, cells: Cells) -> Cells:
        """The cells there."""
        rows, columns = self.y // _CELL, self.x // _CELL
        return cells[rows : rows + self.height // _CELL, columns : columns + self.width // _CELL]


class HintWatch:
    """Watches one stream of frames; `hint` is what to tell the person, None if nothing."""

    def __init__(self) -> None:
        self._looks: deque[HintCode | None] = deque(maxlen=_MOST_LOOKS)
        self._due_s = 0.0

    @property
    def hint(self) -> ScanHint | None:
        """The cause seen most often, once something unreadable has been held long enough."""
        causes = [cause for cause in self._looks if cause is not None]
        if len(self._looks) < _MOST_LOOKS or len(causes) < _SEEN_IN * _MOST_LOOKS:
            return None
        return ScanHint(max(set(causes), key=causes.count))

    def note(self, frame: Pixels, moment_s: float, *, read: bool) -> None:
        """Here is a frame, and whether a code was read in it."""
        if read:
            self._looks.clear()
        elif moment_s >= self._due_s:
            self._due_s = moment_s + _LOOK_EVERY_S
            self._looks.append(why_unreadable(frame))


def why_unreadable(frame: Pixels) -> HintCode | None:
    """Why a code in this frame cannot be read; None where there is nothing like a code."""
    grey = _reduced(frame)
    if min(grey.shape) < _SMALLEST_SIDE:
        return None
    if _reads_mirrored(grey):
        return HintCode.MIRRORED
    busy, bright = _busy(grey)
    patch = _compact(busy, busy)
    if patch is not None:
        return _cause(patch.of(grey), _within(patch.cells_of(busy)))
    lit = _compact(busy | bright, busy)
    if lit is not None:
        within = _within(lit.cells_of(busy))
        if _widest_white(lit.of(grey), within) > _GLARE_DISC:
            return HintCode.GLARE
    return None


def _busy(grey: Pixels) -> tuple[Cells, Cells]:
    """Which cells are steep in both directions, as the squares of a code; which are white."""
    # Of whole numbers the nearest is as good, and numpy loads no masked arrays for it (1 MB).
    low, high = map(float, np.percentile(grey, (1, 99.5), method="nearest"))
    # A dark frame is stretched; its noise must not become a pattern.
    sigma = _CALM if high - low > _FAINT else _VERY_CALM
    calm = np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), np.uint8)
    gain = min(255 / max(high - low, _NOISE), _MOST_GAIN)
    across, down = (_slope(calm, *axis) * gain for axis in ((1, 0), (0, 1)))
    bright = _cells(calm.astype(np.float32)) >= _SATURATED
    return np.minimum(across, down) > _BUSY, bright


def _compact(cells: Cells, busy: Cells) -> Patch | None:
    """The largest patch of such cells that may be a code and is truly busy for a good part."""
    joined = cv2.morphologyEx(cells.astype(np.uint8), cv2.MORPH_CLOSE, _CROSS)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined)
    for label in sorted(range(1, count), key=lambda label: -boxes[label][4]):
        if _is_compact(boxes[label], joined.shape) and busy[labels == label].mean() > _MOSTLY:
            return Patch(*(int(value) * _CELL for value in boxes[label][:4]))
    return None


def _slope(grey: Pixels, across: int, down: int) -> NDArray[np.float32]:
    """How steep each cell is in one direction."""
    return _cells(np.abs(cv2.Sobel(grey, cv2.CV_32F, across, down, ksize=3)))


def _cells(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of each square of `_CELL` pixels."""
    size = (values.shape[1] // _CELL, values.shape[0] // _CELL)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _is_compact(box: NDArray[np.int32], shape: tuple[int, ...]) -> bool:
    _, _, width, height, area = box
    return bool(
        min(width, height) * _CELL >= _SMALLEST_SIDE
        and max(width, height) <= _LONGEST * min(width, height)
        and area >= _FILLED * width * height
        and width * height <= _MOST_OF_FRAME * shape[0] * shape[1]
    )


def _within(busy: Cells) -> Cells:
    """The cells of the code itself: between busy ones, or in the square round the solid part.

    Glare lies within; the white page of a phone is as bright and lies around it.
    """
    return _between(busy, 0) | _between(busy, 1) | _square(busy)


def _between(busy: Cells, axis: int) -> Cells:
    before = np.logical_or.accumulate(busy, axis)
    after = np.flip(np.logical_or.accumulate(np.flip(busy, axis), axis), axis)
    return before & after


def _square(busy: Cells) -> Cells:
    """The square, turned as the code is, round that of it which is not torn."""
    solid = cv2.morphologyEx(busy.astype(np.uint8), cv2.MORPH_OPEN, _CROSS)
    inside = np.zeros(busy.shape, np.uint8)
    if solid.any():
        corners = cv2.boxPoints(cv2.minAreaRect(cv2.findNonZero(solid)))
        cv2.fillPoly(inside, [np.round(corners).astype(np.int32)], (1,))
    return inside.astype(np.bool_)


def _cause(seen: Pixels, within: Cells) -> HintCode:
    if np.percentile(seen, 95, method="nearest") < _DARK:
        return HintCode.TOO_DARK
    if _widest_white(seen, within) > _GLARE_WITHIN:
        return HintCode.GLARE
    if min(seen.shape) < _NEAR_SIDE:
        return HintCode.TOO_FAR
    return HintCode.BLURRED if _sharpness(seen) < _SHARP else HintCode.UNREADABLE


def _reads_mirrored(grey: Pixels) -> bool:
    """QR codes are read either way; others must not come from a mirror."""
    return bool(zxingcpp.read_barcodes(np.ascontiguousarray(grey[:, ::-1]), formats=_formats()))


def _formats() -> zxingcpp.BarcodeFormats:
    # Made anew: zxing-cpp complains at exit of those that are still there.
    return zxingcpp.BarcodeFormats((zxingcpp.BarcodeFormat.PDF417, zxingcpp.BarcodeFormat.Aztec))


def _widest_white(seen: Pixels, within: Cells) -> float:
    """Diameter of the largest disc of pure white in these cells, as part of the shorter side."""
    inside = np.kron(within, np.ones((_CELL, _CELL), np.bool_))
    white = ((seen >= _SATURATED) & inside).astype(np.uint8)
    radius = float(cv2.distanceTransform(white, cv2.DIST_L2, 3).max())
    return float(2 * radius / min(seen.shape))


def _sharpness(seen: Pixels) -> float:
    """How much of the contrast lies between neighbours, at the steepest edges: 0 to 1."""
    low, high = map(float, np.percentile(seen, (2, 98), method="nearest"))
    steps = np.abs(np.diff(seen.astype(np.float32), axis=1))
    return float(np.percentile(steps, 98, method="nearest")) / max(high - low, 1.0)


def _reduced(frame: Pixels) -> Pixels:
    grey = frame if frame.ndim == _GREY else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    scale = _WIDTH / grey.shape[1]
    if scale >= 1:
        return np.asarray(grey, np.uint8)
    size = (_WIDTH, max(1, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
