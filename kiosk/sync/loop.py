"""A thread that repeats one step, waits in between, and can be woken and stopped."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Final

import structlog

_log = structlog.get_logger()

_STOP_WAITS_S: Final = 3.0


class Backoff:
    """Pauses between failures: twice as long each time, and never the same at two stations."""

    def __init__(self, shortest_s: float, longest_s: float) -> None:
        self._shortest_s = shortest_s
        self._longest_s = longest_s
        self._failures = 0

    def next_s(self) -> float:
        """How long to wait after one more failure."""
        longest = min(self._longest_s, self._shortest_s * 2.0**self._failures)
        self._failures += 1
        return longest * (0.5 + random.random() / 2)  # noqa: S311 - jitter is no secret

    def reset(self) -> None:
        """It worked."""
        self._failures = 0


class Loop:
    """Runs `step` again and again; it answers how many seconds to wait for the next one."""

    def __init__(self, name: str, step: Callable[[], float]) -> None:
        self._name = name
        self._step = step
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def stopping(self) -> bool:
        """Whether the end was asked for; a step that took long looks here before it writes."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Cut the present wait short."""
        self._woken.set()

    def stop(self) -> None:
        """End after the present step; one that hangs in the network is left behind."""
        self._stopping.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_WAITS_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            wait_s = self._attempt()
            # A stop that came before the flag was cleared is seen here.
            if wait_s > 0 and not self._stopping.is_set():
                self._woken.wait(wait_s)

    def _attempt(self) -> float:
        try:
            return self._step()
        except Exception:  # noqa: BLE001 - the edge of the loop
            _log.exception("step_failed", loop=self._name)
            return 1.0
