"""What a photographer would say of a picture: each thing measured, its limit, and the hint.

Pure: a picture goes in, a judgement comes out. Limits were set on photographs that the project
did not make (docs/photo.md says which, and how often they err).
"""

from __future__ import annotations

from typing import Final

from hardware.contracts import Frame
from kiosk.photo.crop import crop_for
from kiosk.photo.faces import Face, FaceFinder
from kiosk.photo.judgement import Check, Crop, Hint, Judgement
from kiosk.photo.looks import Looks, look

LEAST_HEIGHT_PX: Final = 420
"""Of the part that becomes the photo; below it 600 x 800 pixels are mostly made up."""
MOST_SHIFT: Final = 0.05
MOST_TILT: Final = 9.0
MOST_TURN: Final = 18.0
MOST_NOD: Final = 20.0
LEAST_LIGHT: Final = 0.32
MOST_GLARE: Final = 0.15
MOST_BACKLIGHT: Final = 1.6
MOST_BLUR: Final = 0.74
LEAST_EYES: Final = 0.15
MOST_MOUTH: Final = 0.35
_COUNTS: Final = 0.4
"""A face that is this much as wide as the largest is in the photo too, a smaller one behind it."""

_Finding = tuple[Check, Hint]


def judge(frame: Frame, finder: FaceFinder) -> Judgement:
    """Judge one picture, rows x columns x BGR."""
    faces = _that_count(finder.find(frame))
    points = faces[0].points if faces else None
    if points is None:
        return Judgement(0, (Check("faces", 0, 1, ok=False),), (Hint.NO_FACE,), None)
    height, width = frame.shape[:2]
    wanted = crop_for(points)
    findings = [
        _exactly("faces", len(faces), 1, Hint.SEVERAL),
        *_place(wanted, width, height),
        *_looks(look(frame, points)),
    ]
    return Judgement(
        len(faces),
        tuple(check for check, _ in findings),
        tuple(sorted({hint for check, hint in findings if not check.ok}, key=_ORDER.index)),
        wanted.within(width, height),
    )


_ORDER: Final = tuple(Hint)


def _that_count(faces: tuple[Face, ...]) -> tuple[Face, ...]:
    """Those that the mesh confirms and that are no small ones far behind."""
    sure = [face for face in faces if face.points is not None]
    return tuple(face for face in sure if face.box[2] >= _COUNTS * sure[0].box[2])


def _place(crop: Crop, width: int, height: int) -> tuple[_Finding, ...]:
    """How large the face is and where: the photo must fit into the picture."""
    inside = crop.within(width, height)
    across, down = (inside.x - crop.x) / crop.width, (inside.y - crop.y) / crop.height
    fills = crop.height / height
    return (
        _least("height_px", crop.height, LEAST_HEIGHT_PX, Hint.CLOSER),
        _most("fills", fills, 1.0, Hint.FARTHER),
        _near("across", across, MOST_SHIFT, Hint.MOVE_RIGHT if across < 0 else Hint.MOVE_LEFT),
        _near("down", down, MOST_SHIFT, Hint.MOVE_UP if down < 0 else Hint.MOVE_DOWN),
    )


def _looks(found: Looks) -> tuple[_Finding, ...]:
    return (
        _least("light", found.light, LEAST_LIGHT, Hint.MORE_LIGHT),
        _most("glare", found.glare, MOST_GLARE, Hint.LESS_LIGHT),
        _most("backlight", found.backlight, MOST_BACKLIGHT, Hint.LIGHT_BEHIND),
        _near("tilt", found.tilt, MOST_TILT, Hint.HEAD_STRAIGHT),
        _near("turn", found.turn, MOST_TURN, Hint.LOOK_HERE),
        _near("nod", found.nod, MOST_NOD, Hint.LOOK_HERE),
        _most("blur", found.blur, MOST_BLUR, Hint.HOLD_STILL),
        _least("eyes", found.eyes, LEAST_EYES, Hint.OPEN_EYES),
        _most("mouth", found.mouth, MOST_MOUTH, Hint.CLOSE_MOUTH),
    )


def _exactly(name: str, value: float, limit: float, hint: Hint) -> _Finding:
    return Check(name, value, limit, value == limit), hint


def _least(name: str, value: float, limit: float, hint: Hint) -> _Finding:
    return Check(name, value, limit, value >= limit), hint


def _most(name: str, value: float, limit: float, hint: Hint) -> _Finding:
    return Check(name, value, limit, value <= limit), hint


def _near(name: str, value: float, limit: float, hint: Hint) -> _Finding:
    return Check(name, value, limit, abs(value) <= limit), hint
