"""What all cameras share: the freshest frame, and an eye on whether it is worth anything."""

from __future__ import annotations

from threading import Condition
from time import monotonic
from typing import Final

import numpy as np

from hardware.contracts import Detail, Frame

FROZEN_AFTER_S: Final = 2.0

_STEP: Final = 24
_BLACK: Final = 24


class FrameSlot:
    """Holds one frame: a new one takes the place of the last, nobody waits for an old one."""

    def __init__(self) -> None:
        self._frame: Frame | None = None
        self._number = 0
        self._changed = Condition()

    def put(self, frame: Frame) -> None:
        """Here is a new frame."""
        with self._changed:
            self._frame = frame
            self._number += 1
            self._changed.notify_all()

    def next(self, timeout_s: float) -> Frame | None:
        """The first frame put after this call, None if none is in time."""
        with self._changed:
            before = self._number
            self._changed.wait_for(lambda: self._number != before, timeout_s)
            return self._frame if self._number != before else None


class FrameWatch:
    """Tells a camera that works from one that is covered or hangs.

    A living sensor makes noise: frames that equal each other for `FROZEN_AFTER_S` come from
    one that hangs, frames without a light spot from one that is covered.
    """

    def __init__(self) -> None:
        self._sample: Frame | None = None
        self._since_s = 0.0
        self.detail = Detail.FINE

    def note(self, frame: Frame, moment_s: float | None = None) -> None:
        """Judge a frame; `moment_s` by any clock that only goes forward."""
        moment_s = monotonic() if moment_s is None else moment_s
        sample = frame[::_STEP, ::_STEP]
        if self._sample is None or not np.array_equal(sample, self._sample):
            self._sample, self._since_s = sample.copy(), moment_s
        if not sample.size or sample.max() < _BLACK:
            self.detail = Detail.CAMERA_BLACK
        elif moment_s - self._since_s >= FROZEN_AFTER_S:
            self.detail = Detail.CAMERA_FROZEN
        else:
            self.detail = Detail.FINE

    def frozen_s(self, moment_s: float) -> float:
        """How long the picture has not changed."""
        return moment_s - self._since_s if self._sample is not None else 0.0

    def forget(self) -> None:
        """The camera begins anew."""
        self._sample = None
        self.detail = Detail.FINE
