"""`lystok demo`: the whole library on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lystok.terminal import add_command, stop_on


def play(options: argparse.Namespace) -> int:
    """Play the whole library on this machine."""
    from demo import commands
    from demo.programs import StageError

    if options.init is not None:
        with stop_on(OSError, ValueError):
            print(commands.write_sample(options.init, patrons=options.patrons))
        return 0
    with stop_on(StageError):
        if options.headless:
            return commands.play_day(options.out)
        return commands.open_demo(options.out, port=options.port, browser=options.browser)


def add(words: Any) -> None:
    """The word `demo`."""
    parser = add_command(words, "demo", play)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--headless", action="store_true", help="play one day, print each step")
    kind.add_argument("--init", type=Path, metavar="DIR", help="only write the sample library")
    parser.add_argument("--patrons", type=int, default=60, help="size of the sample (60)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to work and keep slips")
    parser.add_argument("--port", type=int, default=8600, help="port of the demo's own page")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="open nothing")
