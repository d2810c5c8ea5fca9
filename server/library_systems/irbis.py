"""IRBIS64 over its own TCP protocol: all records of a database, read only.

A request is lines with LF after its own length, an answer is lines with CR LF behind ten lines of
heading; each request has a connection of its own. Only the commands to sign in (A), to sign off
(B), to count (O) and to read a record (C) are ever sent; a record is never locked.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Self

from server.library_systems.contract import SystemAway
from server.services.imports.irbis import Reader

_READER_STATION: Final = "R"
_HEADING_LINES: Final = 10
_CLIENT_FROM, _CLIENT_IDS = 100_000, 900_000
_TIMEOUT_S: Final = 20.0
_LARGEST_BYTES: Final = 16 * 1024 * 1024
_DELETED: Final = 1
_NOT_THERE: Final = frozenset({-140, -600, -601, -603, -605})
"""No such record, deleted, damaged, or locked while it is written: passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where its server is, and how it lets us in."""

    host: str
    port: int = 6666
    user: str
    password: str = field(repr=False)
    database: str = "RDR"


class IrbisRefused(SystemAway):
    """The server said no; its code is in the message."""


@dataclass(slots=True)
class Irbis:
    """One signed-in client; use it as a context."""

    address: Address
    _client: int = field(default_factory=lambda: _CLIENT_FROM + secrets.randbelow(_CLIENT_IDS))
    _queries: int = 0

    def __enter__(self) -> Self:
        """Sign in. Raises SystemAway, IrbisRefused."""
        code, _ = self._ask("A", self.address.user, self.address.password)
        if code < 0:
            raise IrbisRefused(f"IRBIS64 does not let us in: code {code}")
        return self

    def __exit__(self, *_: object) -> None:
        """Sign off: its server counts its clients."""
        try:
            self._ask("B", self.address.user)
        except SystemAway:
            return

    def readers(self) -> Iterator[Reader]:
        """Every record that is not deleted, in the order of their numbers. Raises SystemAway."""
        following, _ = self._ask("O", self.address.database)
        if following < 0:
            raise IrbisRefused(f"IRBIS64 has no database {self.address.database}: {following}")
        for number in range(1, following):
            record = self._record(number)
            if record is not None:
                yield record

    def _record(self, number: int) -> Reader | None:
        code, lines = self._ask("C", self.address.database, str(number), "0")
        if code in _NOT_THERE:
            return None
        if code < 0:
            raise IrbisRefused(f"IRBIS64 refuses record {number}: code {code}")
        status = lines[0].partition("#")[2] if lines else ""
        if status.isdecimal() and int(status) & _DELETED:
            return None
        reader = Reader()
        for line in lines[2:]:
            tag, found, value = line.partition("#")
            if found and tag.isdecimal():
                reader.fields[int(tag)].append(value)
        return reader

    def _ask(self, command: str, *lines: str) -> tuple[int, list[str]]:
        """The code that it answers with, and the lines behind it."""
        self._queries += 1
        address = self.address
        head = (
            command, _READER_STATION, command, str(self._client), str(self._queries),
            address.password, address.user, "", "", "",
        )  # fmt: skip
        body = "\n".join((*head, *lines)).encode("utf-8") + b"\n"
        answer = self._talk(str(len(body)).encode() + b"\n" + body)
        told = answer.decode("utf-8", "replace").split("\r\n")
        try:
            return int(told[_HEADING_LINES]), told[_HEADING_LINES + 1 :]
        except (IndexError, ValueError):
            raise SystemAway("that is no answer of IRBIS64") from None

    def _talk(self, request: bytes) -> bytes:
        address = self.address
        pieces, length = [], 0
        try:
            with socket.create_connection((address.host, address.port), _TIMEOUT_S) as line:
                line.sendall(request)
                while piece := line.recv(65536):
                    pieces.append(piece)
                    length += len(piece)
                    if length > _LARGEST_BYTES:
                        raise SystemAway("an answer without an end")
        except OSError as error:
            if isinstance(error, SystemAway):
                raise
            raise SystemAway(f"can't be asked: {error.strerror or type(error).__name__}") from None
        return b"".join(pieces)
