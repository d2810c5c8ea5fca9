"""What somebody sees of whom a photo is taken (R2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kiosk.screens import Hold, Screen, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoScreen(Screen):
    """What the screens of the photo share."""

    hold: ClassVar[Hold] = Hold.CHOICE
    may_skip: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoAsk(PhotoScreen):
    """Why a photo, and whether one may be taken; of a child, a guardian is asked."""

    name: ClassVar[str] = "photo_ask"
    child: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoLive(PhotoScreen):
    """The camera's view in the frame of the photo; the page fetches pictures and hints itself."""

    name: ClassVar[str] = "photo"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoShot(PhotoScreen):
    """The photo, to be kept or taken again; `doubt` is the gravest thing that is not right."""

    name: ClassVar[str] = "photo_shot"
    doubt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoTrouble(PhotoScreen):
    """The camera is black, frozen or gone (fault 6); `trouble` is the device's own code."""

    name: ClassVar[str] = "photo_trouble"
    tone: Tone = Tone.DESK
    trouble: str
