"""What went over the wire, kept in memory for the technician and the vendor; names are hidden."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from server.library_systems.sip2.message import masked

_KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class Heard:
    """One message on the wire."""

    at: datetime
    sent: bool
    """By us; otherwise by the other side."""
    text: str
    """With everything hidden that may tell of a person."""


class WireRecorder:
    """Keeps the last 200 messages. Only masked text ever stays."""

    def __init__(self, charset: str, now: Callable[[], datetime]) -> None:
        self._charset = charset
        self._now = now
        self._kept: deque[Heard] = deque(maxlen=_KEPT)

    def sent(self, frame: bytes) -> None:
        """To the other side."""
        self._keep(frame, sent=True)

    def received(self, frame: bytes) -> None:
        """From the other side."""
        self._keep(frame, sent=False)

    def __iter__(self) -> Iterator[Heard]:
        """The oldest first."""
        return iter(tuple(self._kept))

    def _keep(self, frame: bytes, *, sent: bool) -> None:
        self._kept.append(Heard(self._now(), sent, masked(frame, self._charset)))
