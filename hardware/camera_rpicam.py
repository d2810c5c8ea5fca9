"""A camera on the ribbon cable of a Raspberry Pi, through the program `rpicam-vid`.

The program writes JPEG pictures to a pipe, which is emptied to the last picture each time:
a decoder that was busy sees what is there now. A program that ends, or gives nothing for
`stall_s`, is started anew; where this program dies, the pipe breaks and it ends by itself.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from contextlib import suppress
from select import POLLIN, poll
from time import monotonic
from typing import Final

from pydantic import Field

from hardware.camera_pump import FrameSource, PumpedCamera
from hardware.contracts import DriverNotInstalled, Frame, Now
from hardware.mjpeg import JpegCutter, decoded
from hardware.settings import DriverSettings

PROGRAMS: Final = ("rpicam-vid", "libcamera-vid")
"""The program, and its name before 2023."""

_PIPE_BYTES: Final = 1 << 20
_PIECE: Final = 1 << 16
_MOST_PIECES: Final = 64
_ENDS_WITHIN_S: Final = 2.0


class Settings(DriverSettings):
    """Which of the cameras that `rpicam-vid --list-cameras` prints, and what is wanted of it."""

    camera: int = Field(default=0, ge=0, le=3)
    """Which of the cameras, as `rpicam-vid --list-cameras` counts them."""
    width: int = Field(default=1280, ge=160, le=4096)
    """Of the picture, across, in pixels."""
    height: int = Field(default=720, ge=120, le=4096)
    """Of the picture, from top to bottom, in pixels."""
    fps: float = Field(default=30, gt=0, le=120)
    """Pictures a second."""
    stall_s: float = Field(default=3.0, gt=0, le=30)
    """The program is started anew when it gives nothing for so long."""
    shutter_us: int | None = Field(default=None, ge=10, le=1_000_000)
    """Exposure that is locked for good; by itself otherwise."""
    gain: float | None = Field(default=None, ge=1, le=64)
    """Amplification that is locked for good; by itself otherwise."""
    upside_down: bool = False
    """Whether the camera hangs upside down."""
    more: tuple[str, ...] = ()
    """Other words for the program, as they are: ["--autofocus-mode", "continuous"]."""


def connect(settings: Settings, now: Now) -> PumpedCamera:
    """The camera; its program is started in the background."""
    if _program() is None:
        raise DriverNotInstalled("the camera driver 'rpicam' needs rpicam-vid: rpicam-apps-lite")
    return PumpedCamera(lambda: _open(settings), now, stall_s=settings.stall_s)


def command(program: str, settings: Settings) -> list[str]:
    """The words that start the program."""
    words = [program, "--nopreview", "--timeout", "0", "--codec", "mjpeg", "--flush"]
    words += ["--output", "-", "--camera", str(settings.camera), "--framerate", f"{settings.fps:g}"]
    words += ["--width", str(settings.width), "--height", str(settings.height)]
    if settings.shutter_us is not None:
        words += ["--shutter", str(settings.shutter_us)]
    if settings.gain is not None:
        words += ["--gain", f"{settings.gain:g}"]
    if settings.upside_down:
        words += ["--rotation", "180"]
    return [*words, *settings.more]


def _program() -> str | None:
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def _open(settings: Settings) -> FrameSource | None:
    program = _program()
    if program is None:
        return None
    try:
        return _Pipe(command(program, settings), settings.stall_s)
    except OSError:
        return None


class _Pipe:
    """The running program, and the pipe that it writes to."""

    def __init__(self, words: list[str], stall_s: float) -> None:
        self._stall_s = stall_s
        self._cutter = JpegCutter()
        self._process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        self._end = self._process.stdout.fileno()
        os.set_blocking(self._end, False)
        with suppress(OSError):
            fcntl.fcntl(self._end, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._poll = poll()
        self._poll.register(self._end, POLLIN)

    def read(self, *, grey: bool) -> Frame | None:
        """The newest picture; None once the program ended or fell silent."""
        deadline_s = monotonic() + self._stall_s
        while (left_s := deadline_s - monotonic()) > 0:
            self._poll.poll(left_s * 1000)
            data = self._emptied()
            if data is None:
                return None
            picture = self._cutter.feed(data)
            frame = None if picture is None else decoded(picture, grey=grey)
            if frame is not None:
                return frame
        return None

    def close(self) -> None:
        """End the program."""
        self._process.terminate()
        with self._process:
            try:
                self._process.wait(_ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def _emptied(self) -> bytes | None:
        """All that is in the pipe; None once the program ended."""
        pieces = []
        for _ in range(_MOST_PIECES):
            try:
                piece = os.read(self._end, _PIECE)
            except BlockingIOError:
                break
            if not piece:
                return None
            pieces.append(piece)
        return b"".join(pieces)
