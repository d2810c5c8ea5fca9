"""What a photographer would say of a picture: each thing measured, its limit, and the hint.

A picture goes in, a judgement comes out, the same each time. Limits were set on photographs that
the project did not make (docs/photo.md says which, and how often they err).
"""

from __future__ import annotations

from typing import Final

from hardware.contracts import Frame
from kiosk.photo.crop import crop_for
from kiosk.photo.faces import Face, FaceFinder
from kiosk.photo.judgement import Check, Crop, Hint, Judgement
from kiosk.photo.lids import Lids
from kiosk.photo.looks import Looks, light_of, look

LEAST_HEIGHT_PX: Final = 420
"""Of the part that becomes the photo; below it 600 x 800 pixels are mostly made up."""
MOST_ACROSS: Final = 0.06
MOST_DOWN: Final = 0.12
"""In widths and heights of the photo: so far the head may stand beside its place in it."""
MOST_TILT: Final = 9.0
MOST_TURN: Final = 18.0
MOST_NOD: Final = 20.0
LEAST_LIGHT: Final = 0.34
MOST_GLARE: Final = 0.15
MOST_BURNT: Final = 0.4
"""The same of a whole picture in which no face can be found."""
MOST_BACKLIGHT: Final = 2.0
MOST_BLUR: Final = 0.74
LEAST_EYES_SEEN: Final = 0.12
LEAST_EYES: Final = 0.16
MOST_MOUTH: Final = 0.35
_COUNTS: Final = 0.4
"""A face that is this much as wide as the largest is in the photo too, a smaller one behind it."""

_Finding = tuple[Check, Hint]


class Photographer:
    """Judges pictures; holds the models in memory as long as it lives.

    Raises `DriverNotInstalled` where they are not installed.
    """

    def __init__(self) -> None:
        self._finder = FaceFinder()
        self._lids = Lids()

    def judge(self, frame: Frame) -> Judgement:
        """Judge one picture, rows x columns x BGR."""
        faces = _that_count(self._finder.find(frame))
        points = faces[0].points if faces else None
        if points is None:
            return _nobody(frame)
        height, width = frame.shape[:2]
        wanted = crop_for(points)
        findings = (
            _exactly("faces", len(faces), 1, Hint.SEVERAL),
            *_place(wanted, width, height),
            *_looks(look(frame, points), self._lids.open(frame, points)),
        )
        hints = {hint for check, hint in findings if not check.ok}
        return Judgement(
            faces=len(faces),
            checks=tuple(check for check, _ in findings),
            hints=tuple(sorted(hints, key=_ORDER.index)),
            crop=wanted.within(width, height),
        )


_ORDER: Final = tuple(Hint)


def _nobody(frame: Frame) -> Judgement:
    """No face; where it is too dark or too bright to see one, light is the first thing to ask."""
    light, glare = light_of(frame)
    findings = (
        _least("light", light, LEAST_LIGHT, Hint.MORE_LIGHT),
        _most("glare", glare, MOST_BURNT, Hint.LESS_LIGHT),
        _exactly("faces", 0, 1, Hint.NO_FACE),
    )
    return Judgement(
        faces=0,
        checks=tuple(check for check, _ in findings),
        hints=tuple(hint for check, hint in findings if not check.ok),
        crop=None,
    )


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
        # Where the face fills the picture, coming closer makes no more pixels of it.
        _least(
            "height_px", crop.height, LEAST_HEIGHT_PX, Hint.FARTHER if fills > 1 else Hint.CLOSER
        ),
        _most("fills", fills, 1.0, Hint.FARTHER),
        _near("across", across, MOST_ACROSS, Hint.MOVE_RIGHT if across < 0 else Hint.MOVE_LEFT),
        _near("down", down, MOST_DOWN, Hint.MOVE_UP if down < 0 else Hint.MOVE_DOWN),
    )


def _looks(found: Looks, lids: float) -> tuple[_Finding, ...]:
    return (
        _least("light", found.light, LEAST_LIGHT, Hint.MORE_LIGHT),
        _most("glare", found.glare, MOST_GLARE, Hint.LESS_LIGHT),
        _most("backlight", found.backlight, MOST_BACKLIGHT, Hint.LIGHT_BEHIND),
        _near("tilt", found.tilt, MOST_TILT, Hint.HEAD_STRAIGHT),
        _near("turn", found.turn, MOST_TURN, Hint.LOOK_HERE),
        _near("nod", found.nod, MOST_NOD, Hint.LOOK_HERE),
        _most("blur", found.blur, MOST_BLUR, Hint.HOLD_STILL),
        _least("eyes_seen", found.eyes_seen, LEAST_EYES_SEEN, Hint.SHOW_EYES),
        _least("eyes_open", lids, LEAST_EYES, Hint.OPEN_EYES),
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
