"""A lane that another process owns: `hardware.lane_daemon`, over its Unix socket.

Two lines to it, so that a passage is never granted late because somebody waits for signals.
A daemon that is away is called again each time that something is asked.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final

from pydantic import Field

from hardware.contracts import (
    Buzz,
    Detail,
    DeviceClosed,
    DeviceMissing,
    Direction,
    Health,
    HealthState,
    LampState,
    LaneSignal,
    Now,
)
from hardware.lane_wire import (
    DEFAULT_SOCKET,
    LONGEST_LINE,
    LONGEST_WAIT_S,
    packed,
    raise_error,
    read_health,
    read_signal,
    unpacked,
)
from hardware.settings import DriverSettings

_ANSWERS_S: Final = 2.0


class Settings(DriverSettings):
    """Where the lane's process listens."""

    socket: Path = Field(default=DEFAULT_SOCKET)
    """Where the lane's process listens, as its own file says."""


def connect(settings: Settings, now: Now) -> LaneClient:
    """The lane; its process is called when something is asked."""
    return LaneClient(settings, now)


class LaneClient:
    """A `Lane` at the other end of a socket."""

    def __init__(self, settings: Settings, now: Now) -> None:
        self._now = now
        self._orders = _Line(settings.socket)
        self._ears = _Line(settings.socket)
        self._closed = False
        self._health = Health(HealthState.UNKNOWN, Detail.NOT_TRIED, None)

    def open_once(self, direction: Direction) -> None:
        """Unlock for one person; see `Lane`."""
        self._order("open_once", direction=direction)

    def hold_open(self) -> None:
        """Unlock both ways."""
        self._order("hold_open")

    def release(self) -> None:
        """Free the way out, lock the way in."""
        self._order("release")

    def shut(self) -> None:
        """Lock both ways."""
        self._order("shut")

    def reset(self) -> None:
        """Shut by hand; see `Lane`."""
        self._order("reset")

    def show(self, lamps: LampState) -> None:
        """Set the lamps."""
        self._order("show", lamps=lamps)

    def buzz(self, sound: Buzz) -> None:
        """Sound the buzzer."""
        self._order("buzz", sound=sound)

    def signals(self, timeout_s: float) -> tuple[LaneSignal, ...]:
        """What the sensors said; waits `LONGEST_WAIT_S` at most."""
        wait_s = min(timeout_s, LONGEST_WAIT_S)
        answer = self._ask(self._ears, wait_s, do="signals", timeout_s=wait_s)
        try:
            return tuple(map(read_signal, answer["signals"]))
        except (KeyError, TypeError, ValueError) as error:
            raise DeviceMissing(
                f"the lane's process answers what nobody understands: {error}"
            ) from error

    def health(self) -> Health:
        """What the lane's process said last."""
        return self._health

    def close(self) -> None:
        """Leave the lane: its process sets safe levels."""
        if not self._closed:
            with suppress(DeviceMissing):
                self._orders.ask(_ANSWERS_S, {"do": "leave"})
        self._closed = True
        self._orders.close()
        self._ears.close()
        self._health = Health(HealthState.UNKNOWN, Detail.CLOSED, self._health.seen_at)

    def _order(self, act: str, **words: str) -> None:
        self._ask(self._orders, 0, do=act, **words)

    def _ask(self, line: _Line, wait_s: float, **message: Any) -> dict[str, Any]:
        if self._closed:
            raise DeviceClosed("the lane's driver is closed")
        try:
            answer = line.ask(wait_s + _ANSWERS_S, message)
            self._health = read_health(answer["health"])
        except (DeviceMissing, KeyError, TypeError, ValueError) as error:
            self._health = Health(HealthState.FAILED, Detail.MISSING, self._health.seen_at)
            raise DeviceMissing(f"the lane's process: {error}") from error
        raise_error(answer)
        return answer


class _Line:
    """A connection that is made when it is needed, for one question at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._socket: socket.socket | None = None

    def ask(self, within_s: float, message: dict[str, Any]) -> dict[str, Any]:
        """The answer; raises `DeviceMissing` where there is none, ValueError for nonsense."""
        with self._lock:
            try:
                self._socket = self._socket or self._called()
                self._socket.settimeout(within_s)
                self._socket.sendall(packed(message))
                return unpacked(self._received(self._socket))
            except (OSError, ValueError) as error:
                self._hang_up()
                raise DeviceMissing(str(error)) from error

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            self._hang_up()

    def _called(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.settimeout(_ANSWERS_S)
            line.connect(str(self._path))
        except OSError:
            line.close()
            raise
        return line

    def _received(self, line: socket.socket) -> bytes:
        data = b""
        while not data.endswith(b"\n") and len(data) < LONGEST_LINE:
            piece = line.recv(LONGEST_LINE)
            if not piece:
                raise ConnectionError("it hung up")
            data += piece
        return data

    def _hang_up(self) -> None:
        line, self._socket = self._socket, None
        if line:
            line.close()
