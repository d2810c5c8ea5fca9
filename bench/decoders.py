"""Decoders on frames that are hard to read, and what scanning without end costs.

Each kind of damage of `tests.hardware.hard_frames` (blur, glare, tilt, noise, dark, inverted,
mirrored and more), drawn with other seeds than the tests. The same frames for everybody, and
CPU time rather than a clock's: others may use the machine. For the same reason how many
frames were taken has no limit; what each costs has one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from threading import Event
from time import monotonic, process_time
from typing import Final

import cv2
import numpy as np
import zxingcpp
from pyzbar import pyzbar

from bench.figure import Figure, percentile
from hardware.camera_pump import PumpedCamera
from hardware.camera_scanner import CameraScanner, SecondChance
from hardware.camera_scene import Manner, Scene
from hardware.contracts import Camera, Detail, DeviceSilent, Frame, Health, HealthState
from hardware.decoder import WechatDecoder, ZxingDecoder
from hardware.mjpeg import decoded
from tests.hardware.conftest import MOMENT
from tests.hardware.hard_frames import DAMAGES, Pixels, hard_frame
from tests.hardware.test_decoder import TICKET, qr_picture

_FIRST_SEED: Final = 1000
_FPS: Final = 30
_QUARTER: Final = 25.0
_SETTLES_S: Final = 3.0
"""By then an empty desk counts as still."""

Reads = Callable[[Pixels], bool]


def figures(*, full: bool = False) -> Iterator[Figure]:
    """Recall and time of each decoder, then the load of scanning 1280x720 at 30 frames a second."""
    # As in a station: see `kiosk.memory`.
    cv2.setNumThreads(1)
    frames = [
        hard_frame(damage, TICKET, _FIRST_SEED + seed)
        for damage in DAMAGES
        for seed in range(30 if full else 4)
    ]
    recalls = {}
    for name, reads in _decoders().items():
        taken_ms, right = [], 0
        for frame in frames:
            started_s = process_time()
            right += reads(frame)
            taken_ms.append((process_time() - started_s) * 1000)
        recalls[name] = 100 * right / len(frames)
        yield Figure(f"{name} hard frames read", recalls[name], "%")
        yield Figure(f"{name} cpu median", median(taken_ms), "ms")
        yield Figure(f"{name} cpu p95", percentile(taken_ms, 95), "ms")
    best = max(value for name, value in recalls.items() if name != _OURS)
    yield Figure("ours above the best of them", recalls[_OURS] - best, "points", at_least=0.0)
    yield from _scanning(seconds=20 if full else 5)


_OURS: Final = "ours"


def _decoders() -> dict[str, Reads]:
    """Each decoder alone, in its own defaults; ours is zxing-cpp with WeChat behind it."""
    wanted = TICKET.encode()
    opencv, wechat, stream = cv2.QRCodeDetector(), WechatDecoder(), ZxingDecoder()

    def ours(frame: Pixels) -> bool:
        codes = stream.decode(frame) or wechat.decode(frame)
        return any(code.data == wanted for code in codes)

    return {
        "pyzbar alone": lambda frame: any(each.data == wanted for each in pyzbar.decode(frame)),
        "zxing alone": lambda frame: any(
            each.bytes == wanted for each in zxingcpp.read_barcodes(frame)
        ),
        "opencv alone": lambda frame: opencv.detectAndDecode(frame)[0] == TICKET,
        "wechat alone": lambda frame: any(each.data == wanted for each in wechat.decode(frame)),
        _OURS: ours,
    }


# Scanning without end.


def _scanning(seconds: float) -> Iterator[Figure]:
    for what, held in (("empty desk", False), ("ticket held still", True)):
        frames = _views(held=held)
        load, kept = _load(_Replay(frames), seconds)
        yield Figure(f"scanning {what} of one core", load, "%", at_most=_QUARTER)
        yield Figure(f"scanning {what} frames kept up with", kept, "%")
    pictures = [np.asarray(cv2.imencode(".jpg", frame)[1], np.uint8) for frame in _views(held=True)]
    camera = PumpedCamera(lambda: _JpegSource(pictures), lambda: MOMENT, stall_s=3)
    camera.leave_colours_out()
    load, _ = _load(camera, seconds)
    yield Figure("scanning mjpeg decoded too of one core", load, "%", at_most=_QUARTER)


def _views(*, held: bool) -> list[Frame]:
    scene = Scene()
    if held:
        scene.hold(qr_picture(TICKET), Manner.PHONE)
    return [scene.frame(number, number / _FPS) for number in range(_FPS)]


def _load(camera: Camera, seconds: float) -> tuple[float, float]:
    """Percent of one core, and of the frames that were taken as they came."""
    taken = _Counting(camera)
    second = SecondChance(WechatDecoder())
    scanner = CameraScanner(taken, ZxingDecoder(), lambda: MOMENT, second=second)
    scanner.read(_SETTLES_S)
    taken.count = 0
    end_s, cpu_s = monotonic() + seconds, process_time()
    while (left_s := end_s - monotonic()) > 0:
        scanner.read(left_s)
    cpu_s = process_time() - cpu_s
    scanner.close()
    return 100 * cpu_s / seconds, 100 * taken.count / (seconds * _FPS)


class _Counting:
    """A camera that counts the looks through it."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self.count = 0
        self.health, self.close = camera.health, camera.close

    def frame(self, timeout_s: float) -> Frame:
        """See `Camera`."""
        self.count += 1
        return self._camera.frame(timeout_s)


class _Replay:
    """A camera that costs nothing: prepared frames, 30 a second."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames
        self._closed = Event()

    def frame(self, timeout_s: float) -> Frame:
        """The next frame at its time."""
        wait_s = 1 / _FPS - monotonic() % (1 / _FPS)
        self._closed.wait(min(wait_s, timeout_s))
        if wait_s > timeout_s:
            raise DeviceSilent("later")
        return self._frames[int(monotonic() * _FPS) % len(self._frames)]

    def health(self) -> Health:
        """It is always well."""
        return Health(HealthState.WORKS, Detail.FINE, MOMENT)

    def close(self) -> None:
        """Give no more frames."""
        self._closed.set()


class _JpegSource:
    """A camera's stream of JPEG pictures, 30 a second, decoded as the drivers do for a scanner."""

    def __init__(self, pictures: list[Frame]) -> None:
        self._pictures = pictures
        self._pace = Event()

    def read(self, *, grey: bool) -> Frame | None:
        """The next picture at its time."""
        self._pace.wait(1 / _FPS - monotonic() % (1 / _FPS))
        picture = self._pictures[int(monotonic() * _FPS) % len(self._pictures)]
        return decoded(picture, grey=grey)

    def close(self) -> None:
        """Nothing to let go of."""
