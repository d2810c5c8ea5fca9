"""The lane as a process of its own: what is left when somebody dies."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
from pydantic import ValidationError

import lystok
from hardware import lane_daemon, service_manager
from hardware.contracts import (
    Detail,
    DeviceMissing,
    Direction,
    Health,
    HealthState,
    Lane,
    Now,
    SignalKind,
)
from hardware.lane_client import LaneClient, Settings
from hardware.lane_daemon import LaneConfig, LaneHost, load
from hardware.lane_simulator import Settings as SimulatorSettings
from hardware.lane_simulator import SimulatedLane
from tests.hardware.lanes.pins import driven, say

Opened = Callable[[Any], Any]

IN, OUT = 17, 27
LINES: Final = """\
socket = "{folder}/lane.sock"
silent_s = 0.4
[lane]
driver = "gpio"
open_in = {{ pin = 17, without_current = "locked" }}
open_out = {{ pin = 27, without_current = "free" }}
passed_in = {{ pin = 5 }}
passed_out = {{ pin = 6 }}
fire = {{ pin = 19 }}
"""
SAFE = {IN: "low", OUT: "low"}
SHUT = {IN: "low", OUT: "high"}


def until(holds: Callable[[], object], what: str) -> None:
    end_s, pause = monotonic() + 10, Event()
    while not holds():
        assert monotonic() < end_s, what
        pause.wait(0.005)


class Process:
    """The lane's process in a folder, with its pins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "lane.toml"
        self.file.write_text(LINES.format(folder=folder))
        self.socket = folder / "lane.sock"
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, **env: str) -> "subprocess.Popen[bytes]":
        program = self.program("run", **env)
        until(self._answers, "the process did not start")
        return program

    def program(self, act: str, **env: str) -> "subprocess.Popen[bytes]":
        module = "tests.hardware.lanes.lane_program"
        program = subprocess.Popen(
            [sys.executable, "-m", module, str(self.folder), act, "--config", str(self.file)],
            env=os.environ | {"PYTHONPATH": str(Path.cwd())} | env,
        )
        self._running.append(program)
        return program

    def levels(self) -> dict[int, str]:
        return {pin: driven(self.folder, pin) for pin in (IN, OUT)}

    def close(self) -> None:
        for program in self._running:
            program.kill()
            program.wait()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            return line.connect_ex(str(self.socket)) == 0


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path)
    yield process
    process.close()


@pytest.fixture
def client(process: Process, now: Now, opened: Opened) -> LaneClient:
    return opened(LaneClient(Settings(driver="daemon", socket=process.socket), now))  # type: ignore[no-any-return]


@pytest.mark.fault(28)
def test_a_process_that_is_told_to_stop_leaves_safe_levels(
    process: Process, client: LaneClient
) -> None:
    program = process.start()
    assert process.levels() == SAFE
    client.shut()
    assert process.levels() == SHUT
    client.hold_open()
    assert process.levels() == {IN: "high", OUT: "low"}
    program.send_signal(signal.SIGTERM)
    assert program.wait(10) == 0
    assert process.levels() == SAFE
    assert not process.socket.exists()


@pytest.mark.fault(22, 28)
def test_after_a_killed_process_the_second_program_sets_safe_levels(
    process: Process, client: LaneClient
) -> None:
    program = process.start()
    client.hold_open()
    program.kill()
    program.wait()
    assert process.levels()[IN] == "high", "pins stay as they were: nobody else can help"
    assert process.program("safe").wait(10) == 0
    assert process.levels() == SAFE
    with pytest.raises(DeviceMissing):
        client.open_once(Direction.IN)
    assert client.health().state is HealthState.FAILED
    process.start()
    client.shut()
    assert client.health().state is HealthState.WORKS
    assert process.levels() == SHUT


