"""An IRBIS64 server for tests, written from the published description of its protocol."""

from __future__ import annotations

import socketserver
import threading
from types import TracebackType
from typing import Self

LOGIN, PASSWORD = "lystok", "irbis-password"
ALLOWED = {"A", "B", "O", "C"}


class _Handler(socketserver.StreamRequestHandler):
    server: FakeIrbis

    def handle(self) -> None:
        length = int(self.rfile.readline())
        lines = self.rfile.read(length).decode().split("\n")
        command, station, again, client, query, password, login = lines[:7]
        assert (command, station) == (again, "R")
        self.server.commands.append(command)
        if self.server.garbage:
            self.wfile.write(b"SSH-2.0-OpenSSH\r\n")
            return
        signed_in = (login, password) == (LOGIN, PASSWORD)
        told = self._answer(command, lines[10:]) if signed_in else ["-4444"]
        head = [command, client, query, "0", "2024", "", "", "", "", ""]
        self.wfile.write("\r\n".join([*head, *told]).encode())

    def _answer(self, command: str, rest: list[str]) -> list[str]:
        if command in ("A", "B"):
            return ["0"]
        if command == "O":
            return [str(len(self.server.records) + 1)] if rest[0] == "RDR" else ["-300"]
        if command != "C":
            return ["-9999"]
        record = self.server.records[int(rest[1]) - 1]
        if record is None:
            return ["-603"]
        status, fields = record
        return ["0", f"{rest[1]}#{status}", "0#1", *fields]


class FakeIrbis(socketserver.ThreadingTCPServer):
    """Serves records of RDR on the loopback."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.records: list[tuple[int, list[str]] | None] = []
        self.commands: list[str] = []
        self.garbage = False
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        port: int = self.server_address[1]
        return port

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
