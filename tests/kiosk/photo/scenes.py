"""A camera that shows what a test puts before it, and a clock that a test moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from hardware.contracts import Detail, DeviceMissing, Frame, Health, HealthState
from kiosk.config import PhotoSettings
from kiosk.photo.judge import Photographer
from kiosk.photo.session import PhotoSession, PhotoState


@dataclass
class Scene:
    """A camera with the noise of a living sensor; nothing before it means that it is away."""

    before: Frame | None
    still: bool = False
    """Whether it hangs: the same frame again and again."""
    looks: int = 0
    light: list[str] = field(default_factory=list)
    """What became of the light: "held", "free"."""
    _count: int = 0

    def frame(self, timeout_s: float) -> Frame:
        assert timeout_s > 0
        self.looks += 1
        if self.before is None:
            raise DeviceMissing("the camera is unplugged")
        self._count += not self.still
        shown = self.before.copy()
        shown[:24, :24] ^= np.uint8(self._count % 8)
        return shown

    def health(self) -> Health:
        return Health(HealthState.UNKNOWN, Detail.NOT_TRIED, None)

    def close(self) -> None:
        raise AssertionError("the camera is the station's, not a session's")

    def can_lock_exposure(self) -> bool:
        return True

    def lock_exposure(self) -> bool:
        self.light.append("held")
        return True

    def unlock_exposure(self) -> None:
        self.light.append("free")


@cache
def photographer() -> Photographer:
    """The judge of all tests that need no process for it."""
    return Photographer()


@dataclass
class Sitting:
    """A session stepped by hand, a fifth of a second a step."""

    scene: Scene
    settings: PhotoSettings = field(default_factory=PhotoSettings)
    now_s: float = 1000.0
    told: list[PhotoState] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.session = PhotoSession(
            self.scene, photographer(), lambda: self.now_s, self.settings, self.told.append
        )

    def steps(self, seconds: float) -> PhotoState:
        for _ in range(round(seconds * 5)):
            self.now_s += 0.2
            self.session.step()
        return self.session.state
