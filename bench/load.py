"""Asks a server over connections that stay open, each at once again; a process of its own.

Reads a `Load` as JSON from standard input, writes a `Heard`. The bytes of all requests are made
before the first is sent, so that little but waiting happens here while the server works.
"""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from time import perf_counter

_READ_BYTES = 65536
_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True)
class Load:
    """What to ask, of whom, over how many connections."""

    port: int
    path: str
    token: str
    bodies: Sequence[str]
    connections: int = 1


@dataclass(frozen=True)
class Heard:
    """What came of it: milliseconds and text of every answer, in the order of their arrival."""

    taken_ms: list[float]
    answers: list[str]


@dataclass
class _Line:
    socket: socket.socket
    sent_s: float = 0.0
    heard: bytes = field(default=b"")


def drive(load: Load) -> Heard:
    """Ask in a process of its own, and wait for all answers."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        check=True,
    )
    return Heard(**json.loads(done.stdout))


def _requests(load: Load) -> deque[bytes]:
    """As a station's `requests` sends them."""
    head = (
        f"POST {load.path} HTTP/1.1\r\nHost: 127.0.0.1:{load.port}\r\n"
        "User-Agent: python-requests/2.32.5\r\nAccept-Encoding: gzip, deflate\r\n"
        "Accept: application/json\r\nConnection: keep-alive\r\n"
        f"Authorization: Bearer {load.token}\r\nContent-Type: application/json\r\n"
    )
    bodies = (body.encode() for body in load.bodies)
    return deque(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies)


def _run(load: Load) -> Heard:
    waiting, heard = _requests(load), Heard([], [])
    with selectors.DefaultSelector() as ready:
        for _ in range(load.connections):
            line = _Line(socket.create_connection(("127.0.0.1", load.port)))
            line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ready.register(line.socket, selectors.EVENT_READ, line)
            _ask_next(line, waiting, ready)
        while ready.get_map():
            for key, _ in ready.select():
                if _listen(key.data, heard):
                    _ask_next(key.data, waiting, ready)
    return heard


def _ask_next(line: _Line, waiting: deque[bytes], ready: selectors.BaseSelector) -> None:
    if not waiting:
        ready.unregister(line.socket)
        line.socket.close()
        return
    line.heard = b""
    line.sent_s = perf_counter()
    line.socket.sendall(waiting.popleft())


def _listen(line: _Line, heard: Heard) -> bool:
    """Take what came; True once the answer is whole. Raises where it is no success."""
    line.heard += line.socket.recv(_READ_BYTES)
    head, found, body = line.heard.partition(_END_OF_HEAD)
    if not found:
        return False
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    if len(body) < length:
        return False
    heard.taken_ms.append((perf_counter() - line.sent_s) * 1000)
    if not head.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(line.heard.decode("utf-8", "replace"))
    heard.answers.append(body.decode())
    return True


if __name__ == "__main__":
    json.dump(asdict(_run(Load(**json.load(sys.stdin)))), sys.stdout)
