"""Ten thousand histories of stations and a server in which everything fails, on all cores."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from bench.figure import Figure
from tests.histories.machine import search
from tests.soak.cores import cores

_HISTORIES: Final = 10_000
_AT_ONCE: Final = 250
"""Each search holds some memory for every history; a new process gives it back."""


def figures() -> Iterator[Figure]:
    """How many were tried, and in how many of the searches something failed."""
    tried = failed = 0
    searches = [_AT_ONCE] * (_HISTORIES // _AT_ONCE)
    with cores() as pool:
        for count in pool.map(_search, searches):
            tried += count
            failed += not count
            print(f"# {tried} of {_HISTORIES} histories", file=sys.stderr, flush=True)
    yield Figure("sync histories tried", tried, "histories", at_least=_HISTORIES)
    yield Figure("sync searches that failed", failed, "searches", at_most=0)


def _search(histories: int) -> int:
    """Histories tried; 0 where one failed, which is printed then."""
    try:
        return search(histories)
    except AssertionError as error:
        print(error, *getattr(error, "__notes__", ()), sep="\n")
        return 0
