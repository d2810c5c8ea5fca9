"""A camera through OpenCV: a device, a video file, an MJPEG or RTSP address.

A thread reads as fast as the camera gives and keeps the freshest frame only. OpenCV's
capture never recovers from a stall, so that whatever goes wrong ends in opening it anew:
a camera that was unplugged is found again within a second or two.
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Final

import cv2
import numpy as np
from pydantic import Field

from hardware.camera_frames import FrameSlot, FrameWatch
from hardware.contracts import (
    Detail,
    DeviceClosed,
    DeviceMissing,
    DeviceSilent,
    Frame,
    Health,
    HealthState,
    Now,
)
from hardware.settings import DriverSettings

_QUIET: Final = "-8"
_RETRY_S: Final = 1.0
_REOPEN_FROZEN_AFTER_S: Final = 10.0


class Settings(DriverSettings):
    """Which camera, and what is wanted of it; a device gives the nearest it can."""

    source: int | str
    """Number or path of a device, path of a file (played again and again), address."""
    width: int = Field(default=1280, ge=160, le=4096)
    height: int = Field(default=720, ge=120, le=4096)
    fps: float = Field(default=30, gt=0, le=120)
    stall_s: float = Field(default=3.0, gt=0, le=30)
    """A source that gives nothing for so long is opened anew."""


def connect(settings: Settings, now: Now) -> OpencvCamera:
    """The camera; it is opened in the background."""
    # OpenCV and its FFmpeg would write a line each time that they look for the camera.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _QUIET)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return OpencvCamera(settings, now)


class OpencvCamera:
    """A `Camera` that OpenCV can read."""

    def __init__(self, settings: Settings, now: Now) -> None:
        self._settings = settings
        self._now = now
        self._slot = FrameSlot()
        self._watch = FrameWatch()
        self._closing = Event()
        self._health = Health(HealthState.UNKNOWN, Detail.NOT_TRIED, None)
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def frame(self, timeout_s: float) -> Frame:
        """A frame read after this call; see `Camera`."""
        if self._closing.is_set():
            raise DeviceClosed("the camera's driver is closed")
        frame = self._slot.next(timeout_s)
        if frame is not None:
            return frame
        if self._health.detail_code == Detail.MISSING:
            raise DeviceMissing("the camera cannot be opened")
        raise DeviceSilent(f"no frame within {timeout_s} s")

    def health(self) -> Health:
        """What the last frame showed."""
        return self._health

    def close(self) -> None:
        """Stop reading; waits for a frame that is being read."""
        self._closing.set()
        self._thread.join(self._settings.stall_s + _RETRY_S)
        self._health = Health(HealthState.UNKNOWN, Detail.CLOSED, self._health.seen_at)

    def _run(self) -> None:
        while not self._closing.is_set():
            capture = self._open()
            frames = self._pump(capture) if capture.isOpened() else 0
            capture.release()
            if not frames:
                self._note(HealthState.FAILED, Detail.MISSING)
                self._closing.wait(_RETRY_S)

    def _open(self) -> cv2.VideoCapture:
        source, settings = self._settings.source, self._settings
        if isinstance(source, int) or source.startswith("/dev/"):
            return _device(source, settings)
        if "://" in source:
            limit_ms = round(settings.stall_s * 1000)
            kinds = (cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, cv2.CAP_PROP_READ_TIMEOUT_MSEC)
            limits = [part for kind in kinds for part in (kind, limit_ms)]
            return cv2.VideoCapture(source, cv2.CAP_FFMPEG, limits)
        return cv2.VideoCapture(source)

    def _pump(self, capture: cv2.VideoCapture) -> int:
        """Read until nothing comes any more; how many frames came."""
        count = 0
        pause_s = 1 / self._settings.fps if self._is_file else 0
        self._watch.forget()
        while not self._closing.wait(pause_s):
            done, frame = capture.read()
            if not done:
                break
            count += 1
            self._take(np.asarray(frame, np.uint8))
            if not self._is_file and self._watch.frozen_s(monotonic()) > _REOPEN_FROZEN_AFTER_S:
                break
        return count

    @property
    def _is_file(self) -> bool:
        source = self._settings.source
        return isinstance(source, str) and "://" not in source and Path(source).is_file()

    def _take(self, frame: Frame) -> None:
        self._watch.note(frame)
        detail = self._watch.detail
        state = HealthState.WORKS if detail is Detail.FINE else HealthState.DEGRADED
        self._health = Health(state, detail, self._now())
        self._slot.put(frame)

    def _note(self, state: HealthState, detail: Detail) -> None:
        self._health = Health(state, detail, self._health.seen_at)


def _device(source: int | str, settings: Settings) -> cv2.VideoCapture:
    """A device that queues as little as it can; MJPG, as raw frames are too many for USB 2."""
    capture = cv2.VideoCapture(source, cv2.CAP_V4L2)
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height)
    capture.set(cv2.CAP_PROP_FPS, settings.fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture
