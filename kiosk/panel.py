"""The panel of a station: turned as it hangs, dark while the library is shut.

It speaks to the compositor by `wlr-randr`; touch follows by itself. A panel that is dark wakes when
another screen than "closed" is shown: at the hour, by a scan or a card. A machine without a
compositor, or without that program, keeps its panel as it is.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from time import monotonic
from typing import Final

import structlog

from kiosk.config import ScreenSettings
from kiosk.sync.loop import Loop

_log = structlog.get_logger()

_PROGRAM: Final = "wlr-randr"
_ANSWERS_S: Final = 5.0
_LOOK_S: Final = 2.0
_RARELY_S: Final = 60.0
_SHUT: Final = "closed"


class NoPanel(OSError):
    """The compositor can't be asked; the message says why."""


class Panel:
    """Looks every two seconds what is shown. `screen` names it, or None while nobody tells."""

    def __init__(
        self,
        settings: ScreenSettings,
        screen: Callable[[], str | None],
        clock_s: Callable[[], float] = monotonic,
    ) -> None:
        self._settings = settings
        self._screen = screen
        self._clock_s = clock_s
        self._shut_since_s: float | None = None
        self._is_dark: bool | None = None
        self._said = ""
        self.loop = Loop("panel", self.step)

    def step(self) -> float:
        """Look once; answers the seconds until the next look."""
        dark = self._is_to_be_dark()
        if dark == self._is_dark:
            return _LOOK_S
        try:
            self._show(dark=dark)
        except NoPanel as error:
            if str(error) != self._said:
                self._said = str(error)
                _log.warning("panel_stays", because=self._said)
            return _RARELY_S
        self._is_dark = dark
        _log.info("panel", dark=dark)
        return _LOOK_S

    def _is_to_be_dark(self) -> bool:
        if self._screen() != _SHUT or not self._settings.dark_after_min:
            self._shut_since_s = None
            return False
        now_s = self._clock_s()
        self._shut_since_s = now_s if self._shut_since_s is None else self._shut_since_s
        return now_s - self._shut_since_s >= self._settings.dark_after_min * 60

    def _show(self, *, dark: bool) -> None:
        output = _asked().partition(" ")[0]
        if dark:
            _asked("--output", output, "--off")
            return
        turned = str(self._settings.rotate) if self._settings.rotate else "normal"
        _asked("--output", output, "--on", "--transform", turned)


def _asked(*words: str) -> str:
    try:
        ended = subprocess.run(
            [_PROGRAM, *words], capture_output=True, text=True, check=True, timeout=_ANSWERS_S
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoPanel(f"{_PROGRAM}: {error}") from None
    return ended.stdout
