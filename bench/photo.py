"""The judgement of a reader's photo: how often it is right, what a frame and the models cost.

On photographs that the project did not make: the portrait of `tests.kiosk.photo.photographs` with
each damage of `tests.kiosk.photo.damages`, and 200 patches of 25 x 25 pixels, half of them faces.
CPU time rather than a clock's: others may use the machine.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from statistics import median
from time import monotonic, process_time
from typing import Final

import cv2
import numpy as np

from bench.figure import Figure, percentile
from hardware.factory import make_camera
from kiosk.config import PhotoSettings
from kiosk.photo.booth import PhotoBooth
from kiosk.photo.judge import Photographer
from tests.hardware.conftest import MOMENT
from tests.kiosk.photo import measured
from tests.kiosk.photo.photographs import portrait

_SEED: Final = 2026
_LOOKS: Final = 40
_SESSIONS: Final = 5
_FIRST_MS: Final = 1000.0
_FRAME_MS: Final = 66.0
"""Fifteen frames a second."""
_MEGABYTES: Final = 45.0

_MEMORY: Final = """
import re
from pathlib import Path
from kiosk.photo import judge
from tests.kiosk.photo.photographs import portrait
def resident(): return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
frame = portrait()
before = resident()
photographer = judge.Photographer()
for _ in range(20): photographer.judge(frame)
print(resident() - before)
"""


def figures(*, full: bool = False) -> Iterator[Figure]:
    """Recall and false alarms, then the time of a frame and the memory of the models."""
    many = 100 if full else 10
    yield Figure("photo small faces found", measured.faces_found().percent, "%", at_least=90)
    yield Figure("photo faces imagined", measured.faces_imagined().percent, "%", at_most=1)
    good = measured.good_refused(5 * many, _SEED)
    yield Figure("photo good ones refused", good.percent, "%", at_most=5)
    told = list(measured.damages_told(many, _SEED))
    for share in told:
        yield Figure(f"photo {share.name} told", share.percent, "%")
    all_told = 100 * sum(share.count for share in told) / sum(share.of for share in told)
    yield Figure("photo all that is wrong told", all_told, "%", at_least=95)
    for right, false in measured.small_damages_told(_SEED):
        yield Figure(f"photo small faces {right.name} told", right.percent, "%")
        yield Figure(f"photo small faces {right.name} imagined", false.percent, "%")
    yield from _speed()
    looks_ms = [_first_look_ms() for _ in range(_SESSIONS)]
    yield Figure("photo first look median", median(looks_ms), "ms", at_most=_FIRST_MS)
    yield from _memory()


def _speed() -> Iterator[Figure]:
    """A frame with a face, and one without, beside the decoding of a camera's JPEG of it."""
    nobody = np.full((720, 720, 3), 120, np.uint8)
    jpeg = cv2.imencode(".jpg", np.hstack([portrait(), portrait()])[:, :1280])[1]
    photographer = Photographer()
    peer_ms, face_ms, nobody_ms = [], [], []
    for _ in range(_LOOKS):
        peer_ms.append(_cpu_ms(lambda: cv2.imdecode(jpeg, cv2.IMREAD_COLOR)))
        face_ms.append(_cpu_ms(lambda: photographer.judge(portrait())))
        nobody_ms.append(_cpu_ms(lambda: photographer.judge(nobody)))
    yield Figure("photo a frame median", median(face_ms), "ms")
    yield Figure("photo a frame 95th percentile", percentile(face_ms, 95), "ms", at_most=_FRAME_MS)
    yield Figure("photo an empty frame median", median(nobody_ms), "ms")
    yield Figure("photo a frame beside a JPEG", median(face_ms) / median(peer_ms), "times")


def _first_look_ms() -> float:
    """From the question to the mirror by the clock, for who agrees at once.

    The photographer called, the camera opened, a frame judged.
    """
    settings = {"driver": "simulator", "view": "person", "fps": 30}
    camera = make_camera(settings, lambda: MOMENT)
    booth = PhotoBooth(camera, monotonic, PhotoSettings())
    started_s = monotonic()
    booth.prepare()
    booth.begin().view(0, 60)
    taken_ms = (monotonic() - started_s) * 1000
    booth.stop()
    camera.close()
    return taken_ms


def _cpu_ms(act: Callable[[], object]) -> float:
    started_s = process_time()
    act()
    return (process_time() - started_s) * 1000


def _memory() -> Iterator[Figure]:
    answer = subprocess.run(
        [sys.executable, "-c", _MEMORY], capture_output=True, text=True, check=True
    )
    grown = int(answer.stdout) / 1024
    yield Figure("photo memory of the models", grown, "MB", at_most=_MEGABYTES)
