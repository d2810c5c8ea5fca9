"""The dialogue of the photo: asked first, looked, shot, kept or taken again, or skipped.

    taking = PhotoTaking(booth, stage)       # booth None: a station without a camera
    taking.begin(child=False, done=..., back=...)
    taking.press(action)                     # photo_yes, photo_shoot, photo_retake, ...
    taking.changed()                         # the session has another phase
    taking.end()                             # the person left, or the screen was reset

`done` gets the JPEG, or None where there is no photo; `back` is called by who wants to return to
the step before. Both are called in the conductor's thread, like everything here. Of a child the
guardian is asked, so that a photo that comes back is by their consent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kiosk import screens
from kiosk.photo.booth import PhotoBooth
from kiosk.photo.screens import PhotoAsk, PhotoLive, PhotoScreen, PhotoShot, PhotoTrouble
from kiosk.photo.session import Phase, PhotoState
from kiosk.stage import Stage

Done = Callable[[bytes | None], None]


@dataclass(frozen=True, slots=True)
class _Order:
    """Whose photo it is, and where to go from here."""

    child: bool
    done: Done
    back: Callable[[], None]


class PhotoTaking:
    """Leads one person after the other through their photo."""

    def __init__(
        self,
        booth: PhotoBooth | None,
        stage: Stage,
        has_room: Callable[[], bool] = lambda: True,
    ) -> None:
        self._booth = booth
        self._has_room = has_room
        self._stage = stage
        self._order: _Order | None = None
        self._presses: Final[dict[str, Callable[[], None]]] = {
            "photo_yes": self._look,
            "photo_shoot": self._shoot,
            "photo_retake": self._retake,
            "photo_accept": self._accept,
            "photo_skip": self._skip,
            "photo_back": self._back,
        }

    def begin(self, *, child: bool, done: Done, back: Callable[[], None]) -> None:
        """Ask for the photo; without a camera, or room on the disk, there is none (fault 24)."""
        if self._booth is None or not self._has_room():
            done(None)
            return
        self._order = _Order(child, done, back)
        self._booth.prepare()
        self._stage.show(PhotoAsk(child=child, may_skip=self._may_skip))

    def press(self, action: str) -> bool:
        """Whether it was one of ours; it does nothing where nobody's photo is taken."""
        handler = self._presses.get(action)
        if handler is not None and self._order is not None:
            handler()
        return handler is not None

    def changed(self) -> None:
        """Show what the session has come to."""
        session = self._booth and self._booth.session
        shown = self._stage.shown.screen
        if session and isinstance(shown, PhotoScreen):
            screen = self._screen(session.state)
            if screen is not None and screen != shown:
                self._stage.show(screen)

    def end(self) -> None:
        """Forget the person and shut the camera."""
        self._order = None
        if self._booth is not None:
            self._booth.end()

    @property
    def _may_skip(self) -> bool:
        return self._booth is None or not self._booth.settings.required

    def _screen(self, state: PhotoState) -> screens.Screen | None:
        match state.phase:
            case Phase.LOOKING | Phase.COUNTING | Phase.STARTING:
                return PhotoLive(may_skip=self._may_skip)
            case Phase.SHOT:
                doubt = next(iter(state.doubts), None)
                return PhotoShot(doubt=doubt, may_skip=self._may_skip)
            case Phase.TROUBLE:
                trouble = str(state.trouble)
                return PhotoTrouble(trouble=trouble, may_skip=self._may_skip)
            case Phase.CLOSED:
                return None

    def _look(self) -> None:
        if self._booth is not None and self._booth.session is None:
            self._booth.begin()
            self._stage.show(PhotoLive(may_skip=self._may_skip))

    def _shoot(self) -> None:
        if self._booth is not None and self._booth.session:
            self._booth.session.shoot()

    def _retake(self) -> None:
        if self._booth is not None and self._booth.session:
            self._booth.session.retake()

    def _accept(self) -> None:
        session = self._booth and self._booth.session
        jpeg = session.accept() if session else None
        if jpeg is not None:
            self._finish(jpeg)

    def _skip(self) -> None:
        if self._may_skip:
            self._finish(None)

    def _back(self) -> None:
        order = self._order
        self.end()
        if order is not None:
            order.back()

    def _finish(self, jpeg: bytes | None) -> None:
        order = self._order
        self.end()
        if order is not None:
            order.done(jpeg)
