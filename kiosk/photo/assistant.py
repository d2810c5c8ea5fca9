"""The photographer in a process of its own, that lives as long as somebody's photo takes.

    assistant = Assistant()          # it comes while the person still reads the question
    assistant.judge(view)            # as `Photographer.judge`
    assistant.close()                # it goes, and all its memory with it

The models take 30 MB in OpenCV's own form, and a third of them would stay with the station for
good. A library that stumbles over a picture takes the assistant with it and not the station: the
next picture calls another one.
"""

from __future__ import annotations

import subprocess
import sys
from multiprocessing.connection import Connection, Pipe
from threading import Lock
from typing import Final, Protocol

from hardware.contracts import DeviceBroken, DeviceClosed, DeviceSilent, Frame, HardwareError
from kiosk.photo.judgement import Judgement

_ANSWERS_S: Final = 15.0
"""Longer than a Pi needs to load library and models."""


class Judge(Protocol):
    """Whoever can say of a picture what is right and wrong in it."""

    def judge(self, frame: Frame) -> Judgement:
        """Judge one picture, rows x columns x BGR."""
        ...


class Assistant:
    """A `Judge`; for one judging thread. Another one may close it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._line = self._called()

    def judge(self, frame: Frame) -> Judgement:
        """Judge one picture.

        Raises `DriverNotInstalled` where the models are missing, `DeviceSilent` where no answer
        comes in time, `DeviceBroken` where the assistant is lost, `DeviceClosed` after `close`.
        """
        try:
            answer = self._answer(frame)
        except (EOFError, OSError) as error:
            self._line = self._called()
            raise DeviceBroken("the photographer is lost") from error
        if answer is None:
            self._line = self._called()
            raise DeviceSilent(f"no judgement within {_ANSWERS_S} s")
        if isinstance(answer, HardwareError):
            raise answer
        return answer

    def close(self) -> None:
        """Send it away; who waits for its judgement hears `DeviceClosed`."""
        with self._lock:
            self._is_closed = True
            self._dismiss()

    def _answer(self, frame: Frame) -> Judgement | HardwareError | None:
        """What comes back; None where nothing does in time."""
        self._line.send(frame)
        return self._line.recv() if self._line.poll(_ANSWERS_S) else None

    def _called(self) -> Connection:
        """Another one, instead of one that is lost."""
        with self._lock:
            if self._is_closed:
                raise DeviceClosed("the photographer has gone")
            self._dismiss()
            ours, theirs = Pipe()
            with theirs:
                words = [sys.executable, "-m", "kiosk.photo.serving", str(theirs.fileno())]
                # In a session of its own: Ctrl-C is the station's.
                self._process = subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            return ours

    def _dismiss(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
