"""Generated frames with a QR code that is hard to read, each kind of damage by its name."""

from collections.abc import Callable

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Chance = np.random.Generator

WIDTH, HEIGHT = 1280, 720


def qr(text: str, module: int, error: str = "m") -> Pixels:
    rows = segno.make(text, error=error, micro=False).matrix_iter(scale=module, border=4)
    return np.asarray([[0 if dark else 255 for dark in row] for row in rows], np.uint8)


def placed(code: Pixels, chance: Chance, turn_deg: float = 0, tilt: float = 0) -> Pixels:
    """`code` somewhere on a grey wall, turned and tilted."""
    height, width = code.shape
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32)
    corners = half * (width / 2, height / 2) * (1 - tilt * half[:, 1:])
    angle = np.radians(turn_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = (WIDTH / 2 + chance.uniform(-60, 60), HEIGHT / 2 + chance.uniform(-30, 30))
    target = (corners @ turn + middle).astype(np.float32)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    wall = chance.integers(90, 130, (HEIGHT // 20, WIDTH // 20)).astype(np.uint8)
    frame = cv2.resize(wall, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    transform = cv2.getPerspectiveTransform(source, target)
    return np.asarray(
        cv2.warpPerspective(
            code, transform, (WIDTH, HEIGHT), dst=frame, borderMode=cv2.BORDER_TRANSPARENT
        ),
        np.uint8,
    )


def noisy(frame: Pixels, chance: Chance, sigma: float) -> Pixels:
    return np.asarray((frame + chance.normal(0, sigma, frame.shape)).clip(0, 255), np.uint8)


def _blurred(frame: Pixels, sigma: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), sigma), np.uint8)


def _moved(frame: Pixels, length: int) -> Pixels:
    return np.asarray(cv2.blur(frame, (length, 1)), np.uint8)


def _lit(frame: Pixels, gain: float, black: float) -> Pixels:
    return np.asarray((frame * gain + black).clip(0, 255), np.uint8)


def _glare(frame: Pixels, chance: Chance, size: float) -> Pixels:
    x, y = WIDTH / 2 + chance.uniform(-80, 80), HEIGHT / 2 + chance.uniform(-80, 80)
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    light = 255 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * size**2))
    return np.asarray((frame + light).clip(0, 255), np.uint8)


def _shadow(frame: Pixels) -> Pixels:
    return np.asarray(frame * np.linspace(0.15, 1.0, WIDTH)[None, :], np.uint8)


def _jpeg(frame: Pixels, quality: int) -> Pixels:
    done, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _moire(frame: Pixels) -> Pixels:
    """The pixel grid of a phone's screen against the camera's."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    grid = 22 * np.sin(across * 2.1) + 22 * np.sin(down * 1.9)
    return np.asarray((frame + grid).clip(0, 255), np.uint8)


def _curved(frame: Pixels, depth: float) -> Pixels:
    """On paper that is bent."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    bent = down + depth * np.sin(across / 90)
    return np.asarray(cv2.remap(frame, across, bent.astype(np.float32), cv2.INTER_LINEAR), np.uint8)


def _spotted(frame: Pixels, chance: Chance) -> Pixels:
    for _ in range(14):
        x, y = WIDTH / 2 + chance.uniform(-120, 120), HEIGHT / 2 + chance.uniform(-120, 120)
        cv2.circle(frame, (int(x), int(y)), 5, (128,), -1)
    return frame


def _one(text: str, chance: Chance, module: int = 5) -> Pixels:
    return placed(qr(text, module), chance, chance.uniform(-8, 8), 0.04)


Damage = Callable[[str, Chance], Pixels]

DAMAGES: dict[str, Damage] = {
    "plain": _one,
    "small": lambda text, c: _blurred(placed(qr(text, 2), c, c.uniform(-8, 8)), 0.6),
    "turned": lambda text, c: placed(qr(text, 5), c, c.uniform(0, 360), 0.04),
    "tilted": lambda text, c: placed(qr(text, 6), c, c.uniform(-8, 8), 0.28),
    "blurred": lambda text, c: _blurred(_one(text, c), c.uniform(1.8, 2.8)),
    "moved": lambda text, c: _moved(_one(text, c), int(c.integers(5, 10))),
    "noisy": lambda text, c: noisy(_one(text, c), c, c.uniform(30, 55)),
    "dark": lambda text, c: noisy(_lit(_one(text, c), 0.07, 6), c, 2.5),
    "faint": lambda text, c: noisy(_lit(_one(text, c), 0.15, 190), c, 4),
    "glare": lambda text, c: _glare(_one(text, c), c, 45),
    "shadow": lambda text, c: noisy(_shadow(_one(text, c)), c, 4),
    "jpeg": lambda text, c: _jpeg(_blurred(_one(text, c, 4), 0.8), 12),
    "moire": lambda text, c: _moire(_one(text, c)),
    "curved": lambda text, c: _curved(_one(text, c), 7),
    "spotted": lambda text, c: _spotted(_one(text, c), c),
    "inverted": lambda text, c: placed(255 - qr(text, 5), c, c.uniform(-8, 8), 0.04),
    "mirrored": lambda text, c: np.ascontiguousarray(_one(text, c)[:, ::-1]),
}


def hard_frame(damage: str, text: str, seed: int) -> Pixels:
    """A grey frame of 1280x720 with this damage; the same seed makes the same frame."""
    return DAMAGES[damage](text, np.random.default_rng(seed))
