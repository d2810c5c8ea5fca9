"""The cable of the demonstration behaves as a cable does."""

import socket
import threading
from collections.abc import Iterator

import pytest

from demo.wire import Wire


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                end, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(end,), daemon=True).start()

    def answer(end: socket.socket) -> None:
        with end:
            while data := end.recv(1024):
                end.sendall(data)

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def call(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def test_a_whole_wire_carries_bytes_both_ways(echo_port: int) -> None:
    with Wire(echo_port) as wire, call(wire.port) as line:
        line.sendall("листок".encode())
        assert line.recv(1024).decode() == "листок"


def test_a_cut_ends_the_connection_under_way(echo_port: int) -> None:
    with Wire(echo_port) as wire, call(wire.port) as line:
        line.sendall(b"x")
        line.recv(1)
        wire.cut()
        assert line.recv(1) == b""


def test_a_cut_wire_answers_nobody_until_it_is_mended(echo_port: int) -> None:
    with Wire(echo_port) as wire:
        wire.cut()
        with call(wire.port) as line:
            assert line.recv(1) == b""
        wire.mend()
        with call(wire.port) as line:
            line.sendall(b"y")
            assert line.recv(1) == b"y"
