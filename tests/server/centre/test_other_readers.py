"""The page for readers of other makes: its program asks a real server and obeys it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.centre.test_run import program
from tests.server.centre.town import Town

__all__ = ["program"]

PAGE = Path(__file__).parents[3] / "docs" / "other-readers.md"


def reader() -> str:
    """The program that stands on the page."""
    return PAGE.read_text("utf-8").split("```python\n")[1].split("```")[0]


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
def test_the_program_on_the_page_lets_a_reader_in_once(
    town: Town, program: tuple[subprocess.Popen[str], int]
) -> None:
    _, port = program
    always = {"opens": "0:00", "closes": "24:00"}
    town.set(hours=[always] * 7)
    code = town.code(town.ticket())
    command = [sys.executable, "-c", reader(), f"http://127.0.0.1:{port}", town.tokens["R1"]]
    scans = f"{code}\n{code}\nnobody issued this\n"
    done = subprocess.run(command, input=scans, capture_output=True, text=True, check=True)
    verdicts = [line.split()[0] for line in done.stdout.splitlines()]
    assert verdicts == ["grant", "desk", "refuse"], done.stdout


def test_the_program_sends_people_to_the_desk_while_the_server_is_away() -> None:
    command = [sys.executable, "-c", reader(), "http://127.0.0.1:9", "token"]
    done = subprocess.run(command, input="code\n", capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["desk", "offline"]
