"""What all commands share: the words that call them, and their end."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

Command: TypeAlias = Callable[[argparse.Namespace], int | None]
"""Does what the options ask for; answers the exit status, None for 0."""


class Stop(Exception):
    """Ends the program with a message for the person at the terminal."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


@contextmanager
def stop_on(*faults: type[Exception]) -> Iterator[None]:
    """Each of these faults ends the program with its message."""
    try:
        yield
    except faults as fault:
        raise Stop(str(fault)) from None


def add_room(words: Any, name: str, about: str) -> Any:
    """A word behind which commands stand; they are added to what this answers."""
    parser = words.add_parser(name, help=about, description=about)
    return parser.add_subparsers(required=True, metavar="COMMAND")


def add_command(words: Any, name: str, command: Command) -> argparse.ArgumentParser:
    """A word that runs a command, which the first line of its docstring explains."""
    about = (command.__doc__ or "").split("\n")[0]
    parser: argparse.ArgumentParser = words.add_parser(name, help=about, description=about)
    # Left out, it must not overwrite the one that stands before the command.
    parser.add_argument("--config", type=Path, default=argparse.SUPPRESS, help="TOML file")
    parser.set_defaults(command=command)
    return parser
