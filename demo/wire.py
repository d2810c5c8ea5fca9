"""A network cable that can be cut: a TCP relay between a station and the server."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self

_CHUNK_BYTES = 65536


class Wire:
    """Relays loopback TCP to `target_port` while it is whole; cut, it drops everything.

    A cut closes the connections under way and refuses new ones, as a dead switch does to a
    machine that still has its own address.
    """

    def __init__(self, target_port: int) -> None:
        self._target = ("127.0.0.1", target_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._whole = threading.Event()
        self._whole.set()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, name="wire", daemon=True).start()

    @property
    def is_cut(self) -> bool:
        """Whether nothing passes."""
        return not self._whole.is_set()

    def cut(self) -> None:
        """Drop all connections and let no new one through."""
        self._whole.clear()
        with self._lock:
            for end in self._open:
                _hang_up(end)

    def mend(self) -> None:
        """Let new connections through again."""
        self._whole.set()

    def close(self) -> None:
        """Take the cable away for good."""
        self.cut()
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self._join(near):
                near.close()

    def _join(self, near: socket.socket) -> bool:
        """Connect one caller with the server; False where that can't be."""
        if self.is_cut:
            return False
        try:
            far = socket.create_connection(self._target, timeout=5)
        except OSError:
            return False
        far.settimeout(None)
        with self._lock:
            self._open |= {near, far}
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()
        return True

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK_BYTES):
                sink.sendall(data)
        for end in (source, sink):
            _hang_up(end)
        with self._lock:
            self._open -= {source, sink}
        source.close()


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
