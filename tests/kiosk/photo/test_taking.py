"""The dialogue of the photo: asked first, looked, shot, kept, taken again or skipped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

import numpy as np
import pytest

from hardware.contracts import Frame
from kiosk import screens
from kiosk.config import PhotoSettings, Role, ScreenSettings
from kiosk.photo.booth import PhotoBooth
from kiosk.photo.screens import PhotoAsk, PhotoLive, PhotoShot, PhotoTrouble
from kiosk.photo.taking import PhotoTaking
from kiosk.stage import Stage
from tests.kiosk.photo.photographs import portrait
from tests.kiosk.photo.scenes import Scene
from tests.kiosk.photo.test_assistant import serving, until

WALL = np.full((720, 720, 3), 150, np.uint8)
BLACK = np.zeros((720, 720, 3), np.uint8)


@dataclass
class Desk:
    """A dialogue whose session tells it of phases at once, in the session's thread."""

    required: bool = False
    before: Frame | None = None
    has_camera: bool = True
    results: list[bytes | None] = field(default_factory=list)
    backs: int = 0

    def __post_init__(self) -> None:
        self.scene = Scene(portrait() if self.before is None else self.before)
        settings = PhotoSettings(required=self.required, hold_s=0.01, countdown_s=0.01)
        self.booth = PhotoBooth(self.scene, monotonic, settings)
        start = screens.Start(role=Role.ENTRANCE)
        self.stage = Stage(start, ScreenSettings(), "uk", monotonic)
        self.taking = PhotoTaking(self.booth if self.has_camera else None, self.stage)
        self.booth.changed = self.taking.changed

    def begin(self, *, child: bool = False) -> None:
        self.taking.begin(child=child, done=self.results.append, back=self._back)

    def _back(self) -> None:
        self.backs += 1

    @property
    def shown(self) -> screens.Screen:
        return self.stage.shown.screen

    def until(self, kind: type[screens.Screen]) -> screens.Screen:
        version, ends = 0, monotonic() + 20
        while not isinstance(self.shown, kind):
            assert monotonic() < ends, f"{kind} was never shown"
            shown = self.stage.wait(version, 1)
            version = shown.version if shown else version
        return self.shown


@pytest.fixture
def sit() -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def make(**settings: object) -> Desk:
        desks.append(Desk(**settings))  # type: ignore[arg-type]
        return desks[-1]

    yield make
    for desk in desks:
        desk.taking.end()
        desk.booth.stop()


@pytest.mark.clause("R2.2")
def test_nobody_is_looked_at_before_they_agreed(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.begin()
    assert desk.shown == PhotoAsk(child=False, may_skip=True)
    assert desk.booth.session is None
    desk.taking.press("photo_yes")
    assert desk.booth.session is not None


def test_the_photographer_is_called_before_the_question_is_shown(
    sit: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes a second to come does so while the question is read."""
    desk, done = sit(), list[str]()
    show = desk.stage.show

    def shown(screen: screens.Screen) -> None:
        done.append(screen.name)
        show(screen)

    monkeypatch.setattr(desk.booth, "prepare", lambda: done.append("called"))
    monkeypatch.setattr(desk.stage, "show", shown)
    desk.begin()
    assert done == ["called", PhotoAsk.name]


@pytest.mark.clause("R2.2")
def test_of_a_child_the_guardian_is_asked(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.begin(child=True)
    assert desk.shown == PhotoAsk(child=True, may_skip=True)


def test_the_photo_that_is_kept_comes_back(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.begin()
    desk.taking.press("photo_yes")
    assert desk.until(PhotoShot) == PhotoShot(doubt=None)
    desk.taking.press("photo_accept")
    (jpeg,) = desk.results
    assert jpeg is not None
    assert jpeg.startswith(b"\xff\xd8")
    assert desk.booth.session is None


def test_a_photo_can_be_taken_again(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.begin()
    desk.taking.press("photo_yes")
    desk.until(PhotoShot)
    desk.scene.before = WALL
    desk.taking.press("photo_retake")
    desk.until(PhotoLive)
    assert desk.results == []


def test_who_wants_no_photo_goes_on_without(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.begin()
    desk.taking.press("photo_skip")
    assert desk.results == [None]


def test_where_a_photo_is_required_nobody_skips_it(sit: Callable[..., Desk]) -> None:
    desk = sit(required=True)
    desk.begin()
    desk.taking.press("photo_skip")
    assert desk.results == []
    assert desk.shown == PhotoAsk(may_skip=False)


def test_back_goes_back_and_shuts_the_camera(sit: Callable[..., Desk]) -> None:
    desk = sit(before=WALL)
    desk.begin()
    desk.taking.press("photo_yes")
    desk.taking.press("photo_back")
    assert (desk.backs, desk.results, desk.booth.session) == (1, [], None)


def test_the_photographer_comes_while_the_question_is_read(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.begin()
    until(lambda: len(serving(os.getpid())) == 1)
    desk.taking.press("photo_skip")
    assert serving(os.getpid()) == []


def test_without_a_camera_there_is_no_photo(sit: Callable[..., Desk]) -> None:
    desk = sit(has_camera=False)
    desk.begin()
    assert desk.results == [None]


@pytest.mark.fault(6)
@pytest.mark.parametrize("required", [False, True])
def test_a_black_camera_is_said_and_one_goes_on_without_if_one_may(
    sit: Callable[..., Desk], *, required: bool
) -> None:
    desk = sit(before=BLACK, required=required)
    desk.begin()
    desk.taking.press("photo_yes")
    said = PhotoTrouble(trouble="camera_black", may_skip=not required)
    assert desk.until(PhotoTrouble) == said
    desk.taking.press("photo_skip")
    assert desk.results == ([] if required else [None])


@pytest.mark.fault(6)
def test_a_camera_that_sees_again_goes_on_by_itself(sit: Callable[..., Desk]) -> None:
    desk = sit(before=BLACK)
    desk.begin()
    desk.taking.press("photo_yes")
    desk.until(PhotoTrouble)
    desk.scene.before = WALL
    desk.until(PhotoLive)


def test_a_session_does_not_take_the_screen_from_somebody_else(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.begin()
    desk.taking.press("photo_yes")
    desk.until(PhotoShot)
    desk.stage.show(screens.Reading())
    desk.taking.changed()
    assert desk.shown == screens.Reading()


def test_after_the_end_presses_do_nothing(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.begin()
    desk.taking.press("photo_yes")
    desk.until(PhotoShot)
    desk.taking.end()
    desk.taking.press("photo_accept")
    desk.taking.press("photo_skip")
    assert desk.results == []
