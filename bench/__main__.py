"""`python -m bench [--full] [NAME ...]`: a line a figure, `name value unit limit ok|short`.

A figure without a limit stands beside its peer. Nothing here fails a build: speed is read by
people, on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pkgutil import iter_modules

import bench
from bench.figure import Figure

_HELPERS = {"__main__", "figure"}


def line(figure: Figure) -> str:
    """The figure as it is printed; `-` where it has no limit."""
    limit = "-"
    if figure.at_most is not None:
        limit = f"<={figure.at_most:g}"
    elif figure.at_least is not None:
        limit = f">={figure.at_least:g}"
    name = figure.name.replace(" ", "_")
    return f"{name} {figure.value:.4g} {figure.unit} {limit} {'ok' if figure.ok else 'short'}"


def names() -> list[str]:
    """The benchmarks there are."""
    found = (module.name for module in iter_modules(bench.__path__))
    return sorted(
        name
        for name in found
        if name not in _HELPERS and hasattr(import_module(f"bench.{name}"), "figures")
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="also what takes long")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}")
    options = parser.parse_args()
    for name in options.names or names():
        for figure in import_module(f"bench.{name}").figures(full=options.full):
            print(line(figure), flush=True)


if __name__ == "__main__":
    main()
