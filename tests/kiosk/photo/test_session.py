"""A photo session, from the first look to the accepted photo."""

from __future__ import annotations

from io import BytesIO
from threading import Event
from time import monotonic

import cv2
import numpy as np
import pytest
from PIL import Image

from hardware.contracts import Detail, Frame
from kiosk.config import PhotoSettings
from kiosk.photo.judgement import Hint
from kiosk.photo.session import Phase, PhotoSession
from tests.kiosk.photo.photographs import portrait
from tests.kiosk.photo.scenes import Scene, Sitting, photographer

WALL = np.full((720, 1280, 3), 150, np.uint8)
BLACK = np.zeros((720, 1280, 3), np.uint8)


@pytest.fixture
def seen() -> Frame:
    """The astronaut in the middle of a wide frame."""
    view = WALL.copy()
    view[:, 280:1000] = portrait()
    return view


def blurred(view: Frame) -> Frame:
    return np.asarray(cv2.GaussianBlur(view, (0, 0), 5), np.uint8)


def test_when_all_is_right_it_counts_down_and_shoots_by_itself(seen: Frame) -> None:
    sitting = Sitting(Scene(seen))
    assert sitting.steps(0.6).countdown is None
    assert sitting.steps(0.4).countdown == 3
    assert sitting.steps(2).countdown == 1
    state = sitting.steps(1)
    assert (state.phase, state.doubts) == (Phase.SHOT, ())


