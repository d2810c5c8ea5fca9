"""`lystok slip`: slips as a printer draws them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lystok.terminal import Stop, add_command, add_room


def render(options: argparse.Namespace) -> None:
    """Draw the paper that a printer would make of these bytes."""
    from hardware import escpos_paper

    try:
        escpos_paper.draw_file(options.file, options.png)
    except OSError as error:
        raise Stop(f"{error.filename}: {error.strerror}") from None
    except escpos_paper.PaperError as error:
        raise Stop(f"{options.file}: {error}") from None


def add(words: Any) -> None:
    """The words behind `slip`."""
    room = add_room(words, "slip", "slips as a printer draws them")
    parser = add_command(room, "render", render)
    parser.add_argument("file", type=Path, metavar="FILE.bin")
    parser.add_argument("png", type=Path, metavar="FILE.png")
