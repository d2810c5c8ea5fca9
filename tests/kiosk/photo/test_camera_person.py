"""The drawn person before a simulated camera for photos."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import numpy as np
import pytest

from hardware import factory
from hardware.camera_person import PersonScene, Pose
from hardware.camera_simulator import SimulatedCamera
from hardware.simulator_control import WrongAction
from kiosk.photo.judge import Photographer
from kiosk.photo.judgement import Hint
from tests.hardware.conftest import MOMENT


def square(frame: Any) -> Any:
    return np.ascontiguousarray(frame[:, 280:1000])


@pytest.fixture(scope="module")
def photographer() -> Photographer:
    return Photographer()


HINTS: Mapping[Pose, Hint | None] = {
    Pose.NOBODY: Hint.NO_FACE,
    Pose.FAR: Hint.CLOSER,
    Pose.ASIDE: Hint.MOVE_LEFT,
    Pose.TILTED: Hint.HEAD_STRAIGHT,
    Pose.EYES_CLOSED: Hint.OPEN_EYES,
    Pose.TWO: Hint.SEVERAL,
    Pose.DARK: Hint.MORE_LIGHT,
    Pose.GOOD: None,
}


@pytest.mark.parametrize("pose", Pose)
def test_the_judgement_says_of_each_pose_what_is_wrong(
    photographer: Photographer, pose: Pose
) -> None:
    scene = PersonScene()
    scene.pose = pose
    hints = photographer.judge(square(scene.frame(1, 2.0))).hints
    assert (HINTS[pose] in hints) if HINTS[pose] else hints == ()


def test_the_person_arrives_and_stands_as_they_should(photographer: Photographer) -> None:
    scene = PersonScene()
    first = photographer.judge(square(scene.frame(0, 100.0)))
    later = photographer.judge(square(scene.frame(150, 109.0)))
    assert first.hints == (Hint.NO_FACE,)
    assert later.hints == ()
    # Nobody looked for a while: the next one comes.
    assert photographer.judge(square(scene.frame(151, 200.0))).hints == (Hint.NO_FACE,)


def camera(view: str) -> SimulatedCamera:
    made = factory.make_camera({"driver": "simulator", "view": view, "fps": 100}, lambda: MOMENT)
    assert isinstance(made, SimulatedCamera)
    return made


def test_whoever_demonstrates_says_how_they_stand() -> None:
    with closing(camera("person")) as seen:
        wall = seen.frame(5)
        seen.do("stand", {"pose": "good"})
        assert np.abs(seen.frame(5).astype(int) - wall).mean() > 10
        seen.do("reset", {})
        assert np.abs(seen.frame(5).astype(int) - wall).mean() < 10


def test_before_a_desk_nobody_stands() -> None:
    with closing(camera("desk")) as seen, pytest.raises(WrongAction):
        seen.do("stand", {"pose": "good"})
