"""A scanner on a serial line: RS-232, or USB that looks like it (CDC ACM, FTDI and others)."""

from __future__ import annotations

import termios
from pathlib import Path
from select import POLLIN, poll
from time import monotonic
from typing import Final, Literal

import serial
from pydantic import Field

from hardware.contracts import Now
from hardware.scanner_stream import LineScanner, LineSettings, Piece

FOLDER: Final = Path("/dev/serial/by-id")

_AT_ONCE: Final = 4096
_PARITIES: Final = {
    "none": serial.PARITY_NONE,
    "even": serial.PARITY_EVEN,
    "odd": serial.PARITY_ODD,
}


class Settings(LineSettings):
    """Which scanner, by its name in /dev/serial/by-id or by a whole path, and how it sends."""

    port: str = Field(min_length=1)
    """Its link in /dev/serial/by-id."""
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    """Speed of the line, as the scanner is set."""
    parity: Literal["none", "even", "odd"] = "none"
    """Parity bit of the line, as the scanner is set."""
    data_bits: Literal[7, 8] = 8
    """Data bits of a sign, as the scanner is set."""


def connect(settings: Settings, now: Now) -> LineScanner:
    """The scanner; its port is opened when it is first read."""
    return LineScanner(lambda: SerialStream(settings), settings, now)


class SerialStream:
    """An open port, for this program alone."""

    def __init__(self, settings: Settings) -> None:
        self._port = _opened(settings)
        self._poll = poll()
        self._poll.register(self._port.fileno(), POLLIN)

    def receive(self, timeout_s: float) -> list[Piece]:
        """What was sent; waits up to `timeout_s`. Raises `OSError` once it is unplugged."""
        if not self._poll.poll(timeout_s * 1000):
            return []
        data = self._port.read(_AT_ONCE)
        return [Piece(data, monotonic())] if data else []

    def close(self) -> None:
        """Close the port."""
        self._port.close()


def _opened(settings: Settings) -> serial.Serial:
    try:
        return serial.Serial(
            str(FOLDER / settings.port),
            baudrate=settings.baud,
            bytesize=settings.data_bits,
            parity=_PARITIES[settings.parity],
            timeout=0,
            exclusive=True,
        )
    except termios.error as error:
        # Unplugged in the middle of being set up.
        raise OSError(*error.args) from error
