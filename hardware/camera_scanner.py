"""A scanner made of a camera and a decoder.

Every frame is looked at as it comes; while nothing moves before the camera, as for most of the
day, four a second are enough.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Thread
from time import monotonic
from typing import Any, Final

from pydantic import Field, field_validator

from hardware import factory
from hardware.abilities import GivesGrey, ScanHint
from hardware.contracts import Camera, DeviceClosed, DeviceSilent, Frame, Health, Now, Scan
from hardware.decoder import (
    Code,
    Decoder,
    DecoderName,
    WechatDecoder,
    grey_of,
    make_decoder,
    reduced,
)
from hardware.held_still import HeldStill
from hardware.scan_hints import HintWatch
from hardware.settings import DriverSettings
from hardware.stillness import Stillness

_ONE_FRAME_S: Final = 0.25
_SILENT_AFTER_S: Final = 3.0
_PAUSE_S: Final = 1.0
_SHARE: Final = 5
_ENDS_S: Final = 5.0
_STILL_AFTER_S: Final = 2.0
"""By then every kind of code had its turns, and the second decoder too."""
_REST_S: Final = 0.25


class Settings(DriverSettings):
    """The camera's own settings, and how to look through it."""

    camera: dict[str, Any]
    """The camera through which it looks: a table with a camera driver of its own."""
    decoder: DecoderName = DecoderName.ZXING
    """Which program finds the codes."""
    second_chance: bool = True
    """Whether frames without a code go to a slower decoder now and then."""
    away_s: float = Field(default=2.0, ge=0.1, le=60)
    """A code that was not seen for so long counts as shown again."""

    @field_validator("camera")
    @classmethod
    def _camera_is_right(cls, camera: dict[str, Any]) -> dict[str, Any]:
        if faults := factory.check(factory.Kind.CAMERA, camera):
            raise ValueError("; ".join(faults))
        return camera


def connect(settings: Settings, now: Now) -> CameraScanner:
    """The scanner, with a camera of its own."""
    camera = factory.make_camera(settings.camera, now)
    if isinstance(camera, GivesGrey):
        camera.leave_colours_out()
    return CameraScanner(
        camera,
        make_decoder(settings.decoder),
        now,
        away_s=settings.away_s,
        second=SecondChance(WechatDecoder()) if settings.second_chance else None,
    )


class CameraScanner:
    """A `Scanner` with hints that looks at the freshest frame of `camera`, others may share it.

    `close()` closes the camera too. For one reading thread.
    """

    def __init__(
        self,
        camera: Camera,
        decoder: Decoder,
        now: Now,
        *,
        away_s: float = 2.0,
        second: SecondChance | None = None,
        clock_s: Callable[[], float] = monotonic,
    ) -> None:
        self.camera = camera
        self._decoder = decoder
        self._now = now
        self._held = HeldStill(away_s)
        self._second = second
        self._hints = HintWatch()
        self._stillness = Stillness()
        # A code that lies still must not seem to be away in between.
        self._rest_s = min(_REST_S, away_s / 2)
        self._looked_s = clock_s()
        self._clock_s = clock_s
        self._frame_s = clock_s()
        self._new: deque[Scan] = deque()
        self._closed = False

    def read(self, timeout_s: float) -> Scan | None:
        """The next code that somebody shows; see `Scanner`."""
        deadline_s = self._clock_s() + timeout_s
        while not self._new:
            if self._closed:
                raise DeviceClosed("the scanner's driver is closed")
            left_s = deadline_s - self._clock_s()
            frame = self._frame(max(left_s, _ONE_FRAME_S))
            if frame is not None:
                self._look(frame)
            if self._clock_s() >= deadline_s:
                break
        return self._new.popleft() if self._new else None

    def hint(self) -> ScanHint | None:
        """Why the code that is held to the camera is not read; see `HintingScanner`."""
        return self._hints.hint

    def health(self) -> Health:
        """The camera's."""
        return self.camera.health()

    def close(self) -> None:
        """Close the camera and stop looking."""
        self._closed = True
        if self._second:
            self._second.close()
        self.camera.close()

    def _frame(self, timeout_s: float) -> Frame | None:
        """The next frame, None if there is none yet; a camera may be slower than we ask."""
        try:
            frame = self.camera.frame(timeout_s)
        except DeviceSilent:
            if self._clock_s() - self._frame_s > _SILENT_AFTER_S:
                raise
            return None
        self._frame_s = self._clock_s()
        return frame

    def _look(self, frame: Frame) -> None:
        grey, moment_s = grey_of(frame), self._clock_s()
        still = self._stillness.lasts_s(grey, moment_s) >= _STILL_AFTER_S
        if still and moment_s - self._looked_s < self._rest_s:
            return
        self._looked_s = moment_s
        codes = self._decoder.decode(grey)
        if self._second:
            if not codes and not still:
                self._second.offer(grey)
            codes += self._second.take()
        self._hints.note(grey, moment_s, read=bool(codes))
        at = self._now()
        for code in self._held.new(codes, moment_s):
            self._new.append(Scan(code.data, code.format, at))


class SecondChance:
    """A slow decoder in a thread of its own, that gets a frame now and then.

    It rests at least a second, and four times as long as it worked, so that it takes a
    fifth of a core at most; whoever offers a frame never waits.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._offered: Queue[Frame | None] = Queue(1)
        self._found: Queue[tuple[Code, ...]] = Queue(1)
        self._due_s = monotonic() + _PAUSE_S
        self._closing = False
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def offer(self, frame: Frame) -> None:
        """Here is a frame without a code; it may be left aside."""
        if monotonic() >= self._due_s and self._offered.empty():
            self._due_s = float("inf")
            # Reduced here: a whole one would be held for as long as the decoder takes.
            self._offered.put(reduced(frame))

    def take(self) -> tuple[Code, ...]:
        """What has been found since the last call."""
        try:
            return self._found.get_nowait()
        except Empty:
            return ()

    def close(self) -> None:
        """Stop after the frame that is in work; waits for it.

        A thread that is still in the decoder when Python ends takes the whole program down.
        """
        self._closing = True
        with suppress(Full):
            self._offered.put_nowait(None)
        self._thread.join(_ENDS_S)

    def _run(self) -> None:
        while (frame := self._offered.get()) is not None and not self._closing:
            started_s = monotonic()
            codes = self._decoder.decode(frame)
            if codes and self._found.empty():
                self._found.put(codes)
            worked_s = monotonic() - started_s
            self._due_s = monotonic() + max(_PAUSE_S, (_SHARE - 1) * worked_s)
