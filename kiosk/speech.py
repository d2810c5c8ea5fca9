"""Words read aloud by eSpeak NG: on demand, on this machine, in the person's language.

The page tells which words; what is private (marked by `data-private` in the templates) it leaves
out unless the station's sound goes to headphones alone.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections import OrderedDict
from typing import Final

import structlog

from kiosk.config import SpeechSettings

_log = structlog.get_logger()

_LONGEST_S: Final = 10.0
_KEPT: Final = 64


class Voice:
    """Speaks texts as WAV; phrases without anything private are kept for the next time."""

    def __init__(self, settings: SpeechSettings) -> None:
        self._program = shutil.which(settings.program) if settings.program else None
        self._speed = str(settings.words_per_minute)
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def works(self) -> bool:
        """Whether this machine can speak at all."""
        return self._program is not None

    def say(self, text: str, language: str, *, private: bool) -> bytes:
        """A text as WAV, mono, 16 bits; empty where there is no voice, or it failed."""
        with self._lock:
            known = self._kept.get((language, text))
        if known is not None:
            return known
        sound = self._speak(text, language)
        if sound and not private:
            self._keep((language, text), sound)
        return sound

    def _keep(self, phrase: tuple[str, str], sound: bytes) -> None:
        with self._lock:
            self._kept[phrase] = sound
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)

    def _speak(self, text: str, language: str) -> bytes:
        if self._program is None:
            return b""
        try:
            done = subprocess.run(
                [self._program, "-v", language, "-s", self._speed, "--stdin", "--stdout"],
                input=text.encode(), capture_output=True, timeout=_LONGEST_S, check=True,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            _log.warning("voice_failed", trouble=type(error).__name__)
            return b""
        return done.stdout
