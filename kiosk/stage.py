"""The one screen that a station shows at a time, who looks at it, and when it resets."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from hardware.abilities import HintCode
from kiosk.config import ScreenSettings
from kiosk.screens import Hold, Screen


class Ease(StrEnum):
    """What makes a screen easier for somebody."""

    CONTRAST = "contrast"
    LARGE = "large"
    ALOUD = "aloud"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A screen as it is shown."""

    screen: Screen
    language: str
    eased: frozenset[Ease] = frozenset()
    """What the person before it has switched on."""
    hint: HintCode | None = None
    """Why the code that is being held to the scanner is not read."""
    serial: int
    """Grows with every new screen: a press on one that is gone does nothing."""
    version: int
    """Grows with every change."""
    resets_at: float | None
    """On the stage's clock; None where it stays."""


@dataclass(frozen=True, slots=True)
class Read:
    """A code or a card was read; what it means is not decided yet."""

    number: int
    """Grows with every one."""
    at: datetime | None = None


class Stage:
    """Holds the present screen; `monotonic` is its clock in seconds."""

    def __init__(
        self,
        first: Screen,
        settings: ScreenSettings,
        language: str,
        monotonic: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._language = language
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._closed = False
        self._read = Read(0)
        self._shown = Shown(screen=first, language=language, serial=1, version=1, resets_at=None)

    @property
    def shown(self) -> Shown:
        """What is shown now."""
        with self._changed:
            return self._shown

    @property
    def last_read(self) -> Read:
        """What was read last."""
        with self._changed:
            return self._read

    def note_read(self, at: datetime) -> None:
        """Let whoever looks know at once that something was read (within 100 ms)."""
        with self._changed:
            self._read = Read(self._read.number + 1, at)
            self._changed.notify_all()

    def show(self, screen: Screen) -> None:
        """Show another screen; an idle one is as the library chose it, for the next person."""
        now = self.shown
        self._put(
            replace(
                now,
                screen=screen,
                language=self._language if screen.is_idle else now.language,
                eased=frozenset() if screen.is_idle else now.eased,
                serial=now.serial + 1,
                resets_at=self._end_of(screen),
            )
        )

    def update(self, screen: Screen) -> None:
        """Change what the present screen shows; its time begins anew."""
        self._put(replace(self.shown, screen=screen, resets_at=self._end_of(screen)))

    def renew(self, screen: Screen) -> None:
        """Put news into an idle screen; a language or an ease that was chosen stays its time."""
        self._put(replace(self.shown, screen=screen))

    def hint(self, code: HintCode | None) -> None:
        """Say why a code is not read, or nothing any more."""
        now = self.shown
        if now.hint != code:
            self._put(replace(now, hint=code))

    def speak(self, language: str) -> None:
        """Say it in another language; an idle screen returns to the library's own in time."""
        self._suit(replace(self.shown, language=language))

    def ease(self, what: Ease) -> None:
        """Switch high contrast, large text or reading aloud on or off."""
        now = self.shown
        self._suit(replace(now, eased=now.eased ^ {what}))

    def _suit(self, shown: Shown) -> None:
        ends = self._end_of(shown.screen)
        if shown.screen.is_idle and (shown.language != self._language or shown.eased):
            ends = self._monotonic() + self._settings.choice_s
        self._put(replace(shown, resets_at=ends))

    def give_time(self) -> None:
        """Somebody needs more time."""
        now = self.shown
        if now.resets_at is not None:
            ends = self._monotonic() + self._settings.more_s
            self._put(replace(now, resets_at=ends))

    def stay(self) -> None:
        """Somebody types, scrolls or goes from control to control: the time begins anew."""
        now = self.shown
        ends = self._end_of(now.screen)
        if now.resets_at is not None and ends is not None and ends > now.resets_at:
            self._put(replace(now, resets_at=ends))

    def remaining_s(self) -> float | None:
        """Seconds until the reset; None where there is none to come."""
        ends = self.shown.resets_at
        return None if ends is None else max(0.0, ends - self._monotonic())

    def wait(self, after_version: int, timeout_s: float) -> Shown | None:
        """What is shown once it is newer; None after the time, or when the stage closed."""
        return self.news(after_version, self.last_read.number, timeout_s)[0]

    def news(
        self, after_version: int, after_read: int, timeout_s: float
    ) -> tuple[Shown | None, Read | None]:
        """What is shown and what was read, each where it is newer; nothing after the time."""

        def found() -> tuple[Shown | None, Read | None]:
            return (
                self._shown if self._shown.version > after_version else None,
                self._read if self._read.number > after_read else None,
            )

        with self._changed:
            self._changed.wait_for(lambda: self._closed or any(found()), timeout_s)
            return found()

    @property
    def closed(self) -> bool:
        """Whether the station ends."""
        with self._changed:
            return self._closed

    def close(self) -> None:
        """Let everybody go who looks."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _end_of(self, screen: Screen) -> float | None:
        settings = self._settings
        held = {
            Hold.RESULT: settings.result_s,
            Hold.CHOICE: settings.choice_s,
            Hold.READING: settings.reading_s,
        }
        if screen.hold is Hold.ALWAYS:
            return None
        return self._monotonic() + held[screen.hold]

    def _put(self, shown: Shown) -> None:
        with self._changed:
            self._shown = replace(shown, version=self._shown.version + 1)
            self._changed.notify_all()
