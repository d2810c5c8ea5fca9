"""Whether anything moves before a camera."""

import cv2
import numpy as np

from hardware.camera_scene import Manner, Scene
from hardware.decoder import grey_of
from hardware.stillness import Stillness
from tests.hardware.hard_frames import Pixels
from tests.hardware.test_decoder import TICKET, qr_picture


def seen(scene: Scene, number: int) -> Pixels:
    return grey_of(scene.frame(number, number / 10))


def test_the_noise_of_a_sensor_is_no_movement() -> None:
    scene, stillness = Scene(), Stillness()
    lasts = [stillness.lasts_s(seen(scene, number), number / 10) for number in range(40)]
    assert lasts[-1] == 3.9


def test_a_ticket_that_is_held_to_it_is_one_and_so_is_the_hand_that_sways() -> None:
    scene, stillness = Scene(), Stillness()
    for number in range(20):
        stillness.lasts_s(seen(scene, number), number / 10)
    scene.hold(qr_picture(TICKET), Manner.PHONE)
    assert all(stillness.lasts_s(seen(scene, n), n / 10) < 1 for n in range(20, 60))


def test_the_smallest_code_that_can_be_read_is_noticed_in_the_dark() -> None:
    chance, stillness = np.random.default_rng(1), Stillness()
    dark = chance.normal(20, 4, (720, 1280)).clip(0, 255).astype(np.uint8)
    stillness.lasts_s(dark, 0)
    small = np.asarray(qr_picture(TICKET).convert("L").resize((50, 50)), np.uint8)
    dark[300:350, 600:650] = 10 + small // 8
    assert stillness.lasts_s(dark, 9) == 0


def test_what_changes_slowly_adds_up() -> None:
    stillness = Stillness()
    dawn = [np.full((720, 1280), 60 + step // 10, np.uint8) for step in range(100)]
    lasts = [stillness.lasts_s(frame, number) for number, frame in enumerate(dawn)]
    assert 20 < max(lasts) < 40


def test_another_size_is_another_picture() -> None:
    stillness, frame = Stillness(), np.full((720, 1280), 60, np.uint8)
    stillness.lasts_s(frame, 0)
    assert stillness.lasts_s(frame, 5) == 5
    assert stillness.lasts_s(np.asarray(cv2.resize(frame, (640, 360)), np.uint8), 6) == 0
    assert stillness.lasts_s(frame[:1, :1], 7) == 0
