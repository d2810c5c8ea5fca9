"""Holding a camera's exposure, white balance and focus still, by the controls of V4L2.

The light of the preview is then that of the photo. Which controls there are differs from
camera to camera: what a camera does not have is left out, one without any of them says so.
Controls are set beside whoever reads the frames: Linux lets several open a camera.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

Ioctl = Callable[[int, int, bytearray], int]

# From linux/v4l2-controls.h and linux/videodev2.h.
AUTO_WHITE_BALANCE: Final = 0x0098090C
EXPOSURE_AUTO: Final = 0x009A0901
EXPOSURE_ABSOLUTE: Final = 0x009A0902
FOCUS_AUTO: Final = 0x009A090C
MANUAL: Final = 1
GET: Final = 0xC008561B
SET: Final = 0xC008561C

_CONTROL: Final = struct.Struct("=Ii")

_HELD: Final = {EXPOSURE_AUTO: MANUAL, AUTO_WHITE_BALANCE: 0, FOCUS_AUTO: 0}
"""What each automatic is set to while it is held."""


class ExposureLock:
    """The automatics of one camera; `ioctl` is the system's."""

    def __init__(self, path: Path, ioctl: Ioctl = fcntl.ioctl) -> None:
        self._path = path
        self._ioctl = ioctl
        self._before: dict[int, int] = {}

    def can_hold(self) -> bool:
        """Whether the camera has anything that can be held; changes nothing."""
        with suppress(OSError), self._opened() as camera:
            return any(self._get(camera, control) is not None for control in _HELD)
        return False

    def hold(self) -> bool:
        """Hold everything as it is now; whether the camera has anything that can be held."""
        with suppress(OSError), self._opened() as camera:
            exposure = self._get(camera, EXPOSURE_ABSOLUTE)
            for control, manual in _HELD.items():
                self._set_aside(camera, control, manual)
            if exposure is not None and EXPOSURE_AUTO in self._before:
                self._set(camera, EXPOSURE_ABSOLUTE, exposure)
        return bool(self._before)

    def release(self) -> None:
        """Let the camera judge by itself again, as far as it did before."""
        before, self._before = self._before, {}
        with suppress(OSError), self._opened() as camera:
            for control, value in before.items():
                self._set(camera, control, value)

    def _set_aside(self, camera: int, control: int, manual: int) -> None:
        value = self._get(camera, control)
        if value is None or control in self._before:
            return
        if value == manual or self._set(camera, control, manual):
            self._before[control] = value

    @contextmanager
    def _opened(self) -> Iterator[int]:
        camera = os.open(self._path, os.O_RDWR | os.O_NONBLOCK)
        try:
            yield camera
        finally:
            os.close(camera)

    def _get(self, camera: int, control: int) -> int | None:
        """The value of a control; None where the camera does not have it."""
        data = bytearray(_CONTROL.pack(control, 0))
        try:
            self._ioctl(camera, GET, data)
        except OSError:
            return None
        return int(_CONTROL.unpack(data)[1])

    def _set(self, camera: int, control: int, value: int) -> bool:
        with suppress(OSError):
            self._ioctl(camera, SET, bytearray(_CONTROL.pack(control, value)))
            return True
        return False
