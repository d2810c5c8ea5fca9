"""A SIP2 centre that misbehaves on command: late, broken, by halves, twice in one piece."""

from __future__ import annotations

import socketserver
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from server.library_systems.sip2.message import checksum

Answer = bytes | Callable[[str], bytes] | None
"""Bytes to send, something that makes them of the message, or None to say nothing."""


def signed(text: str, sequence: str = "0", charset: str = "utf-8") -> bytes:
    """A message with sequence, sum and end."""
    body = f"{text}AY{sequence}AZ".encode(charset)
    return body + checksum(body).encode() + b"\r"


def answering(text: str, charset: str = "utf-8") -> Callable[[str], bytes]:
    """Answers with this and the sequence of what was asked."""
    return lambda asked: signed(text, sequence_of(asked), charset)


def sequence_of(asked: str) -> str:
    """The number of a message; a wish for the same again has none, and is one of number 0 here."""
    head, found, tail = asked.rpartition("AY")
    del head
    return tail[0] if found else "0"


class _Handler(socketserver.StreamRequestHandler):
    server: WildCentre

    def handle(self) -> None:
        self.server.connections += 1
        rest = b""
        while piece := self.request.recv(4096):
            self.server.raw += piece
            *frames, rest = (rest + piece).split(b"\r")
            for frame in frames:
                if not self._answer(frame.strip(b"\n").decode("utf-8", "replace")):
                    return

    def _answer(self, asked: str) -> bool:
        """False where the centre hangs up."""
        self.server.heard.append(asked)
        if not self.server.answers:
            return self.server.otherwise == "wait"
        answer = self.server.answers.popleft()
        if answer is not None:
            self.request.sendall(answer(asked) if callable(answer) else answer)
        return True


class WildCentre(socketserver.ThreadingTCPServer):
    """Gives its answers one after the other; without one more it waits, or hangs up."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: deque[Answer] = deque()
        self.otherwise = "wait"
        self.heard: list[str] = []
        self.raw = bytearray()
        """All that came, ends of messages included."""
        self.connections = 0
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        port: int = self.server_address[1]
        return port

    def will(self, *answers: Answer) -> None:
        """Answer so, in this order."""
        self.answers.extend(answers)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()
        self.server_close()
