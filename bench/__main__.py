"""`python -m bench [--full] [NAME ...]`: a line a figure, `name value unit limit ok|short`.

A figure without a limit stands beside its peer. Nothing here fails a build: speed is read by
people, on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from bench.figure import Figure


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
    """The benchmarks there are; none is loaded for that."""
    files = Path(__file__).parent.glob("*.py")
    return sorted(file.stem for file in files if "\ndef figures(" in file.read_text("utf-8"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="also what takes long")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}")
    options = parser.parse_args()
    chosen = options.names or names()
    if len(chosen) > 1:
        # What one has loaded and left behind is not the next one's.
        for name in chosen:
            subprocess.run(
                [sys.executable, "-m", "bench", *["--full"] * options.full, name], check=True
            )
        return
    for figure in import_module(f"bench.{chosen[0]}").figures(full=options.full):
        print(line(figure), flush=True)


if __name__ == "__main__":
    main()
