"""Scanners that send lines, whatever they send them through: a `Scanner` over any stream.

The stream is opened when the scanner is first read, and again after it broke.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from errno import EACCES, EAGAIN, EBUSY, EPERM
from time import monotonic
from typing import Annotated, Final, Protocol

from pydantic import AfterValidator, Field

from hardware.contracts import CodeFormat, DeviceMissing, DeviceOffline, Now, RetryLater, Scan
from hardware.plugged import Plugged
from hardware.scanner_lines import EndsBy, LineAssembler, LineRules, Repeats
from hardware.settings import DriverSettings

_MOST_PIECES: Final = 64
"""How often the device is asked in one go; one that never falls silent holds up nobody."""

_WITHHELD: Final = frozenset({EACCES, EAGAIN, EBUSY, EPERM})


def _fits_a_line(text: str) -> str:
    if not text.isascii() or set(text) & set("\r\n\t"):
        raise ValueError("ASCII characters, without CR, LF and Tab: these end a code anyway")
    return text


Mark = Annotated[str, Field(max_length=16), AfterValidator(_fits_a_line)]


class LineSettings(DriverSettings):
    """How the scanner was set up."""

    prefix: Mark = ""
    """What it sends before each code; what comes without it is half a code."""
    suffix: Mark = ""
    """What it sends after each code, before Enter."""
    ends_by: EndsBy = EndsBy.KEY
    """How the end of a code is known: a key such as Enter, or a pause."""
    pause_s: float = Field(default=0.3, ge=0.02, le=5)
    """The longest time between two characters of one code."""
    away_s: float = Field(default=2.0, ge=0, le=60)
    """A code that was not sent for so long counts as shown again."""

    @property
    def rules(self) -> LineRules:
        """The same for `LineAssembler`."""
        return LineRules(self.prefix.encode(), self.suffix.encode(), self.pause_s, self.ends_by)


@dataclass(frozen=True, slots=True)
class Piece:
    """What arrived at one moment of `time.monotonic()`; `lost` if something went missing."""

    data: bytes
    at_s: float
    lost: bool = False


class Stream(Protocol):
    """A device that is plugged in. Every `OSError` means that it no longer is."""

    def receive(self, timeout_s: float) -> list[Piece]:
        """What arrived; waits for it up to `timeout_s`. An empty list: nothing was waiting."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class LineScanner(Plugged[Scan]):
    """A `Scanner` over streams that `plug` opens, a new one after each time it was unplugged."""

    def __init__(self, plug: Callable[[], Stream], settings: LineSettings, now: Now) -> None:
        super().__init__(now)
        self._plug = plug
        self._lines = LineAssembler(settings.rules)
        self._repeats = Repeats(settings.away_s)
        self._stream: Stream | None = None

    def _look(self, timeout_s: float) -> None:
        try:
            self._stream = self._stream or self._plug()
            self._receive(self._stream, timeout_s)
        except OSError as error:
            self._unplug()
            raise _trouble(error) from error

    def _receive(self, stream: Stream, timeout_s: float) -> None:
        due_s = self._lines.due_s
        until_due_s = timeout_s if due_s is None else max(due_s - monotonic(), 0) + 0.001
        wait_s = min(timeout_s, until_due_s)
        for _ in range(_MOST_PIECES):
            pieces = stream.receive(wait_s)
            wait_s = 0
            if not pieces:
                # Only now: while more was waiting, the rest of a code may have been there.
                self._take(self._lines.pause(monotonic()), monotonic())
                break
            self._assemble(pieces)

    def _assemble(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            self._take(self._lines.feed(piece.data, piece.at_s), piece.at_s)
            if piece.lost:
                self._lines.spoil()

    def _take(self, codes: list[bytes], at_s: float) -> None:
        for code in codes:
            if self._repeats.is_new(code, at_s):
                at = self._now() - timedelta(seconds=max(monotonic() - at_s, 0))
                self._new.append(Scan(code, CodeFormat.UNKNOWN, at))

    def _unplug(self) -> None:
        stream, self._stream = self._stream, None
        self._lines.forget()
        if stream:
            with suppress(OSError):
                stream.close()


def _trouble(error: OSError) -> RetryLater:
    """What it means that a device could not be opened or read."""
    if error.errno in _WITHHELD:
        return DeviceOffline(f"the scanner is there, but this program may not use it: {error}")
    return DeviceMissing(f"the scanner is not there: {error}")
