"""The words of the front door: told on a page, and no program is loaded for their sake."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

import lystok
from tests.test_house import ROOMS, ROOT

PAGE = ROOT / "docs" / "commands.md"
PROGRAMS = set(ROOMS) - {"lystok"}
HEAVY = {"cryptography", "cv2", "flask", "gunicorn", "numpy", "PIL", "pydantic", "sqlalchemy"}


def commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Every command that does something, within a word of the command line."""
    inner = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not inner:
        yield parser
    for words in inner:
        for each in words.choices.values():
            yield from commands(each)


COMMANDS = {each.prog: each for each in commands(lystok.build_parser())}


def rows() -> dict[str, str]:
    """What the page tells of each command, by its words."""
    lines = PAGE.read_text("utf-8").splitlines()
    found = [(re.match(r"\| `(lystok[a-z0-9 -]*[a-z0-9])", line), line) for line in lines]
    return {match[1]: line for match, line in found if match}


def test_the_page_tells_of_every_command_and_of_no_other() -> None:
    assert set(rows()) == set(COMMANDS)


@pytest.mark.parametrize("words", COMMANDS)
def test_the_page_tells_of_every_option_and_of_no_other(words: str) -> None:
    told = set(re.findall(r"`(--[a-z-]+)", rows()[words]))
    there = {name for name in COMMANDS[words]._option_string_actions if name.startswith("--")}
    assert told == there - {"--help", "--config"}


def loaded(act: str) -> set[str]:
    """The packages that a Python has loaded after this."""
    code = f"import lystok, sys; {act}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(ended.stdout.splitlines()[-1].split())


def test_help_loads_no_program() -> None:
    there = loaded("lystok.build_parser().format_help()")
    assert not there & {*PROGRAMS, *HEAVY}


def test_a_lane_loads_neither_station_nor_centre() -> None:
    there = loaded("lystok.main(['lane', 'levels', '--config', 'docs/hardware/lane.toml'])")
    assert "hardware" in there
    assert not there & {*PROGRAMS, *HEAVY} - {"hardware", "pydantic"}
