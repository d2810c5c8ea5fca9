"""`lystok release`: how the program comes onto a machine and is renewed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lystok.terminal import add_command, add_room, stop_on


def keys(options: argparse.Namespace) -> None:
    """Make the pair of keys that signs and verifies releases."""
    from release import commands

    with stop_on(*commands.FAULTS):
        print(commands.keys(options.private, options.public))


def build(options: argparse.Namespace) -> None:
    """Make a signed release of the project in this folder."""
    from release import commands

    with stop_on(*commands.FAULTS):
        print(commands.build(Path.cwd(), options.bundle, options.key))


def install(options: argparse.Namespace) -> None:
    """Install a release beside the present one; kept only if it is ready within 60 s."""
    from release import commands

    with stop_on(*commands.FAULTS):
        print(commands.install(options.bundle, options.role))


def back(options: argparse.Namespace) -> None:
    """Go back to the release before."""
    from release import commands

    with stop_on(*commands.FAULTS):
        print(commands.back(options.role))


def settle(options: argparse.Namespace) -> None:
    """After a power cut in the middle of an update: keep the release that works."""
    from release import commands

    with stop_on(*commands.FAULTS):
        print(commands.settle(options.role))


def told(options: argparse.Namespace) -> None:
    """Print the releases of this machine."""
    from release import commands

    print(commands.told(options.role))


def add(words: Any) -> None:
    """The words behind `release`."""
    room = add_room(words, "release", "how the program comes onto a machine and is renewed")
    parser = add_command(room, "keys", keys)
    parser.add_argument("private", type=Path, metavar="PRIVATE")
    parser.add_argument("public", type=Path, metavar="PUBLIC")
    parser = add_command(room, "build", build)
    parser.add_argument("bundle", type=Path, metavar="FILE.bundle")
    parser.add_argument("--key", type=Path, required=True, help="the private key of releases")
    parser = add_command(room, "install", install)
    parser.add_argument("bundle", type=Path, metavar="FILE.bundle")
    for each in (
        parser,
        add_command(room, "back", back),
        add_command(room, "settle", settle),
        add_command(room, "list", told),
    ):
        each.add_argument("--role", choices=("server", "kiosk"), required=True)
