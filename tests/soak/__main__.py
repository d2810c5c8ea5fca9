"""`python -m tests.soak [NAME ...]`: a line a figure, as `python -m bench` prints them.

It ends with 1 where a figure is short: nothing here depends on how fast the machine is.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pkgutil import iter_modules

import tests.soak
from bench.__main__ import line


def names() -> list[str]:
    """The searches there are."""
    return sorted(found.name for found in iter_modules(tests.soak.__path__) if found.name[0] != "_")


def main() -> int:
    """Search and print."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}")
    short = 0
    for name in parser.parse_args().names or names():
        for figure in import_module(f"tests.soak.{name}").figures():
            print(line(figure), flush=True)
            short += not figure.ok
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
