"""A camera over a desk, to which pictures can be held.

The handle of `hardware.simulator_control`:
{"do": "hold", "path": "/tmp/ticket.png", "seconds": 4, "manner": "phone"} or, instead of
"path", "image" with the file's bytes in Base64; manner is one of `camera_scene.Manner`;
without "seconds" until {"do": "lift"}. {"do": "set", "trouble": "black"} makes one of
`Trouble` hold until {"do": "reset"}.

With `view = "person"` it is a camera for photos: a person arrives, and {"do": "stand", "pose":
"far"} lets them stand as one of `camera_person.Pose` says, until {"do": "reset"}.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from threading import Event, Lock
from time import monotonic
from typing import Any, ClassVar, Final, Self

import numpy as np
from PIL import Image
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, model_validator

from hardware.camera_frames import FrameWatch
from hardware.camera_person import PersonScene, Pose
from hardware.camera_scene import HEIGHT, WIDTH, Manner, Scene
from hardware.contracts import (
    Detail,
    DeviceClosed,
    DeviceMissing,
    DeviceSilent,
    Frame,
    Health,
    HealthState,
    Now,
)
from hardware.decoder import ZxingDecoder
from hardware.image_files import UnreadableImage, read_image
from hardware.settings import DriverSettings
from hardware.simulator_control import ControlServer, WrongAction, arguments_as, no_such

_SLOW_FRAME_S: Final = 2.0


class Trouble(StrEnum):
    """What can be wrong with the camera."""

    NONE = "none"
    BLACK = "black"
    FROZEN = "frozen"
    GONE = "gone"
    SLOW = "slow"


class View(StrEnum):
    """What the camera is for."""

    DESK = "desk"
    PERSON = "person"


class Settings(DriverSettings):
    """What it sees, how many frames it gives, the port of its handle (none by default, 0: any)."""

    view: View = View.DESK
    """What stands before it: a desk where codes are held, or a person."""

    fps: float = Field(default=15, gt=0, le=1000)
    """Pictures a second."""
    seed: int = 1
    """Which noise it draws."""
    control_port: int | None = Field(default=None, ge=0, le=65535)
    """Where it takes orders, on the loopback; 0: any free port; without: nowhere."""


def connect(settings: Settings, now: Now) -> SimulatedCamera:
    """The camera."""
    return SimulatedCamera(settings, now)


class Hold(BaseModel):
    """A picture to be held to the camera."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path | None = None
    image: Base64Bytes | None = None
    seconds: float | None = Field(default=None, gt=0, le=3600)
    manner: Manner = Manner.PHONE

    @model_validator(mode="after")
    def _has_one_picture(self) -> Self:
        if (self.path is None) == (self.image is None):
            raise ValueError("one of path and image is needed")
        return self

    def picture(self) -> Image.Image:
        """The picture; raises `WrongAction`."""
        try:
            return read_image(self.path or self.image or b"")
        except UnreadableImage as error:
            raise WrongAction(f"no picture: {error}") from error


class SetTrouble(BaseModel):
    """What shall be wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trouble: Trouble


class Stand(BaseModel):
    """How the person before it shall stand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pose: Pose


def _where_its_code_is(picture: Image.Image) -> float | None:
    """How far down in the picture the code is that somebody wants to show, 0 to 1."""
    codes = ZxingDecoder().decode(np.asarray(picture.convert("L"), np.uint8))
    return codes[0].middle[1] / picture.height if codes else None


