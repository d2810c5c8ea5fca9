"""A few connections to a SIP2 centre, shared by everybody who asks.

One slow answer holds one connection; the others go on. A connection that was hung up while nobody
used it (a centre that started anew) is replaced, and the question asked again, once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic

from server.library_systems.sip2.connection import CentreAway, Connection
from server.library_systems.sip2.layouts import Code
from server.library_systems.sip2.message import Message

Open = Callable[[float], Connection]
"""Connects and logs in until a moment of `monotonic`."""


class Pool:
    """At most `size` connections, opened when they are needed."""

    def __init__(self, connect: Open, size: int) -> None:
        self._connect = connect
        self._slots = threading.Semaphore(size)
        self._free: deque[Connection] = deque()

    def ask(self, message: Message, answer: Code, *, until_s: float) -> Message:
        """Ask over a connection of the pool.

        Raises CentreAway at the moment `until_s` of `monotonic` at the latest.
        """
        if not self._slots.acquire(timeout=max(0.0, until_s - monotonic())):
            raise CentreAway("all connections wait for answers")
        try:
            return self._ask(message, answer, until_s)
        finally:
            self._slots.release()

    def close(self) -> None:
        """Hang up all connections that nobody uses."""
        while self._free:
            self._free.pop().close()

    def _ask(self, message: Message, answer: Code, until_s: float) -> Message:
        try:
            used = self._free.pop()
        except IndexError:
            return self._over(self._connect(until_s), message, answer, until_s)
        try:
            return self._over(used, message, answer, until_s)
        except CentreAway:
            if monotonic() >= until_s:
                raise
        self.close()
        return self._over(self._connect(until_s), message, answer, until_s)

    def _over(
        self, connection: Connection, message: Message, answer: Code, until_s: float
    ) -> Message:
        try:
            heard = connection.ask(message, answer, until_s=until_s)
        except BaseException:
            connection.close()
            raise
        self._free.append(connection)
        return heard
