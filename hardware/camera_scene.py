"""What a simulated camera sees: a desk, and a phone or paper that a hand holds over it.

Rendered so that a decoder has real work: perspective of a tilted hand that sways, blur of
the lens, noise of the sensor.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import pi, sin
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image

from hardware.contracts import Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH: Final = 1280
HEIGHT: Final = 720

_PHONE: Final = (312, 640)
_SCREEN_MARGIN: Final = (12, 44)
_PAPER_WIDTH: Final = 540
_UNPRINTABLE: Final = 4 / 72
_ROOM: Final = 40
_BODY: Final = (38, 34, 32)
_SWAY_S: Final = 2.7
_PAN_S: Final = 4.0
_NOISE_STEPS: Final = 29


class Manner(StrEnum):
    """How a picture is held to the camera."""

    PHONE = "phone"
    """On the screen of a phone."""
    PAPER = "paper"
    """On paper, as near as one holds it; of a long slip only a part is in the picture."""
    WHOLE = "whole"
    """It is all that the camera sees."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A thing held to the camera; `code_at` is where its code is, from 0 (top) to 1."""

    thing: Frame
    manner: Manner
    code_at: float | None


class Scene:
    """The view of one camera; `seed` decides its noise."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._held: _Held | None = None

    @property
    def holds(self) -> bool:
        """Whether something is held to the camera."""
        return self._held is not None

    def hold(self, picture: Image.Image, manner: Manner, code_at: float | None = None) -> None:
        """Hold `picture` before the camera from now on.

        A long slip is held so that its code is in the middle, `code_at` of its height from
        the top; where nobody knows, it is moved up and down, slowly.
        """
        self._held = _Held(_object(picture, manner), manner, code_at)

    def lift(self) -> None:
        """Take it away."""
        self._held = None

    def frame(self, number: int, moment_s: float) -> Frame:
        """The frame with this number, `moment_s` after the beginning of time."""
        view, _ = _background(self._seed)
        if self._held is not None:
            view = _seen(view, self._held, moment_s)
        return with_noise(view, number, self._seed)


def with_noise(view: Frame, number: int, seed: int) -> Frame:
    """A view as the sensor of a camera gives it; the noise of each frame is another."""
    _, whole = _background(seed)
    down, across = number % _NOISE_STEPS, number * 7 % _NOISE_STEPS
    return np.asarray(cv2.add(view, whole[down : down + HEIGHT, across : across + WIDTH]), np.uint8)


@lru_cache(maxsize=2)
def _background(seed: int) -> tuple[Frame, Frame]:
    """The desk, and noise a little larger than a frame: each gets another part of it."""
    chance = np.random.default_rng(seed)
    shape = (HEIGHT + _NOISE_STEPS, WIDTH + _NOISE_STEPS, 3)
    noise = chance.standard_normal(shape, np.float32) * 2.5 + 8
    return _desk(chance), noise.clip(0, 16).astype(np.uint8)


def _desk(chance: np.random.Generator) -> Frame:
    """A wooden desk under a lamp."""
    grain = cv2.resize(
        chance.random((90, 8), np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
    )
    across = np.linspace(-1, 1, WIDTH, dtype=np.float32)
    down = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None]
    light = 1 - 0.35 * (across**2 + down**2) / 2
    wood = np.array([74, 106, 138], np.float32)
    return np.asarray(((0.85 + 0.2 * grain) * light)[..., None] * wood, np.uint8)


def _object(picture: Image.Image, manner: Manner) -> Frame:
    """The phone, sheet or view that shows `picture`."""
    flat = Image.new("RGBA", picture.size, "white")
    flat.alpha_composite(picture.convert("RGBA"))
    pixels = np.asarray(flat.convert("RGB"), np.uint8)[:, :, ::-1]
    if manner is Manner.PHONE:
        return _on_phone(pixels)
    if manner is Manner.PAPER:
        return _on_paper(pixels)
    return _fitted(pixels, (WIDTH, HEIGHT), _BODY)


def _on_phone(pixels: Frame) -> Frame:
    width, height = _PHONE
    across, down = _SCREEN_MARGIN
    phone = np.full((height, width, 3), _BODY, np.uint8)
    screen = (width - 2 * across, height - 2 * down)
    phone[down : height - down, across : width - across] = _fitted(pixels, screen, (250, 250, 250))
    return phone


def _on_paper(pixels: Frame) -> Frame:
    scale = _PAPER_WIDTH / pixels.shape[1]
    size = (_PAPER_WIDTH, max(1, round(pixels.shape[0] * scale)))
    margin = round(_PAPER_WIDTH * _UNPRINTABLE)
    # Paper and ink under a lamp: white is not 255 and black is not 0.
    sheet = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    sheet = np.pad(sheet, ((0, 0), (margin, margin), (0, 0)), constant_values=255)
    return np.asarray(cv2.convertScaleAbs(sheet, alpha=0.84, beta=24), np.uint8)


def _fitted(pixels: Frame, size: tuple[int, int], around: tuple[int, int, int]) -> Frame:
    """`pixels` as large as they fit into `size`, in the middle."""
    scale = min(size[0] / pixels.shape[1], size[1] / pixels.shape[0])
    inner = (max(1, int(pixels.shape[1] * scale)), max(1, int(pixels.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    whole = np.full((size[1], size[0], 3), around, np.uint8)
    whole[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        pixels, inner, interpolation=method
    )
    return whole


def _seen(desk: Frame, held: _Held, moment_s: float) -> Frame:
    """What is held over the desk by a hand that sways."""
    if held.manner is Manner.WHOLE:
        return held.thing
    thing = _piece(held, moment_s)
    height, width = thing.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    view = cv2.warpPerspective(
        cv2.GaussianBlur(thing, (0, 0), 0.8),
        cv2.getPerspectiveTransform(corners, _held_at(width, height, moment_s)),
        (WIDTH, HEIGHT),
        dst=desk.copy(),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
    return np.asarray(view, np.uint8)


def _piece(held: _Held, moment_s: float) -> Frame:
    """The part of a long slip that is in the picture now."""
    height, seen = held.thing.shape[0], HEIGHT - _ROOM
    spare = height - seen
    if spare <= 0:
        return held.thing
    if held.code_at is None:
        top = spare * (0.5 - 0.5 * sin(2 * pi * moment_s / _PAN_S))
    else:
        top = min(max(height * held.code_at - seen / 2, 0), spare)
    return held.thing[round(top) : round(top) + seen]


def _held_at(width: int, height: int, moment_s: float) -> NDArray[np.float32]:
    """Where the corners are: a little turned, a little tilted, never quite still."""
    sway = sin(2 * pi * moment_s / _SWAY_S)
    turn, lean = 0.05 + 0.015 * sway, 0.04
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32)
    corners = half * (width / 2, height / 2) * (1 + lean * half[:, 1:])
    turned = corners @ np.array([[1, turn], [-turn, 1]], np.float32)
    turned += (WIDTH / 2 + 14 * sway, HEIGHT / 2)
    return np.asarray(turned, np.float32)
