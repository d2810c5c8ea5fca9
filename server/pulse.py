"""What the service manager hears: that the server is ready, and that it goes on answering.

The worker asks itself over its own port, as a load balancer would. gunicorn's own word would come
before the application is made, so it is taken from it (see `hold_tongue`). A server that answers
nothing for `WatchdogSec` is ended by systemd and begins anew.
"""

from __future__ import annotations

import http.client
import os
import threading
from http import HTTPStatus
from typing import Final

from gunicorn.glogging import Logger
from gunicorn.systemd import sd_notify

from server.config import ServerSection

_SOCKET: Final = "NOTIFY_SOCKET"
_FIRST_S: Final = 0.2
_EVERY_S: Final = 10.0
_ANSWERS_S: Final = 5.0
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - asked, not bound


class Pulse:
    """Asks `/healthz` now and then, and tells what came of it, in a thread of its own."""

    def __init__(self, server: ServerSection) -> None:
        self._host = _ANY.get(server.host, server.host)
        self._port = server.port
        self._manager = os.environ.get(_SOCKET, "")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self, log: Logger) -> None:
        """Begin, where a service manager started us; called in the worker, with its log."""
        if self._manager:
            os.environ[_SOCKET] = self._manager
            self._log = log
            self._thread.start()

    def stop(self) -> None:
        """Say no more."""
        self._stopping.set()

    def _run(self) -> None:
        wait_s, word = _FIRST_S, "READY=1\nWATCHDOG=1"
        while not self._stopping.wait(wait_s):
            if self._answers():
                sd_notify(word, self._log)
                wait_s, word = _EVERY_S, "WATCHDOG=1"

    def _answers(self) -> bool:
        line = http.client.HTTPConnection(self._host, self._port, timeout=_ANSWERS_S)
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()


def hold_tongue() -> None:
    """Keep gunicorn's master from saying `READY=1` before anybody is served."""
    os.environ.pop(_SOCKET, None)
