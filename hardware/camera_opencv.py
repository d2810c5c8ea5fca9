"""A camera through OpenCV: a device, a video file, an MJPEG or RTSP address.

Devices are best named as they stand in /dev/v4l/by-id: numbers change when another one is
plugged in.
"""

from __future__ import annotations

import os
from math import ceil
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from pydantic import Field

from hardware.camera_exposure import ExposureLock
from hardware.camera_pump import FrameSource, PumpedCamera
from hardware.contracts import Frame, Now
from hardware.mjpeg import decoded
from hardware.settings import DriverSettings

FOLDER: Final = Path("/dev/v4l/by-id")

_QUIET: Final = "-8"
_MJPG: Final = cv2.VideoWriter.fourcc(*"MJPG")
_AS_THEY_COME: Final = {
    "FFMPEG": (cv2.CAP_PROP_FORMAT, -1),
    "V4L2": (cv2.CAP_PROP_CONVERT_RGB, 0),
}
_MOST_BROKEN: Final = 30
"""One broken picture is passed over; a camera that gives none but such is opened anew."""


class Settings(DriverSettings):
    """Which camera, and what is wanted of it; a device gives the nearest it can."""

    source: int | str
    """Number, name in /dev/v4l/by-id or path of a device; path of a file, which is played
    again and again; address."""
    width: int = Field(default=1280, ge=160, le=4096)
    """Of the picture that is asked for, across, in pixels."""
    height: int = Field(default=720, ge=120, le=4096)
    """Of the picture that is asked for, from top to bottom, in pixels."""
    fps: float = Field(default=30, gt=0, le=120)
    """Pictures a second that are asked for."""
    stall_s: float = Field(default=3.0, gt=0, le=30)
    """A source that gives nothing for so long is opened anew."""


def connect(settings: Settings, now: Now) -> OpencvCamera:
    """The camera; it is opened in the background."""
    # OpenCV and its FFmpeg would write a line each time that they look for the camera.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _QUIET)
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(ceil(settings.stall_s)))
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return OpencvCamera(settings, now)


class OpencvCamera(PumpedCamera):
    """A `Camera` that OpenCV can read, and a `LocksExposure` where it is a device."""

    def __init__(self, settings: Settings, now: Now) -> None:
        device = device_path(settings.source)
        pace_s = 1 / settings.fps if _is_file(settings.source) else 0.0
        self._exposure = None if device is None else ExposureLock(device)
        self._has_light = False
        super().__init__(
            lambda: self._opened(settings),
            now,
            stall_s=settings.stall_s,
            pace_s=pace_s,
            is_there=lambda: None if device is None else device.exists(),
        )

    def can_lock_exposure(self) -> bool:
        """Whether it told its exposure, white balance or focus when it was opened last."""
        return self._has_light

    def lock_exposure(self) -> bool:
        """Hold the light as it is; whether this camera can."""
        return self._exposure is not None and self._exposure.hold()

    def unlock_exposure(self) -> None:
        """Let the camera judge the light again."""
        if self._exposure is not None:
            self._exposure.release()

    def _opened(self, settings: Settings) -> FrameSource | None:
        source = _open(settings)
        if source is not None and self._exposure is not None:
            self._has_light = self._exposure.can_hold()
        return source


def device_path(source: int | str) -> Path | None:
    """The device that a setting means; None for a file or an address."""
    if isinstance(source, int):
        return Path(f"/dev/video{source}")
    if source.startswith("/dev/"):
        return Path(source)
    # A bare name is one of those that the system gives to a camera for good.
    is_name = "/" not in source and not Path(source).is_file()
    return FOLDER / source if is_name else None


def _is_file(source: int | str) -> bool:
    return device_path(source) is None and "://" not in str(source)


def _open(settings: Settings) -> FrameSource | None:
    capture = _capture(settings)
    if capture.isOpened():
        return _Capture(capture)
    capture.release()
    return None


class _Capture:
    """An open capture of OpenCV.

    JPEG pictures are taken as they came and decoded here, which spares a third of the time.
    """

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture
        self._gives_pictures = _pictures_wanted(capture)

    def read(self, *, grey: bool) -> Frame | None:
        """The next frame, None at the end."""
        for _ in range(_MOST_BROKEN):
            done, seen = self._capture.read()
            if not done:
                break
            if not self._gives_pictures:
                return np.asarray(seen, np.uint8)
            frame = decoded(np.asarray(seen, np.uint8), grey=grey)
            if frame is not None:
                return frame
        return None

    def close(self) -> None:
        """Let go of it."""
        self._capture.release()


def _pictures_wanted(capture: cv2.VideoCapture) -> bool:
    """Ask for JPEG pictures as they come, where they come so; whether they will."""
    if int(capture.get(cv2.CAP_PROP_FOURCC)) != _MJPG:
        return False
    wish = _AS_THEY_COME.get(capture.getBackendName())
    return wish is not None and bool(capture.set(*wish))


def _capture(settings: Settings) -> cv2.VideoCapture:
    source, device = settings.source, device_path(settings.source)
    if device is not None:
        return _device(device, settings)
    if "://" in str(source):
        limit_ms = round(settings.stall_s * 1000)
        kinds = (cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, cv2.CAP_PROP_READ_TIMEOUT_MSEC)
        limits = [part for kind in kinds for part in (kind, limit_ms)]
        # Each further thread holds a frame back, and memory for it.
        wishes = [*limits, cv2.CAP_PROP_N_THREADS, 1]
        return cv2.VideoCapture(str(source), cv2.CAP_FFMPEG, wishes)
    return cv2.VideoCapture(str(source))


def _device(path: Path, settings: Settings) -> cv2.VideoCapture:
    """A device that queues as little as it can; MJPG, as raw frames are too many for USB 2."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_V4L2)
    capture.set(cv2.CAP_PROP_FOURCC, _MJPG)
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height)
    capture.set(cv2.CAP_PROP_FPS, settings.fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture
