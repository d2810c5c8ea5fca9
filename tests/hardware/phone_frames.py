"""Frames of an e-ticket on a phone, as a camera over the reader sees it: drawn, not photographed.

The camera is a common one: 1280x720 and 62 degrees across. The code is 45 mm wide on the phone.
"""

from __future__ import annotations

from math import radians, tan

import cv2
import numpy as np

from tests.hardware.hard_frames import HEIGHT, WIDTH, Chance, Pixels, noisy, placed, qr

_CODE_MM = 45.0
_PANEL_MM = 62.0
_VIEW = 2 * tan(radians(31))
THEMES = ("bright", "dark", "dark_inverted")
DISTANCES_MM = (100, 150, 200, 250)


def px_per_mm(distance_mm: float) -> float:
    """How large a millimetre is on the picture."""
    return WIDTH / (distance_mm * _VIEW)


def _screen(text: str, theme: str, distance_mm: float) -> Pixels:
    """The phone's page with the code, its colours those of the theme."""
    scale = px_per_mm(distance_mm)
    code = qr(text, 12)
    side = round(_CODE_MM * scale)
    small = cv2.resize(code, (side, side), interpolation=cv2.INTER_AREA)
    if theme == "dark_inverted":
        small = 255 - small
    edge = round(_PANEL_MM * scale)
    page = np.full((edge, edge), 255 if theme == "bright" else 18, np.uint8)
    from_ = (edge - side) // 2
    page[from_ : from_ + side, from_ : from_ + side] = small
    return np.asarray(page, np.uint8)


def _cracked(screen: Pixels, chance: Chance) -> Pixels:
    """Cracks from one corner: bright edges with a dark line beside each."""
    side = screen.shape[0]
    start = np.array([side * 0.1, side * 0.12])
    for _ in range(7):
        angle = chance.uniform(0, np.pi / 2)
        points = [start]
        for _ in range(6):
            angle += chance.uniform(-0.35, 0.35)
            points.append(points[-1] + side / 6 * np.array([np.cos(angle), np.sin(angle)]))
        line = np.array(points, np.int32).reshape(-1, 1, 2)
        width = max(1, side // 260)
        cv2.polylines(screen, [line], isClosed=False, color=(235,), thickness=width)
        cv2.polylines(screen, [line + width], isClosed=False, color=(60,), thickness=width)
    return screen


def phone_frame(text: str, theme: str, glass: str, distance_mm: float, seed: int) -> Pixels:
    """One frame; the same seed makes the same frame."""
    chance = np.random.default_rng(seed)
    screen = _screen(text, theme, distance_mm)
    if glass == "cracked":
        screen = _cracked(screen, chance)
    frame = placed(screen, chance, chance.uniform(-15, 15), chance.uniform(-0.06, 0.06))
    # The backlight blooms over dark modules, and a near phone is a little out of focus.
    bloom = cv2.GaussianBlur(frame, (0, 0), 6).astype(np.float32) * 0.18
    soft = cv2.GaussianBlur(frame, (0, 0), 0.6 + 0.8 * (150 / distance_mm) ** 2)
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    grid = 8 * np.sin(across * 2.1) + 8 * np.sin(down * 1.9)
    return noisy(np.asarray((soft + bloom + grid).clip(0, 255), np.uint8), chance, 4)
