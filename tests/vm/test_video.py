"""A camera of Video4Linux, the kernel's own vivid: seen, pulled out while at rest, its controls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic

import numpy as np
import pytest

from hardware import doctor, factory
from hardware.camera_exposure import EXPOSURE_AUTO, ExposureLock
from hardware.contracts import Camera, Detail, HardwareError, HealthState, Now
from hardware.doctor import Bus
from tests.vm.conftest import FOUND_WITHIN_S, appears, until

STABLE = Path("/dev/v4l/by-path/platform-vivid.0-video-index0")
DRIVER = Path("/sys/bus/platform/drivers/vivid")


def plug(*, into: bool) -> None:
    (DRIVER / ("bind" if into else "unbind")).write_text("vivid.0")


@pytest.fixture
def camera(now: Now) -> Iterator[Camera]:
    appears(STABLE)
    settings = {"driver": "opencv", "source": str(STABLE), "width": 640, "height": 360, "fps": 5}
    with closing(factory.make_camera(settings, now)) as camera:
        yield camera
    if not STABLE.exists():
        plug(into=True)


def sees(camera: Camera) -> bool:
    with suppress(HardwareError):
        return bool(camera.frame(5).any())
    return False


def test_frames_come_and_differ(camera: Camera) -> None:
    until(lambda: sees(camera))
    assert not np.array_equal(camera.frame(10), camera.frame(10))
    assert camera.health().state is HealthState.WORKS


@pytest.mark.fault(5)
def test_pulled_out_it_is_missed_and_put_in_again_it_is_found(camera: Camera) -> None:
    until(lambda: sees(camera))
    plug(into=False)
    until(lambda: camera.health().detail_code == Detail.MISSING)
    plug(into=True)
    appears(STABLE)
    started_s = monotonic()
    until(lambda: sees(camera))
    assert monotonic() - started_s < FOUND_WITHIN_S * 3, "emulated: opening alone takes seconds"


def test_what_its_kernel_does_not_control_is_not_held(camera: Camera) -> None:
    until(lambda: sees(camera))
    assert not ExposureLock(STABLE).hold()
    with ExposureLock(STABLE)._opened() as end:
        assert ExposureLock(STABLE)._get(end, EXPOSURE_AUTO) is None
        brightness = 0x00980900
        assert ExposureLock(STABLE)._set(end, brightness, 99)
        assert ExposureLock(STABLE)._get(end, brightness) == 99


def test_the_doctor_finds_it() -> None:
    appears(STABLE)
    names = [part.name for part in doctor.parts() if part.bus is Bus.VIDEO]
    assert any("vivid" in name for name in names)