@pytest.mark.fault(28)
def test_a_hung_process_is_ended_by_the_watchdog_and_leaves_safe_levels(
    process: Process, client: LaneClient
) -> None:
    """By the shipped unit; the test ends what went silent as systemd does: SIGABRT, SIGCONT."""
    unit = ConfigParser(strict=False)
    unit.read("deploy/systemd/lystok-lane.service")
    service = unit["Service"]
    process.file.write_text(process.file.read_text().replace("silent_s = 0.4", "silent_s = 60"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(process.folder / "notify"))
        manager.settimeout(float(service["WatchdogSec"]))
        program = process.start(NOTIFY_SOCKET=str(process.folder / "notify"))
        assert {manager.recv(100).decode() for _ in range(3)} == {"READY=1", "WATCHDOG=1"}
        client.hold_open()
        program.send_signal(signal.SIGSTOP)
        with suppress(TimeoutError):
            while manager.recv(100):
                pass
    assert process.levels()[IN] == "high", "until then nobody else can help"
    program.send_signal(signal.SIGABRT)
    program.send_signal(signal.SIGCONT)
    assert program.wait(10) == -signal.SIGABRT
    assert " lane safe " in service["ExecStopPost"]
    assert process.program("safe").wait(10) == 0
    assert process.levels() == SAFE


@pytest.mark.fault(28)
@pytest.mark.parametrize(
    "state, seen_ago_s, alive",
    [
        (HealthState.WORKS, 0, True),
        (HealthState.WORKS, 10, False),
        (HealthState.FAILED, 10, True),
        (HealthState.UNKNOWN, None, True),
    ],
)
def test_a_lane_at_which_nobody_looks_any_more_is_no_sign_of_life(
    state: HealthState, seen_ago_s: float | None, alive: bool
) -> None:
    """Then the watchdog comes; a lane without pins is no hang."""
    ago = None if seen_ago_s is None else datetime.now(UTC) - timedelta(seconds=seen_ago_s)
    lane = SimpleNamespace(health=lambda: Health(state, Detail.FINE, ago))
    assert lane_daemon._is_alive(cast(Lane, lane)) is alive


@pytest.mark.fault(22, 28)
def test_a_station_that_was_killed_leaves_safe_levels(process: Process) -> None:
    process.start()
    station = subprocess.Popen([sys.executable, "-c", _STATION, str(process.socket)])
    until(lambda: process.levels()[IN] == "high", "the station did not open")
    station.kill()
    station.wait()
    until(lambda: process.levels() == SAFE, "the lane stayed open")


_STATION: Final = """\
import sys, json, socket
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
line.sendall(b'{"do": "hold_open"}\\n')
while True:
    line.recv(4096)
    line.sendall(b'{"do": "signals", "timeout_s": 0.1}\\n')
"""


@pytest.mark.fault(32)
def test_fire_is_dealt_with_while_no_station_runs(process: Process, client: LaneClient) -> None:
    process.start()
    client.shut()
    say(process.folder, 19, "low")
    until(lambda: process.levels()[OUT] == "low", "the way out stayed locked")
    assert [each.kind for each in client.signals(5)] == [SignalKind.FIRE]
    client.shut()
    assert process.levels() == SAFE


def test_a_lane_has_one_owner(process: Process, client: LaneClient) -> None:
    process.start()
    client.shut()
    second = process.program("run")
    assert second.wait(10) != 0
    client.shut()
    assert client.health().state is HealthState.WORKS


# Within this process.


@pytest.fixture
def lane(now: Now, opened: Opened) -> SimulatedLane:
    return opened(SimulatedLane(SimulatorSettings(driver="simulator"), now))  # type: ignore[no-any-return]


class Hosted:
    """A host whose clock the test moves."""

    def __init__(self, lane: SimulatedLane, path: Path) -> None:
        self.now_s = 0.0
        self.path = path
        self.host = LaneHost(lane, path, 0.4, lambda: self.now_s)
        self.close = self.host.close


@pytest.fixture
def hosted(lane: SimulatedLane, tmp_path: Path, opened: Opened) -> Hosted:
    return opened(Hosted(lane, tmp_path / "lane.sock"))  # type: ignore[no-any-return]


@pytest.fixture
def station(hosted: Hosted, now: Now, opened: Opened) -> LaneClient:
    return opened(LaneClient(Settings(driver="daemon", socket=hosted.path), now))  # type: ignore[no-any-return]


@pytest.mark.fault(28)
def test_a_station_that_hangs_counts_as_gone(
    hosted: Hosted, station: LaneClient, lane: SimulatedLane
) -> None:
    station.hold_open()
    hosted.now_s = 0.3
    station.signals(0)
    hosted.now_s = 0.6
    assert lane.state()["bars"] == "open"
    hosted.now_s = 0.8
    until(lambda: lane.state()["bars"] == "free_out", "the lane stayed open")


@pytest.mark.fault(29)
def test_a_line_that_flaps_a_thousand_times_releases_nothing(
    hosted: Hosted, station: LaneClient, lane: SimulatedLane
) -> None:
    station.shut()
    before = lane.state()["past"]
    for _ in range(1000):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(hosted.path))
            line.sendall(b'{"do": "open_')
    station.shut()
    assert lane.state()["bars"] == "shut"
    assert set(lane.state()["past"]) - set(before) <= {"shut"}


