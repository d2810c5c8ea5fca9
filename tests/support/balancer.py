"""A load balancer on the loopback: TCP, in turns, past servers that do not answer."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Sequence
from typing import Self

_CHUNK_BYTES = 65536
_CONNECT_S = 1.0


class Balancer:
    """Gives every connection to the next server that takes it."""

    def __init__(self, servers: Sequence[tuple[str, int]]) -> None:
        self._servers = list(servers)
        self._turn = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.given: list[tuple[str, int]] = []
        """Which server got each connection."""

    def __enter__(self) -> Self:
        """Begin."""
        threading.Thread(target=self._accept, name="balancer", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take no more connections."""
        # What waits in accept is woken, whoever closes the socket.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = self._next()
        if server is None:
            client.close()
            return
        back = threading.Thread(target=_relay, args=(server, client), daemon=True)
        back.start()
        _relay(client, server)
        back.join()
        for end in (client, server):
            end.close()

    def _next(self) -> socket.socket | None:
        for _ in self._servers:
            with self._lock:
                address = self._servers[self._turn % len(self._servers)]
                self._turn += 1
            with contextlib.suppress(OSError):
                line = socket.create_connection(address, _CONNECT_S)
                line.settimeout(None)
                self.given.append(address)
                return line
        return None


def _relay(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK_BYTES):
            sink.sendall(chunk)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
