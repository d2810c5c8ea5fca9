"""Serving the bench on the loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from waitress import wasyncore
from waitress.server import create_server

from demo.bench import create_app
from demo.programs import StageError
from demo.stage import Stage
from demo.watch import Watch

_THREADS: Final = 12
"""Every open page waits in one of them for news."""
_STOP_S: Final = 3


def claim(port: int) -> socket.socket:
    """A place to serve the bench at, before anything else is begun; port 0 takes a free one.

    Raises StageError where somebody else has the port.
    """
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        hint = "choose another one with --port"
        raise StageError(f"port {port} can't be had ({error.strerror}): {hint}") from None


@contextmanager
def serving(stage: Stage, place: socket.socket) -> Iterator[str]:
    """Serve the bench of a stage at a claimed place while the block lasts; gives its address."""
    with place:
        watch, open_sockets = Watch(stage), dict[Any, Any]()
        server: Any = create_server(
            create_app(stage, watch), map=open_sockets, sockets=[place],
            threads=_THREADS, ident=None,
        )  # fmt: skip
        thread = threading.Thread(target=server.run, name="bench", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{place.getsockname()[1]}/"
        finally:
            watch.close()
            server.task_dispatcher.shutdown(timeout=_STOP_S)
            # Sockets are closed by the thread that watches them. It takes the lock too: awake for
            # somebody else, it could close the trigger before it is pulled.
            with server.trigger.lock:
                server.trigger.thunks.append(lambda: wasyncore.close_all(open_sockets))
                server.trigger.pull_trigger()
            thread.join(_STOP_S)
