"""The `lystok` command: a thin front door to the programs, which it imports only when called.

A file for each word that stands behind `lystok`. It knows all rooms and no room knows it.
Exit status: 0 done, 1 it did not work (the message says why), 2 wrong words or configuration.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lystok import demo, images, kiosk, lane, release, server, slip, ticket
from lystok.terminal import Command, Stop


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = build_parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options) or 0
    except Stop as stop:
        print(f"lystok: {stop}", file=sys.stderr)
        return stop.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read along has read enough: `lystok kiosk doctor | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def build_parser() -> argparse.ArgumentParser:
    """The command line; `--config FILE` may stand before or behind the command."""
    parser = argparse.ArgumentParser(prog="lystok", description="The entrance of a library.")
    parser.add_argument("--config", type=Path, default=None, help="the TOML configuration")
    words = parser.add_subparsers(required=True, metavar="COMMAND")
    demo.add(words)
    server.add(words)
    kiosk.add(words)
    lane.add(words)
    ticket.add(words)
    slip.add(words)
    release.add(words)
    images.add(words)
    return parser
