"""A slip printer of its own: ESC/POS over TCP, as a process or within one.

    python -m hardware.printer_simulator --port 9100 --paper 80 --out DIR --control 9190

Every slip that is cut is written to DIR as NAME.bin, the bytes, and NAME.png, drawn from
them. The handle of `hardware.simulator_control` sets the faults of `Faults`:
{"do": "set", "paper": "out"}, {"do": "reset"}, {"do": "tear"}.
"""

from __future__ import annotations

import argparse
import logging
import signal
import socket
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, ClassVar, Final

from hardware.contracts import Now
from hardware.escpos_commands import Command, CommandReader
from hardware.escpos_paper import WIDTH_58_MM, WIDTH_80_MM
from hardware.escpos_status import answer
from hardware.printer_mechanism import Faults, Mechanism
from hardware.simulator_control import ControlServer, no_such

_LOG: Final = logging.getLogger(__name__)
_SLOW_ANSWER_S: Final = 1.0
_RECEIVE: Final = 4096


class PrinterSimulator:
    """The printer on its port; port 0 takes a free one."""

    kind: ClassVar[str] = "printer"
    actions: ClassVar[tuple[str, ...]] = ("set", "reset", "tear")

    def __init__(
        self,
        folder: Path,
        now: Now,
        paper_mm: int = 80,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        width_dots = {58: WIDTH_58_MM, 80: WIDTH_80_MM}[paper_mm]
        self.mechanism = Mechanism(width_dots, folder, now)
        self._lock = Lock()
        self._closing = Event()
        self._connections: set[socket.socket] = set()
        self._listener = _listen(host, port)
        self.host, self.port = self._listener.getsockname()[:2]
        self._serve()

    def set(self, **faults: Any) -> None:
        """Change some of the `Faults`, the others stay; raises `WrongAction`."""
        before, after = self.mechanism.change(faults)
        if before.power != after.power:
            self._switch(on=after.power == "on")

    def state(self) -> dict[str, Any]:
        """Faults, sensors and the slips so far."""
        return {"host": self.host, "port": self.port} | self.mechanism.state()

    def do(self, action: str, arguments: Mapping[str, Any]) -> None:
        """Set or reset faults, or tear off the paper."""
        match action:
            case "set":
                self.set(**arguments)
            case "reset":
                self.set(**Faults().model_dump())
            case "tear":
                self.mechanism.tear()
            case _:
                raise no_such(action, self)

    def close(self) -> None:
        """Switch off for good."""
        self._closing.set()
        self._switch(on=False)
        self.mechanism.close()

    def _switch(self, *, on: bool) -> None:
        if on:
            self._listener = _listen(self.host, self.port)
            self._serve()
            return
        # Closing alone would not wake the thread that waits in accept().
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._connections:
                _break(connection)

    def _serve(self) -> None:
        Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections.add(connection)
            Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        reader = CommandReader()
        with closing(connection), suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            broken = False
            while not broken and (data := connection.recv(_RECEIVE)):
                left = self.mechanism.receive(len(data))
                broken = left is not None
                if broken:
                    _break(connection)
                for command in reader.feed(data[:left]):
                    self._obey(command, connection)
        with self._lock:
            self._connections.discard(connection)

    def _obey(self, command: Command, connection: socket.socket) -> None:
        reply = partial(_reply, connection)
        match command.name:
            case "DLE EOT" if 1 <= command.args[0] <= 4:  # noqa: PLR2004
                self._answer(command.args[0], connection)
            case "DLE ENQ":
                self.mechanism.recover(forget=command.args[0] == 2)  # noqa: PLR2004
            case _:
                self.mechanism.take(command, reply)

    def _answer(self, question: int, connection: socket.socket) -> None:
        manner = self.mechanism.faults.answers
        if manner == "slow":
            self._closing.wait(_SLOW_ANSWER_S)
        if manner != "silent":
            _reply(connection, bytes([answer(question, self.mechanism.condition())]))


def _listen(host: str, port: int) -> socket.socket:
    return socket.create_server((host, port), backlog=4)


def _reply(connection: socket.socket, data: bytes) -> None:
    """Answer; whoever asked may have gone meanwhile."""
    with suppress(OSError):
        connection.sendall(data)


def _break(connection: socket.socket) -> None:
    """End a connection as a pulled cable does: at once, with what was on its way."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hardware.printer_simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--paper", type=int, choices=(58, 80), default=80, help="mm")
    parser.add_argument("--out", type=Path, required=True, help="folder of the slips")
    parser.add_argument("--control", type=int, default=0, help="port of the handle, 0: any")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Be a printer until told to stop by SIGTERM or SIGINT."""
    options = _arguments(arguments)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    printer = PrinterSimulator(
        options.out, lambda: datetime.now(UTC), options.paper, options.host, options.port
    )
    control = ControlServer(printer, "printer", options.control)
    print(f"printer {printer.host}:{printer.port} control 127.0.0.1:{control.port}", flush=True)  # noqa: T201
    stop.wait()
    control.close()
    printer.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
