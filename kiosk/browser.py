"""The browser of a station, kept at its page: begun anew when it ends, crashes or hangs (fault 26).

The page beats twice a second. Each beat waits for a lock that the browser's own process hands out,
so that a hang of either is silence. A browser that is silent is killed with all its processes; its
profile is thrown away, so that nothing of a person outlives it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, Final

import requests
import structlog

_log = structlog.get_logger()

SILENT_S: Final = 2.0
"""A page that was heard and is silent for so long hangs."""
FIRST_S: Final = 20.0
"""So long may a browser take to be heard at all; a Pi is slow after power-on."""
_LOOK_S: Final = 0.25
_SHORT_S: Final = 3.0
_PAUSE_S: Final = 1.0
_ANSWERS_S: Final = 1.0
_PROGRAMS: Final = ("chromium", "chromium-browser")

FLAGS: Final = (
    "--kiosk",
    "--start-fullscreen",
    "--no-first-run",
    "--no-default-browser-check",
    "--noerrdialogs",
    "--disable-infobars",
    "--disable-session-crashed-bubble",
    "--hide-crash-restore-bubble",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-dev-tools",
    "--disable-pinch",
    "--overscroll-history-navigation=0",
    "--password-store=basic",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=Translate,TouchpadOverscrollHistoryNavigation,TabHoverCardImages",
    # Over Xwayland: as a Wayland client Chromium 156 dies at once under Debian 12's cage.
    "--ozone-platform=x11",
)


class NoBrowser(FileNotFoundError):
    """Chromium is not installed."""


def command(url: str, profile: Path, more: Sequence[str] = ()) -> list[str]:
    """How the browser is started. Raises NoBrowser."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise NoBrowser("Chromium is not installed: apt install chromium")
    # A window of one page has no tabs, and leaves every key to the page.
    return [program, *FLAGS, *more, f"--user-data-dir={profile}", f"--app={url}"]


class Beats:
    """When the page was last heard; any thread may tell and ask."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._heard_s: float | None = None

    def beat(self) -> None:
        """It is there."""
        self._heard_s = self._clock_s()

    @property
    def age_s(self) -> float | None:
        """Seconds since the last beat, None before the first."""
        heard_s = self._heard_s
        return None if heard_s is None else self._clock_s() - heard_s


def ask_station(url: str, token_file: Path) -> float | None:
    """How long ago the station heard its page; None where it never did or does not answer."""
    age_s = _told(f"{url}beat", token_file).get("age_s")
    return None if age_s is None else float(age_s)


def ask_screen(url: str, token_file: Path) -> str | None:
    """The name of the screen that is shown; None where the station does not answer."""
    name = _told(f"{url}state", token_file).get("screen")
    return None if name is None else str(name)


def _told(url: str, token_file: Path) -> dict[str, Any]:
    """What the station answers there; nothing where it does not."""
    try:
        answer = requests.get(
            url, headers={"X-Lystok-Token": token_file.read_text("ascii")}, timeout=_ANSWERS_S
        )
        answer.raise_for_status()
        told = answer.json()
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


class BrowserKeeper:
    """Runs one browser after the other until told to stop."""

    def __init__(
        self, start: Sequence[str], profile: Path, age_s: Callable[[], float | None]
    ) -> None:
        self._start = start
        self._profile = profile
        self._age_s = age_s
        self._stopping = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def run(self) -> None:
        """Keep a browser there; returns after `stop`."""
        while not self._stopping.is_set():
            began_s = monotonic()
            why = self._one_life()
            if self._stopping.is_set():
                return
            _log.warning("browser_begins_anew", because=why)
            if monotonic() - began_s < _SHORT_S:
                # One that can't even begin would take the whole machine.
                self._stopping.wait(_PAUSE_S)

    def stop(self) -> None:
        """End the browser, and this."""
        self._stopping.set()

    def _one_life(self) -> str:
        shutil.rmtree(self._profile, ignore_errors=True)
        self.starts += 1
        started_s, was_heard = monotonic(), False
        # What Chromium has to say is about machines, not about its page.
        with subprocess.Popen(
            self._start,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            self.process = process
            try:
                while not self._stopping.wait(_LOOK_S):
                    if process.poll() is not None:
                        return f"it ended with {process.returncode}"
                    up_s = monotonic() - started_s
                    age_s = self._age_s()
                    # What was heard before this browser began was said by the one before.
                    was_heard = was_heard or (age_s is not None and age_s < up_s)
                    silent_s = up_s if age_s is None else min(age_s, up_s)
                    if was_heard and age_s is not None and silent_s > SILENT_S:
                        return "it hangs"
                    if not was_heard and age_s is not None and up_s > FIRST_S:
                        return "it shows nothing"
                return "told to stop"
            finally:
                _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The browser with all its processes, stopped ones too."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