class SimulatedCamera:
    """A `Camera` whose frames are made when somebody looks, `fps` a second."""

    kind: ClassVar[str] = "camera"
    actions: ClassVar[tuple[str, ...]] = ("hold", "lift", "set", "stand", "reset")

    def __init__(self, settings: Settings, now: Now) -> None:
        self._now = now
        self._frame_s = 1 / settings.fps
        self._scene = Scene(settings.seed)
        self._person = PersonScene(settings.seed) if settings.view is View.PERSON else None
        self._lock = Lock()
        self._until_s: float | None = None
        self._held_at: datetime | None = None
        self._trouble = Trouble.NONE
        self._number = 0
        self._last = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        self._watch = FrameWatch()
        self._health = Health(HealthState.UNKNOWN, Detail.NOT_TRIED, None)
        self._closed = Event()
        port = settings.control_port
        self.control = None if port is None else ControlServer(self, "camera", port)

    def hold(
        self, picture: Image.Image, seconds: float | None = None, manner: Manner = Manner.PHONE
    ) -> None:
        """Hold a picture to the camera for `seconds`, by default until `lift`."""
        code_at = _where_its_code_is(picture)
        with self._lock:
            self._scene.hold(picture, manner, code_at)
            self._held_at = self._now()
            self._until_s = None if seconds is None else monotonic() + seconds

    def lift(self) -> None:
        """Take the picture away."""
        with self._lock:
            self._scene.lift()
            self._until_s = None

    def trouble(self, trouble: Trouble) -> None:
        """Let this be wrong from now on."""
        self._trouble = trouble
        if trouble is Trouble.GONE:
            self._health = Health(HealthState.FAILED, Detail.MISSING, self._health.seen_at)

    def frame(self, timeout_s: float) -> Frame:
        """The next frame; see `Camera`."""
        gone = self._trouble is Trouble.GONE
        wait_s = self._until_next_frame_s()
        if self._closed.wait(timeout_s if gone else min(wait_s, timeout_s)):
            raise DeviceClosed("the camera's driver is closed")
        if gone:
            raise DeviceMissing("the camera is unplugged")
        if wait_s > timeout_s:
            raise DeviceSilent(f"no frame within {timeout_s} s")
        with self._lock:
            return self._take(monotonic())

    def state(self) -> dict[str, Any]:
        """Whether something is held to it, since when it has seen the last, and what is wrong."""
        with self._lock:
            self._lift_in_time(monotonic())
            held_at = None if self._held_at is None else self._held_at.isoformat()
            return {
                "holding": self._scene.holds,
                "held_at": held_at,
                "trouble": self._trouble,
            }

    def do(self, action: str, arguments: Mapping[str, Any]) -> None:
        """Hold or lift a picture, set or reset trouble."""
        match action:
            case "hold":
                hold = arguments_as(Hold, arguments)
                self.hold(hold.picture(), hold.seconds, hold.manner)
            case "lift":
                self.lift()
            case "set":
                self.trouble(arguments_as(SetTrouble, arguments).trouble)
            case "stand" if self._person is not None:
                self._person.pose = arguments_as(Stand, arguments).pose
            case "reset":
                self.trouble(Trouble.NONE)
                if self._person is not None:
                    self._person.pose = None
            case _:
                raise no_such(action, self)

    def health(self) -> Health:
        """What the last frame showed."""
        return self._health

    def close(self) -> None:
        """Put it away."""
        if not self._closed.is_set() and self.control:
            self.control.close()
        self._closed.set()
        self._health = Health(HealthState.UNKNOWN, Detail.CLOSED, self._health.seen_at)

    def _until_next_frame_s(self) -> float:
        frame_s = _SLOW_FRAME_S if self._trouble is Trouble.SLOW else self._frame_s
        return frame_s - monotonic() % frame_s

    def _lift_in_time(self, moment_s: float) -> None:
        if self._until_s is not None and moment_s >= self._until_s:
            self._scene.lift()
            self._until_s = None

    def _take(self, moment_s: float) -> Frame:
        self._lift_in_time(moment_s)
        if self._trouble is Trouble.BLACK:
            self._last = np.zeros_like(self._last)
        elif self._trouble is not Trouble.FROZEN:
            # What is held to the camera is before whoever stands there.
            seen = self._person if self._person and not self._scene.holds else self._scene
            # A sensor's noise never repeats, however soon the next frame is.
            self._number += 1
            self._last = seen.frame(self._number, moment_s)
        self._watch.note(self._last, moment_s)
        detail = self._watch.detail
        state = HealthState.WORKS if detail is Detail.FINE else HealthState.DEGRADED
        self._health = Health(state, detail, self._now())
        return self._last
