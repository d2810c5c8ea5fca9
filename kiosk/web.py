"""Serving the patron's page.

waitress: threads, so that a browser's open stream holds one and nothing else; a bounded number of
them; and an end that can be asked for. Werkzeug's own server starts a thread for every request
and says itself that it is for development.
"""

from __future__ import annotations

import threading
from typing import Any, Final

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from kiosk.stage import Stage

_THREADS: Final = 16
_STOP_WAITS_S: Final = 3


class PageServer:
    """The page on its port of the loopback; port 0 takes a free one."""

    def __init__(self, app: Flask, stage: Stage, host: str, port: int) -> None:
        self._stage = stage
        self._sockets: dict[Any, Any] = {}
        self._server = _make_server(app, self._sockets, host, port)
        self.url = f"http://{host}:{self._server.effective_port}/"
        self._thread = threading.Thread(target=self._server.run, name="page", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Let every browser go, and close."""
        self._stage.close()
        self._server.task_dispatcher.shutdown(timeout=_STOP_WAITS_S)
        # Sockets are closed by the thread that watches them. It takes the lock too: awake for
        # somebody else, it could close the trigger before it is pulled.
        trigger = self._server.trigger
        with trigger.lock:
            trigger.thunks.append(lambda: wasyncore.close_all(self._sockets))
            trigger.pull_trigger()
        self._thread.join(_STOP_WAITS_S)


def _make_server(app: Flask, sockets: dict[Any, Any], host: str, port: int) -> Any:
    """A plain server, since there is one address; waitress does not tell its types."""
    return create_server(app, map=sockets, host=host, port=port, threads=_THREADS, ident=None)
