"""What asking another library system adds to an exit, and whether one slow answer holds others up.

The same server is asked with its own loans and with those of a SIP2 centre that takes 20 ms for
every answer, and a little more, as a bare socket finds; what is beyond both is ours. Then 50
stations ask at once while one question takes two seconds.
"""

from __future__ import annotations

import csv
import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final
from uuid import uuid4

from bench.figure import Figure, percentile
from bench.libraries import Library, write
from bench.load import Load, drive
from bench.programs import free_port, serving
from server.library_systems.sip2.layouts import Code, Tag
from server.library_systems.sip2.message import Dialect, Message, encode

_TAKES_MS: Final = 20.0
_PATRONS: Final = 1_000
_ASKED: Final = 200
_ROUNDS: Final = 5
_STATIONS: Final = 50
_ADDS_AT_MOST_MS: Final = 5.0
_WAITS_AT_MOST: Final = 1.25
_NO_LIMIT: Final = "1000000000"
_QUESTION: Final = {"language": "000", "date": "20260101    120000", "summary": "  Y       "}


def figures(*, full: bool = False) -> Iterator[Figure]:
    """Both figures; nothing more is measured with `full`."""
    del full
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="lystok-bench-")))
        library = write(folder / "library", _PATRONS)
        yield from _added(library)
        yield from _shared(library)


def _added(library: Library) -> Iterator[Figure]:
    with _server(library) as own, _centre() as port, _server(library, port) as outside:
        codes = library.codes[:_ASKED]
        for side in (own, outside):
            _exits(side, codes)
        ours, theirs, through = [], [], []
        for _ in range(_ROUNDS):
            ours.append(median(_exits(own, codes)))
            theirs.append(median(_answers(port)))
            through.append(median(_exits(outside, codes)))
    rounds = zip(through, ours, theirs, strict=True)
    added = [all_of_it - plain - centre for all_of_it, plain, centre in rounds]
    yield Figure("sip2 answer p50", median(theirs), "ms")
    yield Figure("exit with own loans p50", median(ours), "ms")
    yield Figure("exit through sip2 p50", median(through), "ms")
    yield Figure("exit through sip2 added", median(added), "ms", at_most=_ADDS_AT_MOST_MS)


def _answers(port: int) -> list[float]:
    """What the centre takes for the same question, asked over a bare socket."""
    frame = encode(Message(Code.PATRON, _QUESTION, ((Tag.PATRON, "1"),), 0), Dialect())
    taken = []
    with socket.create_connection(("127.0.0.1", port)) as line:
        for _ in range(_ASKED):
            began = perf_counter()
            line.sendall(frame)
            heard = b""
            while not heard.endswith(b"\r"):
                heard += line.recv(4096)
            taken.append((perf_counter() - began) * 1000)
    return taken


def _shared(library: Library) -> Iterator[Figure]:
    slow, *others = library.codes[:_ASKED]
    with _centre(_first_number(library)) as port, _server(library, port) as load:
        _exits(load, others, lines=_STATIONS)
        alone, held = [], []
        for _ in range(_ROUNDS):
            alone.append(percentile(_exits(load, others, lines=_STATIONS), 95))
            held.append(percentile(_exits(load, [slow, *others], lines=_STATIONS), 95))
    ratios = [with_slow / without for with_slow, without in zip(held, alone, strict=True)]
    name = f"{_STATIONS} stations p95"
    yield Figure(name, median(alone), "ms")
    yield Figure(
        f"{name} beside one slow answer", median(ratios), "times", at_most=_WAITS_AT_MOST
    )  # fmt: skip


def _exits(load: Load, codes: Sequence[str], lines: int = 1) -> list[float]:
    bodies = [json.dumps({"id": str(uuid4()), "direction": "exit", "code": code}) for code in codes]
    return drive(replace(load, bodies=bodies, connections=lines)).taken_ms


def _first_number(library: Library) -> str:
    """The ticket number behind the first of the codes, which stand in the order of the list."""
    with (library.config.parent / "patrons.csv").open(encoding="utf-8", newline="") as file:
        return next(row["number"] for row in csv.DictReader(file) if row["state"] == "valid")


@contextmanager
def _centre(slow: str = "") -> Iterator[int]:
    port = free_port()
    with serving(["-m", "bench.sip2_centre", str(port), str(_TAKES_MS), slow], port):
        yield port


@contextmanager
def _server(library: Library, centre: int | None = None) -> Iterator[Load]:
    port = free_port()
    settings = {
        "LYSTOK_SERVER__PORT": str(port),
        "LYSTOK_SERVER__STRANGE_CODES_PER_MINUTE": _NO_LIMIT,
    }
    if centre is not None:
        settings |= {
            "LYSTOK_LIBRARY_SYSTEM__KIND": "sip2",
            "LYSTOK_LIBRARY_SYSTEM__DEPARTMENT": "1",
            "LYSTOK_LIBRARY_SYSTEM__DEADLINE_MS": "3000",
            "LYSTOK_SIP2__HOST": "127.0.0.1",
            "LYSTOK_SIP2__PORT": str(centre),
        }
    command = ["-m", "lystok", "--config", str(library.config), "server", "run"]
    with serving(command, port, **settings):
        yield Load(port, "/api/v1/check", library.token, ())
