"""What a camera sees, with what the decoder makes of it drawn in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hardware.contracts import Camera, Scanner

_FRAME_S: Final = 5.0
"""A camera at rest is opened first."""
_WIDTH: Final = 960
_QUALITY: Final = 80
_COLOUR: Final = (80, 200, 40)
_LINE: Final = 4
_GREY: Final = 2


@dataclass(frozen=True, slots=True)
class Sight:
    """A JPEG, how many codes the decoder finds in it, and of which kinds."""

    jpeg: bytes
    found: tuple[str, ...]


def camera_of(scanner: Scanner) -> Camera | None:
    """The camera that a scanner looks through, if it is made of one."""
    camera: Camera | None = getattr(scanner, "camera", None)
    return camera


def look_through(camera: Camera) -> Sight:
    """A fresh picture; raises what the camera raises."""
    # Stations without a camera never load these.
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    from hardware.decoder import ZxingDecoder  # noqa: PLC0415

    frame = camera.frame(_FRAME_S)
    codes = ZxingDecoder().decode(frame)
    grey = frame.ndim == _GREY
    frame = np.asarray(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR), np.uint8) if grey else frame.copy()
    for code in codes:
        corners = np.array(code.corners, np.int32).reshape(-1, 1, 2)
        cv2.polylines(frame, [corners], isClosed=True, color=_COLOUR, thickness=_LINE)
    scale = _WIDTH / frame.shape[1]
    if scale < 1:
        frame = np.asarray(cv2.resize(frame, None, fx=scale, fy=scale), np.uint8)
    _, jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return Sight(jpeg.tobytes(), tuple(code.format.value for code in codes))
