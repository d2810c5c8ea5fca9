"""What a station and the process that owns a lane say to each other, over a Unix socket.

A line of JSON each way: {"do": "open_once", "direction": "in"} is answered by
{"health": {...}} or {"error": code, "text": ...}; {"do": "signals", "timeout_s": 0.25} also
by "signals": [[kind, direction, at], ...]. Both ends are ours and of one version; lines are
bounded all the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from hardware.contracts import (
    DeviceClosed,
    DeviceMissing,
    Direction,
    HardwareError,
    Health,
    HealthState,
    LaneSignal,
    SignalKind,
)

DEFAULT_SOCKET: Final = Path("/run/lystok/lane.sock")
LONGEST_LINE: Final = 65_536
LONGEST_WAIT_S: Final = 5.0

_ERRORS: Final = {error.code.value: error for error in (DeviceClosed, DeviceMissing)}


def packed(message: Mapping[str, Any]) -> bytes:
    """A message as the line that is sent."""
    return json.dumps(message).encode() + b"\n"


def unpacked(line: bytes) -> dict[str, Any]:
    """The message in a line; raises ValueError."""
    try:
        message = json.loads(line)
    except RecursionError as error:
        raise ValueError("a message is flat") from error
    if isinstance(message, dict):
        return message
    raise ValueError("a message is an object")


def pack_health(health: Health) -> list[str | None]:
    """A state of health as plain values."""
    seen_at = None if health.seen_at is None else health.seen_at.isoformat()
    return [health.state, health.detail_code, seen_at]


def read_health(parts: Any) -> Health:
    """The state of health in plain values; raises ValueError, TypeError."""
    state, detail, seen_at = parts
    seen = None if seen_at is None else datetime.fromisoformat(seen_at)
    return Health(HealthState(state), str(detail), seen)


def pack_signal(signal: LaneSignal) -> list[str | None]:
    """A signal as plain values."""
    return [signal.kind, signal.direction, signal.at.isoformat()]


def read_signal(parts: Any) -> LaneSignal:
    """The signal in plain values; raises ValueError, TypeError."""
    kind, direction, at = parts
    way = None if direction is None else Direction(direction)
    return LaneSignal(SignalKind(kind), way, datetime.fromisoformat(at))


def pack_error(error: HardwareError) -> dict[str, Any]:
    """What went wrong, as an answer."""
    return {"error": error.code, "text": str(error)}


def raise_error(answer: Mapping[str, Any]) -> None:
    """Raise what an answer tells went wrong, if anything did."""
    if "error" in answer:
        kind = _ERRORS.get(str(answer["error"]), DeviceMissing)
        raise kind(str(answer.get("text", "")))
