"""`lystok decode` and `lystok photo`: what pictures hold, and what they are worth."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lystok.terminal import add_command, stop_on


def decode(options: argparse.Namespace) -> int:
    """Print every code found in pictures."""
    from hardware import decode_command

    return decode_command.run(options.images)


def photo(options: argparse.Namespace) -> int:
    """Judge pictures as photos for a ticket: a line of JSON each."""
    from hardware.contracts import DriverNotInstalled
    from kiosk.photo import photo_command

    with stop_on(DriverNotInstalled):
        return photo_command.run(options.images)


def add(words: Any) -> None:
    """The words `decode` and `photo`."""
    for name, command in (("decode", decode), ("photo", photo)):
        parser = add_command(words, name, command)
        parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE")
