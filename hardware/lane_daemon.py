"""The lane as a process of its own, which needs no network, database or screen.

    lystok lane run --config lane.toml

It owns the pins, deals with fire by itself, and listens on a Unix socket for a station. A
station that is gone, or says nothing for `silent_s`, leaves safe levels behind; so does
this process when it ends for whatever reason that a program can notice. Where it was killed
outright, `lystok lane safe` sets the levels: the unit runs it after every stop.
"""

from __future__ import annotations

import logging
import signal
import socket
import tomllib
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, Final, Protocol, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hardware import factory, service_manager
from hardware.contracts import (
    Buzz,
    DeviceMissing,
    Direction,
    HardwareError,
    HealthState,
    LampState,
    Lane,
)
from hardware.factory import Kind
from hardware.lane_lines import LineLevels, levels
from hardware.lane_lines import Settings as Lines
from hardware.lane_wire import (
    DEFAULT_SOCKET,
    LONGEST_LINE,
    LONGEST_WAIT_S,
    pack_error,
    pack_health,
    pack_signal,
    packed,
    unpacked,
)

_LOG: Final = logging.getLogger(__name__)
_OURS_AND_GROUP: Final = 0o660
_WATCH_S: Final = 0.2
_ALIVE_EVERY_S: Final = 0.5
_STALE_S: Final = 2.0


class OwnedLane(Lane, Protocol):
    """A lane that can be left without being closed."""

    def leave(self) -> None:
        """Safe levels until the next command."""
        ...


class LaneConfig(BaseModel):
    """Where the process listens, and the lane that it owns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lane: dict[str, Any]
    """The lane with its driver: `gpio`, or `simulator` for trials."""
    socket: Path = DEFAULT_SOCKET
    """Where stations reach it."""
    silent_s: float = Field(default=3.0, ge=0.2, le=60)
    """A station that asks nothing for so long counts as gone."""

    @field_validator("lane")
    @classmethod
    def _lane_is_right(cls, lane: dict[str, Any]) -> dict[str, Any]:
        faults = list(factory.check(Kind.LANE, lane))
        if lane.get("driver") == "daemon":
            faults.append("driver: this process is the daemon, name the lane that it owns")
        if faults:
            raise ValueError("; ".join(faults))
        return lane


def load(path: Path) -> LaneConfig:
    """Read a configuration; raises OSError, tomllib.TOMLDecodeError, pydantic.ValidationError."""
    with path.open("rb") as file:
        return LaneConfig.model_validate(tomllib.load(file))


def open_lane(config: LaneConfig) -> OwnedLane:
    """The lane that is named, in its safe levels."""
    lane = factory.make_lane(config.lane, lambda: datetime.now(UTC))
    return cast(OwnedLane, lane)


class LaneHost:
    """Serves one lane on a socket while it runs; leaves it when nobody drives it."""

    def __init__(
        self, lane: OwnedLane, path: Path, silent_s: float, clock_s: Callable[[], float] = monotonic
    ) -> None:
        self._lane = lane
        self._path = path
        self._silent_s = silent_s
        self._clock_s = clock_s
        self._heard_s: float | None = None
        self._lock = Lock()
        self._closing = Event()
        self._lines: set[socket.socket] = set()
        self._listener = _listening(path)
        for work in (self._accept, self._watch):
            Thread(target=work, daemon=True).start()

    def close(self) -> None:
        """Hang up and listen no more; the lane stays whose it is."""
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._path.unlink(missing_ok=True)
        with self._lock:
            for line in self._lines:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._lines.add(line)
            Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with closing(line), suppress(OSError), line.makefile("rb") as questions:
            while question := questions.readline(LONGEST_LINE):
                line.sendall(packed(self._answer(question)))
        with self._lock:
            self._lines.discard(line)

    def _answer(self, question: bytes) -> dict[str, Any]:
        try:
            answer = self._obey(unpacked(question))
        except HardwareError as error:
            answer = pack_error(error)
        except (KeyError, TypeError, ValueError) as error:
            answer = {"error": "settings", "text": f"nobody understands that: {error}"}
        return answer | {"health": pack_health(self._lane.health())}

    def _obey(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a station asks; whoever gives orders drives the lane from now on."""
        lane = self._lane
        with self._lock:
            self._heard_s = None if question["do"] == "leave" else self._clock_s()
        match question["do"]:
            case "open_once":
                lane.open_once(Direction(question["direction"]))
            case "hold_open":
                lane.hold_open()
            case "release":
                lane.release()
            case "shut":
                lane.shut()
            case "reset":
                lane.reset()
            case "leave":
                lane.leave()
            case "show":
                lane.show(LampState(question["lamps"]))
            case "buzz":
                lane.buzz(Buzz(question["sound"]))
            case "signals":
                return self._listen(float(question["timeout_s"]))
            case other:
                raise ValueError(f"no such order: {other!r}")
        return {}

    def _listen(self, timeout_s: float) -> dict[str, Any]:
        said = self._lane.signals(min(max(timeout_s, 0), LONGEST_WAIT_S, self._silent_s / 2))
        return {"signals": [pack_signal(signal) for signal in said]}

    def _watch(self) -> None:
        """Leave the lane when the station has gone quiet."""
        while not self._closing.wait(min(_WATCH_S, self._silent_s / 4)):
            with self._lock:
                heard_s = self._heard_s
                quiet = heard_s is not None and self._clock_s() - heard_s > self._silent_s
                if quiet:
                    self._heard_s = None
            if quiet:
                _LOG.warning("the station is gone: the lane is left in safe levels")
                with suppress(HardwareError):
                    self._lane.leave()


def _listening(path: Path) -> socket.socket:
    """A socket at `path`, for this user and group; one that nobody serves is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _refuse_second(path)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(_OURS_AND_GROUP)
    listener.listen(8)
    return listener


def _refuse_second(path: Path) -> None:
    """Raise if another process serves this socket: a lane has one owner."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return
    raise FileExistsError(f"another process serves {path}")


def run(config: LaneConfig) -> None:
    """Own the lane until SIGTERM or SIGINT; then and after any error, safe levels."""
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with closing(open_lane(config)) as lane:
        host = LaneHost(lane, config.socket, config.silent_s)
        service_manager.tell(service_manager.READY)
        with closing(host):
            while not ended.wait(_ALIVE_EVERY_S):
                if _is_alive(lane):
                    service_manager.tell(service_manager.ALIVE)


def _is_alive(lane: Lane) -> bool:
    """Whether a lane that works was really looked at a moment ago."""
    health = lane.health()
    if health.state is not HealthState.WORKS or health.seen_at is None:
        return True
    return (datetime.now(UTC) - health.seen_at).total_seconds() < _STALE_S


def make_safe(config: LaneConfig) -> None:
    """Set the safe levels once, for a lane that nobody owns any more; raises `DeviceMissing`."""
    with closing(open_lane(config)) as lane:
        if lane.health().state is HealthState.FAILED:
            raise DeviceMissing("the lane's lines cannot be driven: there are no pins")


def told_levels(config: LaneConfig) -> str:
    """The levels of every output as a table for people; a simulated lane has none."""
    if config.lane["driver"] != "gpio":
        return "this lane has no lines"
    told = levels(Lines.model_validate(config.lane))
    names = [field.name for field in fields(LineLevels)]
    cells = [names, *([str(cell) for cell in astuple(line)] for line in told)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(_aligned(row, widths) for row in cells)


def _aligned(cells: list[str], widths: list[int]) -> str:
    pairs = zip(cells, widths, strict=True)
    return "  ".join(cell.ljust(width) for cell, width in pairs).rstrip()
