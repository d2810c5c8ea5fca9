"""The station's place for photos: one person at a time.

The conductor's thread begins and ends sessions, the page's threads look at the present one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hardware.contracts import Camera
from kiosk.config import PhotoSettings
from kiosk.photo.assistant import Assistant
from kiosk.photo.session import PhotoSession

_STOP_WAITS_S: Final = 5.0


class PhotoBooth:
    """Makes sessions with the station's camera.

    `changed` is called at every change of phase, by the session's own thread.
    """

    def __init__(
        self,
        camera: Camera,
        monotonic: Callable[[], float],
        settings: PhotoSettings,
    ) -> None:
        self.settings = settings
        self.changed: Callable[[], None] = lambda: None
        self._camera = camera
        self._monotonic = monotonic
        self._assistant: Assistant | None = None
        self._session: PhotoSession | None = None
        self._ended: PhotoSession | None = None

    @property
    def session(self) -> PhotoSession | None:
        """The present session, if there is one."""
        return self._session

    def prepare(self) -> None:
        """Somebody is asked for their photo: what needs a second to come is called now."""
        if self._assistant is None:
            self._assistant = Assistant()

    def begin(self) -> PhotoSession:
        """Begin a session; one that was going on ends."""
        if self._session is not None:
            self.end()
        assistant = self._assistant = self._assistant or Assistant()
        session = PhotoSession(
            self._camera, assistant, self._monotonic, self.settings, lambda _: self.changed()
        )
        self._session = session
        session.start()
        return session

    def end(self) -> None:
        """End the present session and forget it."""
        session, self._session = self._session, None
        if session is not None:
            session.close()
            self._ended = session
        assistant, self._assistant = self._assistant, None
        if assistant is not None:
            assistant.close()

    def stop(self) -> None:
        """End, and wait for the last look: no program may stop in the middle of one."""
        self.end()
        if self._ended is not None:
            self._ended.join(_STOP_WAITS_S)
