"""Hints for somebody who holds a code in vain."""

from collections.abc import Callable

import numpy as np
import pytest
import zxingcpp

from hardware.abilities import HintCode, HintingScanner, ScanHint
from hardware.camera_scanner import CameraScanner
from hardware.camera_scene import Scene
from hardware.contracts import CodeFormat, Now
from hardware.decoder import Code
from hardware.scan_hints import AFTER_S, HintWatch, why_unreadable
from tests.hardware.hard_frames import HEIGHT, WIDTH, Chance, Pixels, noisy, placed, qr
from tests.hardware.hard_frames import _blurred as blurred
from tests.hardware.hard_frames import _glare as glare
from tests.hardware.hard_frames import _lit as lit
from tests.hardware.hard_frames import _moved as moved
from tests.hardware.phone_frames import phone_frame
from tests.hardware.test_camera_scanner import Script

TICKET = "LT1:" + "ABCDEFGHIJ" * 14


def held(chance: Chance, module: int = 5) -> Pixels:
    return placed(qr(TICKET, module), chance, chance.uniform(-8, 8), 0.04)


def damaged(chance: Chance) -> Pixels:
    """A code of which a third of the modules are wrong."""
    code = qr(TICKET, 5)
    wrong = chance.random((code.shape[0] // 5, code.shape[1] // 5)) < 0.33
    wrong[:4] = wrong[-4:] = wrong[:, :4] = wrong[:, -4:] = False
    return placed(np.where(np.kron(wrong, np.ones((5, 5), bool)), 255 - code, code), chance)


def mirrored(chance: Chance) -> Pixels:
    code = np.array(
        zxingcpp.create_barcode(TICKET, zxingcpp.BarcodeFormat.PDF417).to_image(scale=3)
    )
    return np.ascontiguousarray(placed(code[:, ::-1], chance))


HELD_WRONG: dict[HintCode, list[Callable[[Chance], Pixels]]] = {
    HintCode.BLURRED: [
        lambda c: blurred(held(c), 5),
        lambda c: blurred(held(c), 8),
        lambda c: moved(held(c), 25),
    ],
    HintCode.TOO_DARK: [lambda c: noisy(lit(held(c, 8), 0.06, 3), c, 2)],
    HintCode.TOO_FAR: [lambda c: blurred(held(c, 2), 0.6)],
    HintCode.GLARE: [lambda c: glare(held(c), c, 110)],
    HintCode.MIRRORED: [mirrored],
    HintCode.UNREADABLE: [damaged],
}
CASES = [(cause, make) for cause, makes in HELD_WRONG.items() for make in makes]


@pytest.mark.parametrize("cause,make", CASES)
def test_the_cause_is_mostly_told(cause: HintCode, make: Callable[[Chance], Pixels]) -> None:
    told = [why_unreadable(make(np.random.default_rng(seed))) for seed in range(8)]
    assert told.count(cause) >= 4
    assert told.count(cause) > max(told.count(other) for other in HintCode if other is not cause)


@pytest.mark.parametrize("distance_mm", [100, 150, 200])
def test_the_white_page_of_a_phone_is_no_glare(distance_mm: int) -> None:
    told = []
    for seed in range(6):
        phone = phone_frame(TICKET, "bright", "whole", distance_mm, seed)
        overexposed = np.clip(phone.astype(np.int16) + 40, 0, 255).astype(np.uint8)
        told += [why_unreadable(blurred(phone, 3)), why_unreadable(blurred(overexposed, 3))]
    assert told.count(HintCode.BLURRED) > len(told) * 0.8


def test_glare_on_such_a_page_is() -> None:
    chance = np.random.default_rng(5)
    views = [phone_frame(TICKET, "bright", "whole", 150, seed) for seed in range(6)]
    told = [why_unreadable(glare(view, chance, 110)) for view in views]
    assert told.count(HintCode.GLARE) >= 3


def test_an_empty_desk_a_wall_and_the_dark_ask_for_nothing() -> None:
    chance = np.random.default_rng(1)
    views: list[Pixels] = [Scene(seed).frame(1, 0) for seed in range(4)]
    views += [noisy(lit(view, 0.03, 2), chance, 4) for view in views]
    views += [placed(np.full((200, 300), 255, np.uint8), chance)]
    views += [chance.normal(4, 4, (HEIGHT, WIDTH)).clip(0, 255).astype(np.uint8)]
    views += [np.full((HEIGHT, WIDTH), 255, np.uint8), np.zeros((8, 8), np.uint8)]
    assert [why_unreadable(view) for view in views] == [None] * len(views)


@pytest.fixture
def far() -> Pixels:
    return blurred(held(np.random.default_rng(3)), 6)


@pytest.fixture
def wall() -> Pixels:
    return placed(np.full((9, 9), 120, np.uint8), np.random.default_rng(1))


def watched(watch: HintWatch, frame: Pixels, from_s: float, to_s: float) -> list[float]:
    """The moments, ten a second, at which there was a hint."""
    moments = [from_s + n / 10 for n in range(round((to_s - from_s) * 10))]
    hinted = []
    for moment in moments:
        watch.note(frame, moment, read=False)
        if watch.hint:
            hinted.append(moment)
    return hinted


def test_nobody_is_told_before_five_seconds_and_soon_after_them(far: Pixels) -> None:
    watch = HintWatch()
    hinted = watched(watch, far, 0, 7)
    assert AFTER_S - 0.5 <= hinted[0] <= AFTER_S
    assert watch.hint == ScanHint(HintCode.BLURRED)


def test_a_code_that_is_read_ends_the_hint(far: Pixels) -> None:
    watch = HintWatch()
    watched(watch, far, 0, 6)
    watch.note(far, 6, read=True)
    assert watch.hint is None
    assert watched(watch, far, 6, 10) == []


def test_the_hint_ends_when_the_code_is_taken_away(far: Pixels, wall: Pixels) -> None:
    watch = HintWatch()
    watched(watch, far, 0, 6)
    hinted = watched(watch, wall, 6, 12)
    assert not hinted or max(hinted) < 8


def test_something_that_passes_by_is_no_reason_to_speak(far: Pixels, wall: Pixels) -> None:
    watch = HintWatch()
    for start_s in range(0, 30, 3):
        assert watched(watch, far, start_s, start_s + 1.5) == []
        assert watched(watch, wall, start_s + 1.5, start_s + 3) == []


def test_a_scanner_with_a_camera_hints(now: Now, far: Pixels) -> None:
    script = Script(*[()] * 80)
    scanner: CameraScanner = script.scanner(now)
    script.frame = lambda timeout_s: _seen(script, far, timeout_s)  # type: ignore[method-assign]
    assert isinstance(scanner, HintingScanner)
    assert scanner.read(4) is None
    assert scanner.hint() is None
    assert scanner.read(2) is None
    assert scanner.hint() == ScanHint(HintCode.BLURRED)
    script.looks[0] = (Code(b"LT1:", CodeFormat.QR),)
    assert scanner.read(1) is not None
    assert scanner.hint() is None


def _seen(script: Script, frame: Pixels, timeout_s: float) -> Pixels:
    script.clock_s += min(timeout_s, 0.1)
    return frame
