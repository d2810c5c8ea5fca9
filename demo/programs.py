"""The programs of the demonstration: each a process of its own, as in a real library."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import requests

_POLL_S = 0.02
_STOP_S = 10.0
_LAST_LINES = 12


class StageError(Exception):
    """Something of the demonstration did not come up; the message says what and where to look."""


class Program:
    """A running process with its log file."""

    def __init__(self, name: str, arguments: list[str], log: Path) -> None:
        self.name = name
        self._log = log
        self._file: IO[bytes] = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def complain(self) -> StageError:
        """What to tell when it did not do as it should."""
        lines = self._log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:]
        return StageError("\n".join([f"{self.name} did not come up; from {self._log}:", *lines]))

    def wait_for(self, ready: Callable[[], bool], within_s: float) -> None:
        """Wait until the program is `ready`; raises StageError when it ends or time runs out."""
        deadline = time.monotonic() + within_s
        while not ready():
            if not self.is_alive or time.monotonic() > deadline:
                raise self.complain()
            time.sleep(_POLL_S)

    def ask_to_stop(self) -> None:
        """Tell it to stop, and don't wait."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Ask it to stop, and end it when it doesn't."""
        self.ask_to_stop()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._file.close()


class Programs:
    """Programs that are started one after the other and stop all at once."""

    def __init__(self) -> None:
        self._running: list[Program] = []

    def start(self, name: str, arguments: list[str], log: Path) -> Program:
        """Start one more."""
        program = Program(name, arguments, log)
        self._running.append(program)
        return program

    def stop(self) -> None:
        """Ask them all, then wait for each."""
        for program in self._running:
            program.ask_to_stop()
        for program in self._running:
            program.stop()


def wait_until(happened: Callable[[], bool], within_s: float) -> bool:
    """Look again and again until it happened; False when the time ran out."""
    deadline = time.monotonic() + within_s
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def answers(url: str, headers: dict[str, str] | None = None) -> bool:
    """Whether something answers there, and is content."""
    try:
        return requests.get(url, headers=headers, timeout=2).ok
    except requests.RequestException:
        return False


def free_ports(count: int) -> list[int]:
    """So many TCP ports that nobody listens on now."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listener.getsockname()[1] for listener in sockets]
