"""A SIP2 centre that takes a fixed time for every answer.

`python -m bench.sip2_centre PORT MS [NUMBER]`: nobody has any loans there; for the patron of this
ticket number it takes two seconds.
"""

from __future__ import annotations

import socketserver
import sys
from time import sleep
from typing import Final

from server.library_systems.sip2.layouts import Code, Tag
from server.library_systems.sip2.message import Dialect, Framer, Message, decode, encode

_SLOW_S: Final = 2.0
_DIALECT: Final = Dialect()
_COUNTS: Final = ("holds", "overdue", "charged", "fines", "recalls", "unavailable_holds")


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        framer = Framer()
        while piece := self.request.recv(8192):
            for frame in framer.feed(piece):
                asked = decode(frame, _DIALECT)
                number = asked.first(Tag.PATRON)
                slow = _takes.slow is not None and number == _takes.slow
                sleep(_SLOW_S if slow else _takes.s)
                self.request.sendall(encode(_answer(asked, number), _DIALECT))


def _answer(asked: Message, number: str) -> Message:
    fixed = dict.fromkeys(_COUNTS, "0000") | {"patron_status": " " * 14, "language": "000"}
    told = ((Tag.PATRON.value, number), (Tag.NAME.value, "N"), (Tag.VALID_PATRON.value, "Y"))
    return Message(Code.PATRON_ANSWER, fixed, told, asked.sequence)


class _Takes:
    s: float = 0.0
    slow: str | None = None


_takes = _Takes()


class _Centre(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


def main() -> None:
    """Serve until killed."""
    port, takes_ms = int(sys.argv[1]), float(sys.argv[2])
    _takes.s = takes_ms / 1000
    _takes.slow = sys.argv[3] if len(sys.argv) > 3 else None  # noqa: PLR2004
    _Centre(("127.0.0.1", port), _Handler).serve_forever()


if __name__ == "__main__":
    main()