def test_the_photo_is_600_x_800_and_holds_nothing_but_the_picture(seen: Frame) -> None:
    sitting = Sitting(Scene(seen))
    sitting.steps(5)
    jpeg = sitting.session.accept()
    assert jpeg is not None
    with Image.open(BytesIO(jpeg)) as photo:
        assert (photo.format, photo.size, photo.mode) == ("JPEG", (600, 800), "RGB")
        assert set(photo.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not photo.getexif()


def test_without_a_face_nothing_is_ever_shot() -> None:
    sitting = Sitting(Scene(WALL))
    assert sitting.steps(1).hint is Hint.NO_FACE
    sitting.session.shoot()
    state = sitting.steps(6)
    assert (state.phase, state.hint, state.shot) == (Phase.LOOKING, Hint.NO_FACE, None)


def test_by_hand_it_shoots_even_if_something_could_be_better(seen: Frame) -> None:
    sitting = Sitting(Scene(blurred(seen)))
    assert sitting.steps(5).phase is Phase.LOOKING
    sitting.session.shoot()
    assert sitting.steps(0.2).countdown == 3
    state = sitting.steps(4)
    assert (state.phase, state.doubts) == (Phase.SHOT, (Hint.HOLD_STILL,))


def test_who_turns_away_calls_the_countdown_off(seen: Frame) -> None:
    sitting = Sitting(Scene(seen))
    sitting.steps(2)
    assert sitting.session.state.phase is Phase.COUNTING
    sitting.scene.before = WALL
    state = sitting.steps(1)
    assert (state.phase, state.countdown) == (Phase.LOOKING, None)
    assert sitting.steps(5).phase is Phase.LOOKING


def test_a_blink_does_not_call_the_countdown_off(seen: Frame) -> None:
    sitting = Sitting(Scene(seen))
    sitting.steps(2)
    sitting.scene.before = WALL
    sitting.steps(0.4)
    sitting.scene.before = seen
    assert sitting.steps(2).phase is Phase.SHOT


def test_a_shot_taken_again_is_forgotten(seen: Frame) -> None:
    sitting = Sitting(Scene(seen))
    sitting.steps(5)
    sitting.session.retake()
    state = sitting.session.state
    assert (state.phase, state.shot) == (Phase.LOOKING, None)
    assert sitting.steps(5).phase is Phase.SHOT


def test_where_the_countdown_is_by_hand_alone_it_waits(seen: Frame) -> None:
    sitting = Sitting(Scene(seen), PhotoSettings(automatic=False))
    assert sitting.steps(10).phase is Phase.LOOKING


def test_a_hint_stays_long_enough_to_be_read(seen: Frame) -> None:
    sitting = Sitting(Scene(WALL))
    sitting.steps(0.2)
    sitting.scene.before = blurred(seen)
    assert sitting.steps(0.2).hint is Hint.NO_FACE
    assert sitting.steps(0.4).hint is Hint.HOLD_STILL


@pytest.mark.fault(6)
def test_a_black_camera_is_said_and_serves_again_when_it_sees(seen: Frame) -> None:
    sitting = Sitting(Scene(seen))
    sitting.steps(1)
    sitting.scene.before = BLACK
    state = sitting.steps(0.2)
    assert (state.phase, state.trouble) == (Phase.TROUBLE, Detail.CAMERA_BLACK)
    sitting.scene.before = seen
    assert sitting.steps(0.2).phase is Phase.LOOKING


@pytest.mark.fault(6)
def test_a_frozen_camera_is_said_before_it_can_shoot(seen: Frame) -> None:
    sitting = Sitting(Scene(seen))
    sitting.steps(0.2)
    sitting.scene.still = True
    state = sitting.steps(3)
    assert (state.phase, state.trouble) == (Phase.TROUBLE, Detail.CAMERA_FROZEN)


@pytest.mark.fault(6)
def test_a_camera_that_goes_is_said_and_found_again(seen: Frame) -> None:
    sitting = Sitting(Scene(seen))
    sitting.steps(1)
    sitting.scene.before = None
    state = sitting.steps(0.4)
    assert (state.phase, state.trouble) == (Phase.TROUBLE, Detail.MISSING)
    sitting.scene.before = seen
    assert sitting.steps(0.2).phase is Phase.LOOKING


def test_a_camera_may_need_a_moment_to_open() -> None:
    sitting = Sitting(Scene(None))
    assert sitting.steps(2).phase is Phase.STARTING
    assert sitting.steps(2).phase is Phase.TROUBLE


def test_the_screen_hears_of_phases_not_of_frames(seen: Frame) -> None:
    sitting = Sitting(Scene(seen))
    sitting.steps(6)
    assert [state.phase for state in sitting.told] == [Phase.LOOKING, Phase.SHOT]


def test_the_light_is_held_from_the_countdown_to_the_shot(seen: Frame) -> None:
    sitting = Sitting(Scene(seen))
    sitting.steps(0.4)
    assert sitting.scene.light == []
    sitting.steps(1)
    assert sitting.session.state.phase is Phase.COUNTING
    assert sitting.scene.light == ["held"]
    assert sitting.steps(4).phase is Phase.SHOT
    assert sitting.scene.light == ["held", "free"]


@pytest.mark.parametrize("meanwhile", [WALL, BLACK, None], ids=["away", "black", "gone"])
def test_the_light_is_free_again_when_a_countdown_is_called_off(
    seen: Frame, meanwhile: Frame | None
) -> None:
    sitting = Sitting(Scene(seen))
    sitting.steps(2)
    assert sitting.scene.light == ["held"]
    sitting.scene.before = meanwhile
    sitting.steps(1.2)
    assert sitting.scene.light == ["held", "free"]


# --- Threads ---------------------------------------------------------------------------------


def test_the_page_gets_the_freshest_look_and_never_an_old_one(seen: Frame) -> None:
    session = PhotoSession(Scene(seen), photographer(), monotonic, PhotoSettings())
    session.start()
    first = session.view(0, 10)
    assert first is not None
    later = session.view(first.number, 10)
    assert later is not None
    assert later.number > first.number
    with Image.open(BytesIO(later.jpeg)) as picture:
        assert picture.size == (480, 480)
    session.close()
    session.join(10)
    assert session.view(later.number, 10) is None


@pytest.mark.threat(22)
def test_after_its_end_a_session_remembers_nothing_and_looks_no_more(seen: Frame) -> None:
    scene, shot = Scene(seen), Event()
    session = PhotoSession(
        scene,
        photographer(),
        monotonic,
        PhotoSettings(hold_s=0.01, countdown_s=0.01),
        lambda state: shot.set() if state.phase is Phase.SHOT else None,
    )
    session.start()
    assert shot.wait(20)
    session.close()
    session.join(10)
    assert (session.state.phase, session.state.shot, session.accept()) == (Phase.CLOSED, None, None)
    assert session.view(0, 0) is None
    looks = scene.looks
    assert session.view(0, 0.2) is None
    assert scene.looks == looks
