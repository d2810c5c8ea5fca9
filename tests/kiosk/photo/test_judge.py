"""The judgement of photographs that the project did not make."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from kiosk.photo.crop import crop_for, cut
from kiosk.photo.judgement import Crop, Hint, Verdict
from kiosk.photo.looks import eyes_of, look
from tests.kiosk.photo import measured
from tests.kiosk.photo.damages import DAMAGES
from tests.kiosk.photo.photographs import photograph, portrait

FEW = 5
"""Of each damage; `bench` looks at more."""


def test_a_good_portrait_is_good() -> None:
    judgement = measured.photographer().judge(portrait())
    assert (judgement.verdict, judgement.hints, judgement.faces) == (Verdict.OK, (), 1)
    assert all(check.ok for check in judgement.checks)


def test_good_portraits_of_other_days_are_good_too() -> None:
    assert measured.good_refused(4 * FEW).percent <= 5


def test_what_is_wrong_is_told_by_its_own_hint() -> None:
    told = {share.name: share.percent for share in measured.damages_told(FEW)}
    assert set(told) == set(DAMAGES)
    assert {name: share for name, share in told.items() if share < 80} == {}


def test_small_faces_are_found() -> None:
    assert measured.faces_found().percent >= 90


def test_where_there_is_no_face_none_is_found() -> None:
    assert measured.faces_imagined().count == 0


@pytest.mark.parametrize(
    "name", ["chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "page.png"]
)
def test_cats_cups_and_rockets_are_nobody(name: str) -> None:
    judgement = measured.photographer().judge(photograph(name))
    assert (judgement.faces, judgement.crop) == (0, None)
    assert Hint.NO_FACE in judgement.hints


def test_in_the_dark_light_is_asked_for_before_anything_else() -> None:
    black = np.full((720, 720, 3), 12, np.uint8)
    assert measured.photographer().judge(black).hints == (Hint.MORE_LIGHT, Hint.NO_FACE)


@pytest.mark.parametrize("gain", [0.4, 0.55, 0.75, 1.0, 1.1])
def test_blur_is_judged_alike_in_any_light(gain: float) -> None:
    blurred = np.asarray(cv2.GaussianBlur(portrait(), (0, 0), 4), np.uint8)
    for picture, is_blurred in ((portrait(), False), (blurred, True)):
        lit = np.asarray(cv2.convertScaleAbs(picture, alpha=gain), np.uint8)
        hints = measured.photographer().judge(lit).hints
        assert (Hint.HOLD_STILL in hints) is is_blurred, (gain, hints)


@pytest.mark.parametrize("turn", [-25, -12, 0, 12, 25])
def test_tilt_is_measured_in_degrees(turn: int) -> None:
    matrix = cv2.getRotationMatrix2D((360, 300), -turn, 1)
    turned = cv2.warpAffine(portrait(), matrix, (720, 720), borderMode=cv2.BORDER_REPLICATE)
    upright, points = measured.mesh(portrait()), measured.mesh(np.asarray(turned, np.uint8))
    assert points is not None
    assert upright is not None
    before = look(portrait(), upright).tilt
    assert look(np.asarray(turned, np.uint8), points).tilt == pytest.approx(before + turn, abs=2)


# --- The crop --------------------------------------------------------------------------------


def test_the_crop_is_3_to_4_with_the_eyes_where_a_portrait_has_them() -> None:
    points = measured.mesh(portrait())
    assert points is not None
    crop = crop_for(points)
    middle = eyes_of(points).mean(axis=0)
    assert crop.width / crop.height == pytest.approx(3 / 4, abs=0.01)
    assert (middle[1] - crop.y) / crop.height == pytest.approx(0.43, abs=0.01)
    assert (middle[0] - crop.x) / crop.width == pytest.approx(0.5, abs=0.03)
    chin = (points[152, 1] - crop.y) / crop.height
    assert 0.65 < chin < 0.78


def test_the_face_in_the_photo_is_where_the_crop_says() -> None:
    points = measured.mesh(portrait())
    assert points is not None
    jpeg = cut(portrait(), crop_for(points).within(720, 720))
    photo = np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)
    assert photo.shape == (800, 600, 3)
    again = measured.mesh(photo)
    assert again is not None
    eyes = eyes_of(again)
    assert abs(float(eyes[:, 0].mean()) - 300) < 30
    assert abs(float(eyes[:, 1].mean()) - 800 * 0.43) < 50


@pytest.mark.parametrize(
    "crop, within",
    [
        (Crop(-5, 10, 30, 40), Crop(0, 10, 30, 40)),
        (Crop(80, 70, 30, 40), Crop(70, 60, 30, 40)),
        (Crop(10, -20, 90, 120), Crop(10, 0, 90, 120)),
    ],
)
def test_a_crop_is_moved_into_the_picture_and_never_shrunk(crop: Crop, within: Crop) -> None:
    assert crop.within(100, 100) == within
