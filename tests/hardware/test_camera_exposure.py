"""Holding the light still for a photo, against the controls of a camera as Linux tells them."""

import errno
import struct
from pathlib import Path

import pytest

from hardware.abilities import LocksExposure, holds_light
from hardware.camera_exposure import (
    AUTO_WHITE_BALANCE,
    EXPOSURE_ABSOLUTE,
    EXPOSURE_AUTO,
    FOCUS_AUTO,
    GET,
    MANUAL,
    SET,
    ExposureLock,
)
from hardware.camera_opencv import FOLDER, OpencvCamera, Settings, device_path
from hardware.camera_simulator import Settings as SimulatorSettings
from hardware.camera_simulator import SimulatedCamera
from hardware.contracts import Now

APERTURE = 3
ALL = {EXPOSURE_AUTO: APERTURE, EXPOSURE_ABSOLUTE: 157, AUTO_WHITE_BALANCE: 1, FOCUS_AUTO: 1}


class Controls:
    """The controls of a webcam: what it does not have is refused, as the kernel does."""

    def __init__(self, values: dict[int, int], fixed: frozenset[int] = frozenset()) -> None:
        self.values = dict(values)
        self._fixed = fixed

    def ioctl(self, _camera: int, request: int, data: bytearray) -> int:
        control, value = struct.unpack("=Ii", data)
        if control not in self.values or (request == SET and control in self._fixed):
            raise OSError(errno.EINVAL, "Invalid argument")
        if request == SET:
            self.values[control] = value
        else:
            assert request == GET
            data[:] = struct.pack("=Ii", control, self.values[control])
        return 0


@pytest.fixture
def device(tmp_path: Path) -> Path:
    (tmp_path / "video0").touch()
    return tmp_path / "video0"


def test_all_automatics_are_held_with_the_exposure_of_the_moment(device: Path) -> None:
    controls = Controls(ALL)
    lock = ExposureLock(device, controls.ioctl)
    assert lock.can_hold()
    assert controls.values == ALL
    assert lock.hold() is True
    assert controls.values == {
        EXPOSURE_AUTO: MANUAL,
        EXPOSURE_ABSOLUTE: 157,
        AUTO_WHITE_BALANCE: 0,
        FOCUS_AUTO: 0,
    }
    lock.release()
    assert controls.values == ALL


def test_what_was_by_hand_before_stays_by_hand(device: Path) -> None:
    by_hand = ALL | {EXPOSURE_AUTO: MANUAL, FOCUS_AUTO: 0}
    controls = Controls(by_hand)
    lock = ExposureLock(device, controls.ioctl)
    assert [lock.hold(), lock.hold()] == [True, True]
    lock.release()
    assert controls.values == by_hand


def test_what_a_camera_does_not_have_is_left_out(device: Path) -> None:
    controls = Controls({AUTO_WHITE_BALANCE: 1}, frozenset())
    assert ExposureLock(device, controls.ioctl).hold() is True
    assert controls.values == {AUTO_WHITE_BALANCE: 0}


def test_a_camera_without_such_controls_says_so(device: Path) -> None:
    assert ExposureLock(device, Controls({}).ioctl).hold() is False
    assert ExposureLock(device, Controls(ALL, frozenset(ALL)).ioctl).hold() is False
    # A file that is no camera refuses in the kernel itself.
    assert ExposureLock(device).hold() is False
    assert not ExposureLock(device).can_hold()


@pytest.mark.fault(6)
def test_a_camera_that_is_away_holds_nothing_and_breaks_nothing(tmp_path: Path) -> None:
    lock = ExposureLock(tmp_path / "gone", Controls(ALL).ioctl)
    assert lock.hold() is False
    assert not lock.can_hold()
    lock.release()


def test_a_device_may_hold_and_a_film_cannot(now: Now) -> None:
    away = OpencvCamera(Settings(driver="opencv", source="/dev/no-such-camera"), now)
    assert isinstance(away, LocksExposure)
    assert away.lock_exposure() is False
    assert not holds_light(away)
    away.unlock_exposure()
    away.close()
    simulated = SimulatedCamera(SimulatorSettings(driver="simulator"), now)
    assert not isinstance(simulated, LocksExposure)
    assert not holds_light(simulated)
    simulated.close()


@pytest.mark.parametrize(
    "source,path",
    [
        (2, Path("/dev/video2")),
        ("/dev/video0", Path("/dev/video0")),
        (
            "usb-046d_C615_5A2F-index0",
            FOLDER / "usb-046d_C615_5A2F-index0",
        ),
        ("http://127.0.0.1/camera.mjpg", None),
        ("films/desk.avi", None),
    ],
)
def test_a_camera_is_named_by_number_by_its_stable_name_or_by_path(
    source: int | str, path: Path | None
) -> None:
    assert device_path(source) == path
