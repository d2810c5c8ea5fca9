"""The camera for photos is looked after while nobody is photographed."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

import pytest

from hardware.camera_simulator import Settings, SimulatedCamera, Trouble, View
from hardware.contracts import Detail, HealthState
from kiosk.config import PhotoSettings
from kiosk.photo.booth import PhotoBooth
from kiosk.photo.glances import Glances
from tests.kiosk.house import AT, MovedClock


@pytest.fixture
def camera() -> Iterator[SimulatedCamera]:
    settings = Settings(driver="simulator", view=View.PERSON, fps=60)
    camera = SimulatedCamera(settings, lambda: AT)
    yield camera
    camera.close()


@pytest.fixture
def booth(camera: SimulatedCamera) -> Iterator[PhotoBooth]:
    booth = PhotoBooth(camera, monotonic, PhotoSettings())
    yield booth
    booth.stop()


class Waited(MovedClock):
    """A clock that goes, and can be put forward."""

    def monotonic(self) -> float:
        return self.seconds + monotonic()


@pytest.fixture
def clock() -> Waited:
    return Waited()


@pytest.fixture
def glances(camera: SimulatedCamera, booth: PhotoBooth, clock: Waited) -> Glances:
    return Glances(camera, booth, clock.monotonic)


@pytest.mark.fault(6)
@pytest.mark.parametrize(
    "trouble,detail",
    [
        (Trouble.BLACK, Detail.CAMERA_BLACK),
        (Trouble.FROZEN, Detail.CAMERA_FROZEN),
        (Trouble.GONE, Detail.MISSING),
    ],
)
def test_a_camera_that_fails_is_known_within_half_a_minute_and_its_recovery_at_once(
    camera: SimulatedCamera, glances: Glances, clock: Waited, trouble: Trouble, detail: Detail
) -> None:
    glances.step()
    assert camera.health().state is HealthState.WORKS
    camera.trouble(trouble)
    clock.seconds += 30
    assert glances.step() <= 5
    assert camera.health().detail_code == detail
    camera.trouble(Trouble.NONE)
    glances.step()
    assert camera.health().state is HealthState.WORKS


def test_between_two_glances_nobody_is_looked_at(
    camera: SimulatedCamera, glances: Glances, clock: Waited
) -> None:
    glances.step()
    camera.trouble(Trouble.BLACK)
    clock.seconds += 20
    glances.step()
    assert camera.health().state is HealthState.WORKS, "it has looked again"


def test_while_somebody_is_photographed_the_camera_is_theirs(
    camera: SimulatedCamera, booth: PhotoBooth, glances: Glances
) -> None:
    booth.begin()
    camera.trouble(Trouble.GONE)
    assert glances.step() == 1
