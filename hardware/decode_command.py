"""`lystok decode IMAGE...`: one line for each image.

`path TAB format TAB text`, or `path TAB - TAB` where no code is found. Control characters
of a path or a code are printed as escapes: a code must not play with the terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from hardware.decoder import Code, decode_file
from hardware.image_files import UnreadableImage


def run(
    paths: Iterable[str | Path], out: TextIO | None = None, problems: TextIO | None = None
) -> int:
    """Print what the images hold; 0, or 1 if an image could not be read.

    An image with several codes prints the best: QR, Aztec or PDF417 before bars, then the
    largest. No code is no failure.
    """
    results = [_print_one(Path(path), out or sys.stdout, problems or sys.stderr) for path in paths]
    return 0 if all(results) else 1


def _print_one(path: Path, out: TextIO, problems: TextIO) -> bool:
    """One line about one image; whether it could be read."""
    try:
        codes = decode_file(path)
    except UnreadableImage as error:
        print(f"{_visible(str(path))}: {error}", file=problems)
        codes, readable = (), False
    else:
        readable = True
    print(_line(path, codes), file=out, flush=True)
    return readable


def _line(path: Path, codes: tuple[Code, ...]) -> str:
    if not codes:
        return f"{_visible(str(path))}\t-\t"
    best = codes[0]
    return f"{_visible(str(path))}\t{best.format}\t{_visible(best.text)}"


def _visible(text: str) -> str:
    """`text` with everything that is no letter, sign or plain space written as an escape."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