@pytest.mark.parametrize(
    "question",
    [
        b"{}",
        b"[]",
        b"nonsense",
        b"\xff\xfe",
        b'{"do": "explode"}',
        b'{"do": "open_once"}',
        b'{"do": "open_once", "direction": "up"}',
        b'{"do": "signals", "timeout_s": "long"}',
        b'{"do": "show", "lamps": []}',
        b"[" * 60_000,
    ],
)
@pytest.mark.threat(7)
def test_nonsense_is_answered_and_opens_nothing(
    hosted: Hosted, lane: SimulatedLane, question: bytes
) -> None:
    with socket.socket(socket.AF_UNIX) as line, line.makefile("rb") as answers:
        line.settimeout(5)
        line.connect(str(hosted.path))
        line.sendall(question + b"\n")
        assert json.loads(answers.readline())["error"] == "settings"
    assert lane.state()["bars"] == "shut"


def test_only_this_user_and_group_may_call(hosted: Hosted) -> None:
    assert hosted.path.stat().st_mode & 0o777 == 0o660


def test_a_station_that_gets_nonsense_calls_the_lane_missing(
    tmp_path: Path, now: Now, opened: Opened
) -> None:
    path = tmp_path / "other.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        station = opened(LaneClient(Settings(driver="daemon", socket=path), now))
        pair = subprocess.Popen(
            [sys.executable, "-c", _JESTER, str(listener.fileno())], pass_fds=[listener.fileno()]
        )
        with pytest.raises(DeviceMissing):
            station.shut()
        assert station.health().state is HealthState.FAILED
        pair.kill()
        pair.wait()


_JESTER: Final = """\
import socket, sys
line, _ = socket.socket(fileno=int(sys.argv[1])).accept()
line.recv(100)
line.sendall(b'{"health": 7}\\n')
line.recv(100)
"""


def test_a_configuration_is_checked_whole(tmp_path: Path) -> None:
    file = tmp_path / "lane.toml"
    file.write_text('silent_s = 0\n[lane]\ndriver = "daemon"\nsocket = "x"\n')
    with pytest.raises(ValidationError) as caught:
        load(file)
    assert caught.value.error_count() == 2
    assert lystok.main(["lane", "safe", "--config", str(file)]) == 2


def test_the_service_manager_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        service_manager.tell(service_manager.READY)
        assert manager.recv(100) == b"READY=1"


def test_safe_needs_a_lane_that_can_be_owned(monkeypatch: pytest.MonkeyPatch) -> None:
    config = LaneConfig(lane={"driver": "simulator"})
    lane_daemon.make_safe(config)
    monkeypatch.setattr(
        SimulatedLane, "health", lambda _: Health(HealthState.FAILED, Detail.MISSING, None)
    )
    with pytest.raises(DeviceMissing, match="no pins"):
        lane_daemon.make_safe(config)


# From the command line.


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "lane.toml").write_text(LINES.format(folder=tmp_path))
    return str(tmp_path / "lane.toml")


def test_the_levels_of_every_line_can_be_printed(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lystok.main(["lane", "levels", "--config", file]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "name      pin  start  shut  open  safe",
        "open_in   17   low    low   high  low",
        "open_out  27   low    high  low   low",
    ]


@pytest.mark.fault(28)
def test_where_there_are_no_pins_nobody_says_that_the_lane_is_safe(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lystok.main(["lane", "safe", "--config", file]) == 1
    assert "no pins" in capsys.readouterr().err


def test_a_wrong_lane_is_refused_with_its_faults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lane.toml").write_text('[lane]\ndriver = "gpoi"\n')
    assert lystok.main(["lane", "run", "--config", str(tmp_path / "lane.toml")]) == 2
    assert "did you mean 'gpio'?" in capsys.readouterr().err
