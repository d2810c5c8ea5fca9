"""`python -m tests.soak [NAME ...]`: a line a figure, as `python -m bench` prints them.

It ends with 1 where a figure is short. On two cores that do nothing else it takes about half
an hour; each search ends with a line that says how long it took, which has no limit.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pkgutil import iter_modules
from time import monotonic

import tests.soak
from bench.__main__ import line
from bench.figure import Figure

_HELPERS = {"__main__", "cores"}


def names() -> list[str]:
    """The searches there are."""
    found = (module.name for module in iter_modules(tests.soak.__path__))
    return sorted(name for name in found if name not in _HELPERS)


def main() -> int:
    """Search and print."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}")
    short = 0
    for name in parser.parse_args().names or names():
        began_s = monotonic()
        for figure in import_module(f"tests.soak.{name}").figures():
            print(line(figure), flush=True)
            short += not figure.ok
        took = Figure(f"soak {name}", (monotonic() - began_s) / 60, "minutes")
        print(line(took), flush=True)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
