"""`lystok demo` as its user runs it: one command, one machine, ended by Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from demo.serving import claim

SOON_MS = 60_000


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The running demonstration; whoever leaves it running has it ended."""
    words = ["demo", "--no-browser", "--port", "0", "--out", str(tmp_path)]
    program = subprocess.Popen(
        [sys.executable, "-m", "lystok", *words], stdout=subprocess.PIPE, text=True
    )
    with program:
        yield program
        if program.poll() is None:
            program.send_signal(signal.SIGTERM)


def addresses(demo: subprocess.Popen[str]) -> dict[str, str]:
    """What it prints of itself, as soon as it is up."""
    found = {}
    assert demo.stdout
    for line in demo.stdout:
        if told := re.fullmatch(r"(\w+) +(http://\S+)\n", line):
            found[told.group(1)] = told.group(2)
        if "Ctrl-C" in line:
            return found
    pytest.fail("the demonstration ended before it was up")


def children(of: int) -> list[int]:
    """Processes that a process started and that still run."""
    listed = Path(f"/proc/{of}/task/{of}/children").read_text("ascii")
    return [int(word) for word in listed.split()]


def test_one_command_brings_all_up_and_ctrl_c_takes_all_down(
    demo: subprocess.Popen[str], page: Page
) -> None:
    told = addresses(demo)
    assert set(told) == {"console", "entrance", "exit", "bench"}
    assert all(requests.get(address, timeout=10).ok for address in told.values())
    page.goto(told["bench"])
    page.locator("#tickets > li").first.get_by_role("button", name="Вхід").click()
    expect(page.locator("#chosen-number")).to_have_text(re.compile("K1-0001-"), timeout=SOON_MS)
    page.get_by_role("button", name="Увійти").click()
    expect(page.locator(".wing-in [data-lane-words]")).to_have_text("Людина пройшла")
    page.get_by_role("button", name="Показати на виході").click()
    small = page.frame_locator(".wing-out iframe")
    expect(small.locator('[data-name="farewell"]')).to_be_visible(timeout=SOON_MS)
    page.goto("about:blank")

    programs = children(demo.pid)
    assert len(programs) == 5
    demo.send_signal(signal.SIGINT)
    assert demo.wait(60) == 0
    assert not [program for program in programs if is_alive(program)]


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_port_that_is_taken_is_told_before_anything_begins(tmp_path: Path) -> None:
    with claim(0) as taken:
        port = taken.getsockname()[1]
        ran = subprocess.run(
            [sys.executable, "-m", "lystok", "demo", "--no-browser", "--port", str(port),
             "--out", tmp_path],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert ran.returncode == 1
    assert f"port {port}" in ran.stderr
    assert "--port" in ran.stderr
    assert not list(tmp_path.iterdir())
