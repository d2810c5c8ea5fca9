"""What the programs tell the service manager, over a real socket of its kind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.programs import free_ports
from hardware import service_manager
from kiosk import health_page
from kiosk.health_page import STILL_S
from kiosk.keys import make_slip_key
from kiosk.messages import DevicesChanged, Message
from kiosk.program import running
from server import commands
from server.config import load
from tests.kiosk.test_program import CLOCK, configured

ROOT = Path(__file__).parents[2]
_SOON_S = 60.0


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The service manager's ear."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(_SOON_S)
        yield ear


def start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """A program as systemd starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "lystok", *words], cwd=ROOT,
        env={**os.environ, "NOTIFY_SOCKET": str(folder / "notify")},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_station_is_ready_once_and_goes_on_telling(
    manager: socket.socket, tmp_path: Path
) -> None:
    make_slip_key(configured(tmp_path).slip_key_file)
    (tmp_path / "token").write_text("of a server that is away", "ascii")
    process = start(tmp_path, "kiosk", "run", "--config", str(tmp_path / "kiosk.toml"))
    try:
        assert [manager.recv(100), manager.recv(100)] == [b"READY=1", b"WATCHDOG=1"]
    finally:
        process.kill()
        process.wait()


def test_a_server_is_ready_when_it_answers(manager: socket.socket, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    file = tmp_path / "server.toml"
    file.write_text(f"[server]\nport = {port}\n", "utf-8")
    commands.init(load(file))
    process = start(tmp_path, "server", "run", "--config", str(file))
    try:
        assert manager.recv(100) == b"READY=1\nWATCHDOG=1"
        with socket.create_connection(("127.0.0.1", port), _SOON_S):
            pass
    finally:
        process.terminate()
        process.wait(_SOON_S)


def test_a_station_that_something_holds_says_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    held, let_go = threading.Event(), threading.Event()

    def hold(_: Message) -> None:
        held.set()
        let_go.wait(_SOON_S)

    monkeypatch.setattr(service_manager, "tell", told.append)
    config = configured(tmp_path)
    make_slip_key(config.slip_key_file)
    with running(config, CLOCK) as station:
        health_page.tell_alive(station.url)
        assert told == ["WATCHDOG=1"]
        monkeypatch.setattr(station.conductor, "handle", hold)
        station.conductor.post(DevicesChanged())
        assert held.wait(_SOON_S)
        station.conductor._passed_s -= 2 * STILL_S
        assert not health_page.answers(station.url)
        health_page.tell_alive(station.url)
        let_go.set()
    assert told == ["WATCHDOG=1"]
