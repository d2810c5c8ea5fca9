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


@contextmanager
def serving(stage: Stage, port: int) -> Iterator[str]:
    """Serve the bench of a stage while the block lasts; port 0 takes a free one.

    Gives its address. Raises StageError where somebody else has the port.
    """
    with _listening(port) as listener:
        watch, open_sockets = Watch(stage), dict[Any, Any]()
        server: Any = create_server(
            create_app(stage, watch), map=open_sockets, sockets=[listener],
            threads=_THREADS, ident=None,
        )  # fmt: skip
        thread = threading.Thread(target=server.run, name="bench", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            watch.close()
            server.task_dispatcher.shutdown(timeout=_STOP_S)
            server.trigger.pull_trigger(lambda: wasyncore.close_all(open_sockets))
            thread.join(_STOP_S)


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        hint = "choose another one with --port"
        raise StageError(f"port {port} can't be had ({error.strerror}): {hint}") from None
