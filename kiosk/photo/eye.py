"""The camera with a judgement behind it: all of the photo that needs OpenCV."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from hardware.abilities import LocksExposure
from hardware.camera_frames import FrameWatch
from hardware.contracts import Camera, Detail, Frame
from kiosk.photo.assistant import Judge
from kiosk.photo.crop import cut
from kiosk.photo.judgement import Crop, Judgement

_PREVIEW_SIDE: Final = 480
_PREVIEW_QUALITY: Final = 80


class Eye:
    """Looks through the station's camera, and asks `judge` what it sees."""

    def __init__(self, camera: Camera, judge: Judge) -> None:
        self._camera = camera
        self._judge = judge
        self._watch = FrameWatch()
        self._holds_light = False

    @property
    def trouble(self) -> Detail:
        """What is wrong with the last frame; FINE where nothing is."""
        return self._watch.detail

    def look(self, timeout_s: float, moment_s: float) -> Frame | None:
        """The middle square of a fresh frame; None where it is black or has not moved.

        Raises `HardwareError` where there is none.
        """
        frame = self._camera.frame(timeout_s)
        self._watch.note(frame, moment_s)
        return _middle(frame) if self.trouble is Detail.FINE else None

    def hold_light(self, *, held: bool) -> None:
        """Hold exposure, white balance and focus as they are, or let the camera judge again."""
        if held == self._holds_light or not isinstance(self._camera, LocksExposure):
            return
        self._holds_light = held
        if held:
            self._camera.lock_exposure()
        else:
            self._camera.unlock_exposure()

    def judge(self, view: Frame) -> Judgement:
        """What is right and wrong in it. Raises `HardwareError` where nobody can say."""
        return self._judge.judge(view)

    def preview(self, view: Frame) -> bytes:
        """It as a small JPEG."""
        side = min(_PREVIEW_SIDE, view.shape[0])
        small = cv2.resize(view, (side, side), interpolation=cv2.INTER_AREA)
        return _jpeg(np.asarray(small, np.uint8))

    def cut(self, view: Frame, crop: Crop) -> bytes:
        """The photo; see `crop.cut`."""
        return cut(view, crop)

    def close(self) -> None:
        """Look no more; the camera rests when nobody looks."""
        self.hold_light(held=False)


def _middle(frame: Frame) -> Frame:
    """What the person sees of themselves, and nobody who passes by at the side."""
    height, width = frame.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(frame[top : top + side, left : left + side])


def _jpeg(picture: Frame) -> bytes:
    _, written = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _PREVIEW_QUALITY])
    return bytes(written)
