"""One person's photo, from the first look through the camera to the accepted picture.

    session = PhotoSession(camera, judge, monotonic, settings, changed)
    session.start()          # looks through the camera; returns at once
    session.view(after, 1)   # the page's threads: the freshest picture with its state
    session.shoot()          # a countdown by hand; without it one starts when all is right
    session.retake()         # away with the shot, look again
    jpeg = session.accept()  # 600 x 800, no metadata; None where nothing was shot; closes it
    session.close()          # pictures let go, at once; may be called twice. The camera rests
                             # two seconds after nobody looks through it any more

`changed` hears of every change of phase, in the session's own thread: post a message and return.
Whoever calls the methods owns the dialogue; nothing here waits for the camera but that thread.
A camera that is black, frozen or gone is a phase of its own (fault 6); it is looked for again
until `close`, and the person may go on without a photo.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING, Final

import structlog

from hardware.contracts import Camera, Detail, HardwareError
from kiosk.config import PhotoSettings
from kiosk.photo.judgement import Hint, Judgement, Verdict

if TYPE_CHECKING:
    from hardware.contracts import Frame
    from kiosk.photo.assistant import Judge
    from kiosk.photo.eye import Eye

_log = structlog.get_logger()

_FRAME_S: Final = 2.0
"""A camera that gives nothing for so long is as good as gone."""
_PACE_S: Final = 0.05
_AWAY_S: Final = 0.5
_WARM_UP_S: Final = 3.0
"""So long a camera may need to open before its silence is called a trouble."""
_REST_S: Final = 30.0
_SAME_HINT_S: Final = 0.4
"""A hint stays at least so long, so that it can be read."""
_BLINK_S: Final = 0.8
"""So long may something be wrong in a countdown before it is called off."""


class Phase(StrEnum):
    """Where the session is."""

    STARTING = "starting"
    LOOKING = "looking"
    COUNTING = "counting"
    SHOT = "shot"
    TROUBLE = "trouble"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoState:
    """What the screen shows."""

    phase: Phase = Phase.STARTING
    hint: Hint | None = None
    """What to do better now; None where all is right."""
    countdown: int | None = None
    """Seconds to the shot, rounded up."""
    trouble: Detail | None = None
    """Why there is no picture: CAMERA_BLACK, CAMERA_FROZEN, MISSING, SILENT..."""
    doubts: tuple[Hint, ...] = ()
    """What is not right in the picture that was shot."""
    shot: bytes | None = field(default=None, repr=False)
    """The finished JPEG, as others see the person: not mirrored."""


@dataclass(frozen=True, slots=True)
class View:
    """One look through the camera: a square JPEG, not mirrored, and the state that goes with it."""

    number: int
    jpeg: bytes = field(repr=False)
    state: PhotoState


class PhotoSession:
    """See the module."""

    def __init__(
        self,
        camera: Camera,
        judge: Judge,
        monotonic: Callable[[], float],
        settings: PhotoSettings,
        changed: Callable[[PhotoState], None] = lambda _: None,
    ) -> None:
        self._camera = camera
        self._judge = judge
        self._monotonic = monotonic
        self._settings = settings
        self._changed = changed
        self._news = threading.Condition()
        self._view = View(0, b"", PhotoState())
        self._eye: Eye | None = None
        self._began_at = monotonic()
        self._pressed = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="photo", daemon=True)
        self._ends_at: float | None = None
        """When the countdown is over."""
        self._by_hand = False
        self._right_since: float | None = None
        self._right_at = float("-inf")
        self._hint_at = float("-inf")

    @property
    def state(self) -> PhotoState:
        """How it is now."""
        with self._news:
            return self._view.state

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def view(self, after: int, timeout_s: float) -> View | None:
        """The freshest look once there is a newer one than `after`; None if none came in time."""
        with self._news:
            self._news.wait_for(
                lambda: self._view.number > after or self._view.state.phase is Phase.CLOSED,
                timeout_s,
            )
            fresh = self._view.number > after and self._view.state.phase is not Phase.CLOSED
            return self._view if fresh else None

    def shoot(self) -> None:
        """Count down and take the picture, even if something could be better."""
        if self.state.phase is Phase.LOOKING:
            self._pressed.set()

    def retake(self) -> None:
        """Forget the shot and look again."""
        if self.state.phase is Phase.SHOT:
            self._tell(PhotoState(phase=Phase.LOOKING))
            self._woken.set()

    def accept(self) -> bytes | None:
        """The photo, and the end of the session."""
        shot = self.state.shot
        self.close()
        return shot

    def close(self) -> None:
        """Forget everything seen; the session's thread looks no more."""
        with self._news:
            self._view = View(self._view.number + 1, b"", PhotoState(phase=Phase.CLOSED))
            self._news.notify_all()
        self._woken.set()

    def join(self, timeout_s: float) -> None:
        """Wait for the last look, after `close`."""
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def step(self) -> float:
        """Look once; answers the seconds until the next look. For the session's own thread."""
        if self.state.phase is Phase.SHOT:
            return _REST_S
        try:
            eye = self._opened()
            frame = eye.look(_FRAME_S, self._monotonic())
            if frame is None:
                return self._stumble(eye.trouble)
            self._see(eye, frame)
        except HardwareError as error:
            return self._stumble(error.code)
        return _PACE_S

    # --- The session's own thread ------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self.state.phase is not Phase.CLOSED:
                self._woken.clear()
                self._woken.wait(self._attempt())
        finally:
            if self._eye is not None:
                self._eye.close()
                self._eye = None

    def _attempt(self) -> float:
        try:
            return self.step()
        except Exception:  # noqa: BLE001 - the edge of the loop
            _log.exception("photo_failed")
            return self._stumble(Detail.BROKEN)

    def _opened(self) -> Eye:
        if self._eye is None:
            from kiosk.photo.eye import Eye  # noqa: PLC0415 - OpenCV is loaded when it is needed

            self._eye = Eye(self._camera, self._judge)
        return self._eye

    def _stumble(self, trouble: Detail) -> float:
        self._forget_countdown()
        warm = self._monotonic() - self._began_at >= _WARM_UP_S
        if warm or self.state.phase is not Phase.STARTING:
            self._tell(PhotoState(phase=Phase.TROUBLE, trouble=trouble))
        return _AWAY_S

    def _see(self, eye: Eye, frame: Frame) -> None:
        """Judge a frame, show it, and take it where its time has come."""
        judgement = eye.judge(frame)
        now = self._monotonic()
        self._note(judgement, now)
        # The light of the preview is that of the photo.
        eye.hold_light(held=self._ends_at is not None)
        if self._is_due(judgement, now):
            self._take(eye, frame, judgement)
            return
        state = PhotoState(
            phase=Phase.LOOKING if self._ends_at is None else Phase.COUNTING,
            hint=self._steady_hint(judgement, now),
            countdown=None if self._ends_at is None else max(1, ceil(self._ends_at - now)),
        )
        self._tell(state, eye.preview(frame))

    def _note(self, judgement: Judgement, now: float) -> None:
        """Begin a countdown when all was right for a moment; call it off when it is no longer."""
        if self._pressed.is_set():
            self._pressed.clear()
            self._by_hand = True
            self._ends_at = self._ends_at or now + self._settings.countdown_s
        if judgement.verdict is Verdict.OK:
            self._right_at = now
            self._right_since = now if self._right_since is None else self._right_since
        elif now - self._right_at > _BLINK_S:
            self._right_since = None
            if not self._by_hand:
                self._ends_at = None
        held = self._right_since is not None and now - self._right_since >= self._settings.hold_s
        if self._settings.automatic and held and self._ends_at is None:
            self._ends_at = now + self._settings.countdown_s

    def _is_due(self, judgement: Judgement, now: float) -> bool:
        """A countdown ends with the first good frame; one by hand waits for it but a moment."""
        if self._ends_at is None or now < self._ends_at:
            return False
        patience_over = self._by_hand and now >= self._ends_at + _BLINK_S
        return judgement.verdict is Verdict.OK or patience_over

    def _take(self, eye: Eye, frame: Frame, judgement: Judgement) -> None:
        self._forget_countdown()
        if judgement.crop is None:
            self._tell(PhotoState(phase=Phase.LOOKING, hint=Hint.NO_FACE), eye.preview(frame))
            return
        shot = eye.cut(frame, judgement.crop)
        self._tell(PhotoState(phase=Phase.SHOT, shot=shot, doubts=judgement.hints))

    def _steady_hint(self, judgement: Judgement, now: float) -> Hint | None:
        """The gravest hint; the last one stays while it can hardly have been read."""
        last, wanted = self.state.hint, next(iter(judgement.hints), None)
        if wanted != last and now - self._hint_at < _SAME_HINT_S:
            return last
        if wanted != last:
            self._hint_at = now
        return wanted

    def _forget_countdown(self) -> None:
        self._pressed.clear()
        self._ends_at, self._by_hand, self._right_since = None, False, None
        self._right_at = float("-inf")
        if self._eye is not None:
            self._eye.hold_light(held=False)

    def _tell(self, state: PhotoState, jpeg: bytes = b"") -> None:
        with self._news:
            before = self._view.state
            if before.phase is Phase.CLOSED:
                return
            self._view = View(self._view.number + 1, jpeg, state)
            self._news.notify_all()
        if _screen(before) != _screen(state):
            self._changed(state)


def _screen(state: PhotoState) -> PhotoState:
    """A state without what changes from frame to frame."""
    phase = Phase.LOOKING if state.phase is Phase.COUNTING else state.phase
    return replace(state, phase=phase, hint=None, countdown=None)
