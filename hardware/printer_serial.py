"""A slip printer on a serial line: RS-232, or USB that looks like it.

A slip has some 115 KB, so the line is slower than the printer: at 38,400 baud it gives 53
rows a second, any printer takes 400. What waits in the system's own buffer is kept small,
or a question about the paper would stand behind seconds of picture.
"""

from __future__ import annotations

import termios
from contextlib import suppress
from errno import EACCES, EAGAIN, EBUSY, EPERM
from pathlib import Path
from select import POLLIN, poll
from time import monotonic, sleep
from typing import Final, Literal

import serial
from pydantic import Field

from hardware.contracts import DeviceMissing, DeviceOffline, DeviceSilent, HardwareError, Now
from hardware.escpos_printer import EscposPrinter, PrinterSettings

FOLDER: Final = Path("/dev/serial/by-id")

_PIECE: Final = 256
_LOOKS_EVERY_S: Final = 0.002
_WITHHELD: Final = frozenset({EACCES, EAGAIN, EBUSY, EPERM})
_PARITIES: Final = {
    "none": serial.PARITY_NONE,
    "even": serial.PARITY_EVEN,
    "odd": serial.PARITY_ODD,
}


class Settings(PrinterSettings):
    """Which printer, by its name in /dev/serial/by-id or by a whole path, and its line."""

    port: str = Field(min_length=1)
    """Its link in /dev/serial/by-id."""
    baud: Literal[9600, 19200, 38400, 57600, 115200] = 38400
    """Speed of the line, as the printer is set."""
    parity: Literal["none", "even", "odd"] = "none"
    """Parity bit of the line, as the printer is set."""
    flow: Literal["none", "rts_cts", "xon_xoff"] = "none"
    """Who may pause the line; without, the printer's buffer must hold what it cannot print."""


def connect(settings: Settings, now: Now) -> EscposPrinter:
    """The printer; its port is opened when something is asked of it."""
    return EscposPrinter(lambda: SerialLink(settings), settings, now)


class SerialLink:
    """An open port, for this program alone."""

    def __init__(self, settings: Settings) -> None:
        try:
            self._port = _opened(settings)
            self._port.reset_input_buffer()
        except (OSError, termios.error) as error:
            raise _trouble(settings.port, error) from error
        self._poll = poll()
        self._poll.register(self._port.fileno(), POLLIN)

    def send(self, data: bytes, timeout_s: float) -> None:
        """Send all of `data`; each piece of it may take `timeout_s`."""
        try:
            for start in range(0, len(data), _PIECE):
                self._send(data[start : start + _PIECE], timeout_s)
        except serial.SerialTimeoutException as error:
            raise DeviceSilent("the printer takes no more data") from error
        except (OSError, termios.error) as error:
            raise DeviceMissing(f"the line broke: {error}") from error

    def receive(self, timeout_s: float) -> bytes:
        """What came, nothing if nothing came in time."""
        try:
            if not self._poll.poll(timeout_s * 1000):
                return b""
            return bytes(self._port.read(256))
        except (OSError, termios.error) as error:
            raise DeviceMissing(f"the line broke: {error}") from error

    def close(self) -> None:
        """Let go of the port."""
        with suppress(OSError, termios.error):
            self._port.close()

    def _send(self, piece: bytes, timeout_s: float) -> None:
        """Send a piece, and wait until less than one is still on its way."""
        self._port.write(piece)
        deadline_s = monotonic() + timeout_s
        while self._port.out_waiting >= _PIECE:
            if monotonic() > deadline_s:
                raise serial.SerialTimeoutException
            sleep(_LOOKS_EVERY_S)


def _opened(settings: Settings) -> serial.Serial:
    return serial.Serial(
        str(FOLDER / settings.port),
        baudrate=settings.baud,
        parity=_PARITIES[settings.parity],
        rtscts=settings.flow == "rts_cts",
        xonxoff=settings.flow == "xon_xoff",
        timeout=0,
        write_timeout=settings.timeout_s,
        exclusive=True,
    )


def _trouble(port: str, error: Exception) -> HardwareError:
    """What it means that a port could not be opened."""
    if getattr(error, "errno", None) in _WITHHELD:
        return DeviceOffline(f"{port} is there, but this program may not use it: {error}")
    return DeviceMissing(f"{port}: {error}")
