"""Servers as processes of their own: started, asked for their CPU and memory, stopped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

import psycopg

from tests.support.postgres import as_server_user, find_binaries

_STARTS_WITHIN_S = 60.0
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Served:
    """A running server, its worker beneath it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.port = port

    def cpu_s(self) -> float:
        """Processor time that the server and its workers have taken so far."""
        return sum(map(_cpu_ticks, self._family())) / _TICKS_A_SECOND

    def worker_mb(self) -> float:
        """Memory of the largest worker: its own, and its share of what it has with others (PSS)."""
        return max(_memory_kb(pid, "Pss") for pid in self._family()[1:]) / 1024

    def worker_resident_mb(self) -> float:
        """The same with all that it shares counted as its own (RSS)."""
        return max(_memory_kb(pid, "Rss") for pid in self._family()[1:]) / 1024

    def resident_mb(self) -> float:
        """Memory of the program alone, all that it shares counted (RSS)."""
        return _memory_kb(self._process.pid, "Rss") / 1024

    def whole_mb(self) -> float:
        """The same and what the programs that it started have for themselves."""
        kinds = ("Private_Clean", "Private_Dirty")
        own_kb = (_memory_kb(pid, kind) for pid in self._family()[1:] for kind in kinds)
        return self.resident_mb() + sum(own_kb) / 1024

    def _family(self) -> list[int]:
        pid = self._process.pid
        # A child is that of the thread which started it.
        told = Path(f"/proc/{pid}/task").glob("*/children")
        return [pid, *(int(child) for one in told for child in one.read_text().split())]


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = fields[11:13]
    return int(user) + int(system)


def _memory_kb(pid: int, kind: str) -> int:
    return told_kb(Path(f"/proc/{pid}/smaps_rollup").read_text(), kind)


def told_kb(rollup: str, kind: str) -> int:
    """One kind of memory, as `/proc/PID/smaps_rollup` tells it."""
    lines = rollup.splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:"))


@contextmanager
def serving(command: Sequence[str], port: int, **settings: str) -> Iterator[Served]:
    """Run a Python program that listens on this port, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, *command],
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield Served(process, port)
    finally:
        process.terminate()
        process.wait(_STARTS_WITHIN_S)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline_s = monotonic() + _STARTS_WITHIN_S
    while monotonic() < deadline_s and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.1)
        else:
            return
    raise TimeoutError("a server did not start")


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database on a PostgreSQL of its own, which waits for the disk."""
    binaries = find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="lystok-bench-"))
    prefix = as_server_user()
    if prefix:
        shutil.chown(folder, "postgres", "postgres")
    initdb = [str(binaries / "initdb"), "--auth=trust", "--username=lystok", "--encoding=UTF8",
              "--locale=C.UTF-8", str(folder / "data")]  # fmt: skip
    subprocess.run([*prefix, *initdb], check=True, capture_output=True, cwd=folder)
    process = subprocess.Popen(
        [*prefix, str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder),
         "-c", "listen_addresses="],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    try:
        _create_database(folder)
        yield f"postgresql+psycopg://lystok@/library?host={folder}"
    finally:
        process.terminate()
        process.wait(_STARTS_WITHIN_S)
        shutil.rmtree(folder)


def _create_database(folder: Path) -> None:
    deadline_s = monotonic() + _STARTS_WITHIN_S
    while True:
        try:
            connection = psycopg.connect(
                host=str(folder), user="lystok", dbname="postgres", autocommit=True
            )
        except psycopg.OperationalError:
            if monotonic() > deadline_s:
                raise
            sleep(0.1)
        else:
            break
    with closing(connection):
        connection.execute("CREATE DATABASE library")
