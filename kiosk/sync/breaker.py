"""Asking the server within a hard deadline, and not at all while it is known to be away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

from kiosk.sync.client import ServerAway

T = TypeVar("T")

_FAILURES: Final = 2
_SHORTEST_S: Final = 2.0
_LONGEST_S: Final = 30.0
_AT_ONCE: Final = 4


class Breaker:
    """After two failures in a row nobody asks for a while, twice as long each time."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failures = 0
        self._opens_again_at = 0.0

    @property
    def lets_ask(self) -> bool:
        """Whether asking is worth the time."""
        with self._lock:
            return self._failures < _FAILURES or self._monotonic() >= self._opens_again_at

    def succeeded(self) -> None:
        """The server answered, here or elsewhere in the station."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """The server did not answer in time."""
        with self._lock:
            self._failures += 1
            pause = min(_LONGEST_S, _SHORTEST_S * 2 ** max(0, self._failures - _FAILURES))
            self._opens_again_at = self._monotonic() + pause


class Asker:
    """Calls the server with a deadline that holds whatever the connection does (fault 11)."""

    def __init__(self, breaker: Breaker, deadline_s: float) -> None:
        self._breaker = breaker
        self._deadline_s = deadline_s
        # A call that outlives its deadline goes on in its thread until its socket gives up.
        self._slots = threading.Semaphore(_AT_ONCE)

    def ask(self, call: Callable[[float], T]) -> T:
        """`call(deadline in seconds)`; ServerAway where it took longer or was not worth asking."""
        if not self._breaker.lets_ask or not self._slots.acquire(blocking=False):
            raise ServerAway("not asked")
        try:
            answer = self._within(call)
        except ServerAway:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return answer

    def _within(self, call: Callable[[float], T]) -> T:
        outcome: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

        def run() -> None:
            try:
                outcome.put((call(self._deadline_s), None))
            except BaseException as error:  # noqa: BLE001 - it is raised again by who waits
                outcome.put((None, error))
            finally:
                self._slots.release()

        threading.Thread(target=run, name="ask", daemon=True).start()
        try:
            answer, error = outcome.get(timeout=self._deadline_s)
        except Empty:
            raise ServerAway(f"no answer within {self._deadline_s:g} s") from None
        if error is not None:
            raise error
        return answer  # type: ignore[return-value] # without an error there is an answer
