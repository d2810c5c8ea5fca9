"""The eyes and fingers of a person at a station: they see its screen and press its buttons."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Final
from urllib.parse import urlsplit

import requests

_SILENT_S: Final = 30
"""A station that says nothing for so long is gone: it sends a comment every ten seconds."""
TOKEN: Final = re.compile(r'<meta name="token" content="([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A screen as it was pushed to the browser."""

    name: str
    tone: str
    serial: int
    html: str


class Eyes:
    """Looks at one station's page, as its browser does; `told` is called at every new screen."""

    def __init__(self, page: str, told: Callable[[], None] = lambda: None) -> None:
        self._page = page
        self._told = told
        self._changed = threading.Condition()
        self._seen: list[Seen] = []
        token = TOKEN.search(requests.get(page, timeout=10).text)
        if token is None:
            raise ValueError(f"{page} is no page of a station")
        self._headers = {"X-Lystok-Token": token.group(1), "Origin": page.rstrip("/")}
        self._line, self._stream = _open_stream(page)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="eyes", daemon=True)
        self._thread.start()

    @property
    def now(self) -> Seen | None:
        """The screen at this moment."""
        with self._changed:
            return self._seen[-1] if self._seen else None

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to see: the station or its page is gone."""
        return self._over.is_set()

    def count(self) -> int:
        """How many screens were seen so far; pass it to `wait`."""
        with self._changed:
            return len(self._seen)

    def wait(self, after: int, wanted: Callable[[Seen], bool], within_s: float) -> Seen | None:
        """The first screen seen after the first `after` ones that is `wanted`; None in time."""

        def found() -> Seen | None:
            return next((seen for seen in self._seen[after:] if wanted(seen)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None, within_s)
            return found()

    def press(self, action: str, value: str = "") -> None:
        """Press a button of the present screen."""
        seen = self.now
        pressed = {"action": action, "value": value, "serial": seen.serial if seen else 0}
        url = f"{self._page}press"
        requests.post(url, json=pressed, headers=self._headers, timeout=5).raise_for_status()

    def state(self) -> dict[str, Any]:
        """What the station tells of itself."""
        answer = requests.get(f"{self._page}state", headers=self._headers, timeout=5)
        answer.raise_for_status()
        state: dict[str, Any] = answer.json()
        return state

    def close(self) -> None:
        """Look away."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _look(self) -> None:
        with self._line, self._stream, contextlib.suppress(OSError, HTTPException):
            for line in self._stream:
                if line.startswith(b"data: {"):
                    self._note(json.loads(line.removeprefix(b"data: ")))
        self._over.set()
        self._told()

    def _note(self, told: dict[str, Any]) -> None:
        seen = Seen(
            name=told["name"], tone=str(told["tone"]), serial=told["serial"], html=told["html"]
        )
        with self._changed:
            self._seen.append(seen)
            self._changed.notify_all()
        self._told()


def _open_stream(page: str) -> tuple[socket.socket, HTTPResponse]:
    """The stream of a page, and the line it comes on: ending that wakes whoever reads.

    requests would not do: closing its stream waits for the next line.
    """
    connection = HTTPConnection(urlsplit(page).netloc, timeout=_SILENT_S)
    connection.request("GET", "/stream")
    line: socket.socket = connection.sock
    return line, connection.getresponse()
