"""A camera that is read by a thread of its own, from whatever source gives frames.

The thread reads as fast as the source gives and keeps the freshest frame only. Sources
seldom recover from a stall, so that whatever goes wrong ends in opening them anew: a camera
that was unplugged, or hangs, is found again within a second or two.

A camera through which nobody looks rests: its source is let go, and with it the light beside the
lens. It is opened anew for the next look. A device that is pulled out meanwhile is missed all the
same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Final, Protocol

from hardware.camera_frames import FrameSlot, FrameWatch
from hardware.contracts import (
    Detail,
    DeviceClosed,
    DeviceMissing,
    DeviceSilent,
    Frame,
    Health,
    HealthState,
    Now,
)

_LOG: Final = logging.getLogger(__name__)
_RETRY_S: Final = 1.0
_REOPEN_FROZEN_AFTER_S: Final = 10.0
_RESTS_AFTER_S: Final = 2.0


class FrameSource(Protocol):
    """Where frames come from, once it is open."""

    def read(self, *, grey: bool) -> Frame | None:
        """The next frame, without its colours where that is less work.

        None when there is none for so long that it is time to open anew.
        """
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class PumpedCamera:
    """A `Camera` over sources that `open_source` opens; None where there is none now.

    `pace_s` is the pause between two frames of a source that does not pace itself; such a
    source may repeat a frame as long as it likes. `is_there` tells of a source at rest whether
    it is plugged in, None where that cannot be told without opening it.
    """

    def __init__(
        self,
        open_source: Callable[[], FrameSource | None],
        now: Now,
        *,
        stall_s: float,
        pace_s: float = 0.0,
        is_there: Callable[[], bool | None] = lambda: None,
    ) -> None:
        self._open_source = open_source
        self._now = now
        self._stall_s = stall_s
        self._pace_s = pace_s
        self._is_there = is_there
        self._wanted_until_s = monotonic() + _RESTS_AFTER_S
        self._asked = Event()
        self._is_grey = False
        self._is_pulled_out = False
        self._slot = FrameSlot()
        self._watch = FrameWatch()
        self._closing = Event()
        self._health = Health(HealthState.UNKNOWN, Detail.NOT_TRIED, None)
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def frame(self, timeout_s: float) -> Frame:
        """A frame read after this call; see `Camera`."""
        if self._closing.is_set():
            raise DeviceClosed("the camera's driver is closed")
        self._wanted_until_s = max(self._wanted_until_s, monotonic() + timeout_s + _RESTS_AFTER_S)
        self._asked.set()
        frame = self._slot.next(timeout_s)
        if frame is not None:
            self._wanted_until_s = monotonic() + _RESTS_AFTER_S
            return frame
        if self._health.detail_code == Detail.MISSING:
            raise DeviceMissing("the camera cannot be opened")
        raise DeviceSilent(f"no frame within {timeout_s} s")

    def leave_colours_out(self) -> None:
        """Give frames without colours; see `GivesGrey`."""
        self._is_grey = True

    def health(self) -> Health:
        """What the last frame showed."""
        return self._health

    def close(self) -> None:
        """Stop reading; waits for a frame that is being read."""
        self._closing.set()
        self._asked.set()
        self._thread.join(self._stall_s + _RETRY_S)
        self._health = Health(HealthState.UNKNOWN, Detail.CLOSED, self._health.seen_at)

    def _run(self) -> None:
        while not self._closing.is_set():
            if not self._is_wanted():
                self._rest()
            elif not self._pumped():
                self._health = Health(HealthState.FAILED, Detail.MISSING, self._health.seen_at)
                self._closing.wait(_RETRY_S)

    def _is_wanted(self) -> bool:
        return monotonic() < self._wanted_until_s

    def _rest(self) -> None:
        """Wait for somebody who wants to look; notice who pulls the camera out, and puts it in."""
        self._asked.clear()
        is_there = self._is_there()
        if is_there is False:
            self._health = Health(HealthState.FAILED, Detail.MISSING, self._health.seen_at)
        elif is_there and self._is_pulled_out:
            self._health = Health(HealthState.UNKNOWN, Detail.NOT_TRIED, self._health.seen_at)
        self._is_pulled_out = is_there is False
        if not self._is_wanted():
            self._asked.wait(_RETRY_S)

    def _pumped(self) -> bool:
        """Open the source and read it to its end; False where no frame came in time."""
        try:
            source = self._open_source()
            return source is not None and (self._pump(source) > 0 or not self._is_wanted())
        except Exception:  # noqa: BLE001 - the edge of a loop, logged with its traceback
            # A library that stumbles over one frame must not blind the station for good.
            _LOG.exception("the camera is opened anew")
            return False

    def _pump(self, source: FrameSource) -> int:
        """Read until nothing comes any more; how many frames came."""
        count = 0
        self._watch.forget()
        try:
            while not self._closing.wait(self._pace_s) and self._is_wanted() and not self._hangs():
                frame = source.read(grey=self._is_grey)
                if frame is None:
                    break
                count += 1
                self._take(frame)
        finally:
            source.close()
        return count

    def _hangs(self) -> bool:
        return not self._pace_s and self._watch.frozen_s(monotonic()) > _REOPEN_FROZEN_AFTER_S

    def _take(self, frame: Frame) -> None:
        self._watch.note(frame)
        detail = self._watch.detail
        state = HealthState.WORKS if detail is Detail.FINE else HealthState.DEGRADED
        self._health = Health(state, detail, self._now())
        self._slot.put(frame)
