"""A glance through the camera now and then, while nobody is photographed.

A camera that is black, frozen or gone is known so before somebody stands before it: at the latest
after half a minute, and at once where the device itself was pulled out. It is found again within
seconds. What the glance sees is compared and forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from hardware.contracts import Camera, HardwareError, HealthState
from kiosk.photo.booth import PhotoBooth
from kiosk.sync.loop import Loop

_EVERY_S: Final = 30.0
_AGAIN_S: Final = 2.0
_LOOK_S: Final = 1.0
_FRAME_S: Final = 2.0
_LASTS_S: Final = 2.5
"""Longer than a camera must stand still to be called frozen."""


class Glances:
    """Looks through `camera` while `booth` does not."""

    def __init__(self, camera: Camera, booth: PhotoBooth, monotonic: Callable[[], float]) -> None:
        self._camera = camera
        self._booth = booth
        self._monotonic = monotonic
        self._due_at = monotonic()
        self.loop = Loop("glances", self.step)

    def step(self) -> float:
        """Glance if it is time; answers the seconds until the next step."""
        if self._is_busy() or (self._works() and self._monotonic() < self._due_at):
            return _LOOK_S
        # What went wrong is told by the camera's health.
        with suppress(HardwareError):
            self._glance()
        self._due_at = self._monotonic() + _EVERY_S
        return _LOOK_S if self._works() else _AGAIN_S

    def _glance(self) -> None:
        """Look until the picture moves, which only that of a living camera does."""
        first = self._camera.frame(_FRAME_S).tobytes()
        ends_at = self._monotonic() + _LASTS_S
        while self._works() and not self._is_busy() and self._monotonic() < ends_at:
            if self._camera.frame(_FRAME_S).tobytes() != first:
                return

    def _works(self) -> bool:
        return self._camera.health().state is HealthState.WORKS

    def _is_busy(self) -> bool:
        return self._booth.session is not None
