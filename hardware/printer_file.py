"""A slip printer that is only written to: a file, a device, a folder of jobs, a print queue.

Nobody answers, so nothing is known: health says "unknown" even after a hundred slips, never
"works", and a slip counts as printed when all of it was taken over. For a printer that can
answer choose another driver.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from errno import EAGAIN
from itertools import count
from pathlib import Path
from select import POLLOUT, poll
from threading import Lock
from typing import Final, Self

from PIL import Image
from pydantic import Field, model_validator

from hardware.contracts import (
    Detail,
    DeviceClosed,
    DeviceMissing,
    DeviceSilent,
    HardwareError,
    Health,
    HealthState,
    Now,
    PaperStatus,
    PrintUncertain,
)
from hardware.escpos_job import job
from hardware.escpos_printer import PrinterSettings

_SPOOLER: Final = "lp"
_SPOOLER_S: Final = 10.0
_PRIVATE: Final = 0o640


class Settings(PrinterSettings):
    """Where slips go: `path` or `queue`."""

    path: Path | None = None
    """A device (/dev/usb/lp0) or file that is written to, or a folder: a file for each slip."""
    queue: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}$")
    """A raw queue of the system's spooler."""

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if (self.path is None) == (self.queue is None):
            raise ValueError("one of path and queue is needed")
        return self


def connect(settings: Settings, now: Now) -> BlindPrinter:
    """The printer; nothing is opened before the first slip."""
    return BlindPrinter(settings, now)


class BlindPrinter:
    """A `SlipPrinter` that believes whoever takes its slips."""

    def __init__(self, settings: Settings, now: Now) -> None:
        self._settings = settings
        self._now = now
        self._lock = Lock()
        self._numbers = count(1)
        self._closed = False
        self._health = Health(HealthState.UNKNOWN, Detail.NOT_TRIED, None)

    @property
    def width_dots(self) -> int:
        """How wide a picture may be."""
        return self._settings.width_dots

    def print_picture(self, image: Image.Image) -> None:
        """Hand the slip over, whole; see `SlipPrinter`."""
        settings = self._settings
        data = b"".join(job(image, self.width_dots, settings.cutter, settings.feed_dots))
        with self._lock:
            if self._closed:
                raise DeviceClosed("the printer's driver is closed")
            try:
                self._hand_over()(data)
            except HardwareError as error:
                self._note(error)
                raise
            self._health = Health(HealthState.UNKNOWN, Detail.NO_STATUS, self._now())

    def status(self) -> PaperStatus:
        """Silence, or that there is nothing to write to."""
        if self._closed:
            return PaperStatus.MISSING
        seen_at = self._health.seen_at
        if not self._is_there():
            self._health = Health(HealthState.FAILED, Detail.MISSING, seen_at)
            return PaperStatus.MISSING
        self._health = Health(HealthState.UNKNOWN, Detail.NO_STATUS, seen_at)
        return PaperStatus.SILENT

    def health(self) -> Health:
        """Unknown, or why the last slip was not taken."""
        return self._health

    def close(self) -> None:
        """Use the printer no more."""
        self._closed = True
        self._health = Health(HealthState.UNKNOWN, Detail.CLOSED, self._health.seen_at)

    def _hand_over(self) -> Callable[[bytes], None]:
        path = self._settings.path
        if path is None:
            return self._spool
        return self._keep if path.is_dir() else self._write

    def _is_there(self) -> bool:
        path = self._settings.path
        return path is None or path.exists() or path.parent.is_dir()

    def _note(self, error: HardwareError) -> None:
        because = error.because if isinstance(error, PrintUncertain) else error
        self._health = Health(HealthState.FAILED, because.code, self._health.seen_at)

    def _keep(self, data: bytes) -> None:
        """A file of its own, which nobody can see half written."""
        folder = self._place()
        name = f"slip-{self._now():%Y%m%dT%H%M%S%f}-{next(self._numbers):04}.bin"
        unfinished = folder / f".{name}"
        try:
            unfinished.write_bytes(data)
            unfinished.replace(folder / name)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise DeviceMissing(f"{folder}: {error.strerror}") from error

    def _write(self, data: bytes) -> None:
        path = self._place()
        flags = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY
        create = 0 if path.is_relative_to("/dev") else os.O_CREAT
        try:
            file = os.open(path, flags | create, _PRIVATE)
        except OSError as error:
            raise DeviceMissing(f"{path}: {error.strerror}") from error
        try:
            self._pour(file, data)
        finally:
            os.close(file)

    def _pour(self, file: int, data: bytes) -> None:
        """Write all of it; whoever reads may be slow, but not stand still for `timeout_s`."""
        wait = poll()
        wait.register(file, POLLOUT)
        sent = 0
        try:
            while sent < len(data):
                _await_room(wait, self._settings.timeout_s)
                sent += _written(file, data[sent:])
        except TimeoutError as error:
            raise _after(sent, DeviceSilent("the printer takes no more data")) from error
        except OSError as error:
            raise _after(sent, DeviceMissing(f"the printer went away: {error}")) from error

    def _spool(self, data: bytes) -> None:
        command = [_SPOOLER, "-d", str(self._settings.queue), "-o", "raw", "-"]
        try:
            done = subprocess.run(
                command, input=data, capture_output=True, timeout=_SPOOLER_S, check=False
            )
        except FileNotFoundError as error:
            raise DeviceMissing(f"there is no {_SPOOLER}: install cups-client") from error
        except subprocess.TimeoutExpired as error:
            raise PrintUncertain(DeviceSilent("the spooler does not answer")) from error
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()
            raise DeviceMissing(f"the spooler refused: {said}")

    def _place(self) -> Path:
        path = self._settings.path
        assert path is not None  # noqa: S101 - the settings have one of two
        return path


def _await_room(wait: poll, timeout_s: float) -> None:
    if not wait.poll(timeout_s * 1000):
        raise TimeoutError


def _written(file: int, data: bytes) -> int:
    try:
        return os.write(file, data)
    except OSError as error:
        if error.errno == EAGAIN:
            return 0
        raise


def _after(sent: int, error: HardwareError) -> HardwareError:
    """What an error means when so many bytes had gone."""
    return PrintUncertain(error) if sent else error
