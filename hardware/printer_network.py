"""A slip printer on the network, raw TCP port 9100.

The socket is our own: python-escpos's `Network` connects lazily, knows IPv4 alone, waits
60 s by default, and its `paper_status()` takes an empty answer for "enough paper".
"""

from __future__ import annotations

import socket

from pydantic import Field

from hardware.contracts import DeviceMissing, DeviceSilent, Now
from hardware.escpos_printer import EscposPrinter, PrinterSettings


class Settings(PrinterSettings):
    """Where the printer is."""

    host: str = Field(min_length=1)
    """Name or address of the printer."""
    port: int = Field(default=9100, ge=1, le=65535)
    """Its raw port."""


def connect(settings: Settings, now: Now) -> EscposPrinter:
    """The printer; it is called when something is asked of it."""
    return network_printer(settings.host, settings.port, settings, now)


def network_printer(host: str, port: int, settings: PrinterSettings, now: Now) -> EscposPrinter:
    """A printer of whatever settings at a given address."""
    return EscposPrinter(lambda: TcpLink(host, port, settings.timeout_s), settings, now)


class TcpLink:
    """One connection to a printer."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout_s)
        except TimeoutError as error:
            raise DeviceSilent(f"{host}:{port} does not answer") from error
        except OSError as error:
            raise DeviceMissing(f"{host}:{port}: {error}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes, timeout_s: float) -> None:
        """Send all of `data`."""
        self._socket.settimeout(timeout_s)
        try:
            self._socket.sendall(data)
        except TimeoutError as error:
            raise DeviceSilent("the printer takes no more data") from error
        except OSError as error:
            raise DeviceMissing(f"the connection broke: {error}") from error

    def receive(self, timeout_s: float) -> bytes:
        """What came, nothing if nothing came in time."""
        self._socket.settimeout(max(timeout_s, 0.001))
        try:
            data = self._socket.recv(256)
        except TimeoutError:
            return b""
        except OSError as error:
            raise DeviceMissing(f"the connection broke: {error}") from error
        if not data:
            raise DeviceMissing("the printer hung up")
        return data

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
