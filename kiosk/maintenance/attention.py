"""For whom the next code or card is: for the station, or for a technician who tries the device."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from kiosk.maintenance.door import Door
from kiosk.messages import CardLaid, CodeScanned, Message, TechnicianCame

Heard = CodeScanned | CardLaid


class Attention:
    """Stands between the ears of the station and its conductor."""

    def __init__(self, post: Callable[[Message], None], door: Door) -> None:
        self._post = post
        self._door = door
        self._lock = threading.Lock()
        self._wanted: tuple[type[Heard], SimpleQueue[Heard]] | None = None

    def hear(self, message: Message) -> None:
        """A device heard something."""
        with self._lock:
            wanted = self._wanted
        if wanted is not None and isinstance(message, wanted[0]):
            wanted[1].put(message)
            return
        offered = self._door.offer(message.uid) if isinstance(message, CardLaid) else None
        self._post(message if offered is None else TechnicianCame(offered))

    def next(self, kind: type[Heard], timeout_s: float) -> Heard | None:
        """The next code or card, which the station then does not hear of; None after the time."""
        waiting: SimpleQueue[Heard] = SimpleQueue()
        mine = kind, waiting
        with self._lock:
            self._wanted = mine
        try:
            return waiting.get(timeout=timeout_s)
        except Empty:
            return None
        finally:
            with self._lock:
                if self._wanted is mine:
                    self._wanted = None
