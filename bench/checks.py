"""What a check costs the server, beside an echo of the same request under the same web server.

A check does everything: token, event id seen before, ticket, ban, open visit, loans, decision, and
visit and audit record on the disk. Pairs of echo and check take turns, each over all tickets once;
between them everybody goes out again, unmeasured. PostgreSQL's own processes are not counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from uuid import uuid4

from bench.figure import Figure, percentile
from bench.libraries import Library, write
from bench.load import Heard, Load, drive
from bench.programs import Served, free_port, postgresql, serving

_PATH = "/api/v1/check"
_PAIRS = 7
_CONNECTIONS = 8
_SMALL, _LARGE = 1_000, 1_000_000
_RATIO_LIMIT = {"sqlite": 3.6, "postgresql": 4.8}
_MEMORY_LIMIT_MB = 80
_SCALE_LIMIT = 1.15
_NO_LIMIT = "1000000000"
_STRANGE = ("4999123", "LT1:" + "6BF" * 50, "LT1:%%", "сім")


@dataclass(frozen=True, slots=True)
class Side:
    """A server with somebody to ask it."""

    server: Served
    load: Load

    def ask(self, codes: Sequence[str], direction: str = "entry", lines: int = 1) -> Heard:
        """Ask with every code once."""
        bodies = [
            json.dumps({"id": str(uuid4()), "direction": direction, "code": code}) for code in codes
        ]
        return drive(replace(self.load, bodies=bodies, connections=lines))

    def cpu_ms(self, codes: Sequence[str], direction: str = "entry") -> tuple[float, Heard]:
        """Processor time of the server for each, and what it answered."""
        before_s = self.server.cpu_s()
        heard = self.ask(codes, direction)
        return (self.server.cpu_s() - before_s) / len(codes) * 1000, heard

    def slips(self, heard: Heard) -> list[str]:
        """Numbers of the slips of those who were let in: everybody."""
        answers = map(json.loads, heard.answers)
        slips = [answer["slip_number"] for answer in answers if answer["verdict"] == "grant"]
        if len(slips) != len(heard.answers):
            raise RuntimeError("not everybody was let in")
        return slips

    def empty(self, heard: Heard) -> None:
        """Let everybody out again who was let in."""
        self.ask(self.slips(heard), "exit")


def figures(*, full: bool = False) -> Iterator[Figure]:
    """Both databases; a million patrons only when asked for."""
    for kind in _RATIO_LIMIT:
        with ExitStack() as stack:
            yield from _small(stack, kind)
        if full:
            with ExitStack() as stack:
                yield from _scale(stack, kind)


def _small(stack: ExitStack, kind: str) -> Iterator[Figure]:
    library = library_of(stack, kind, _SMALL)
    echo = stack.enter_context(_echo(library))
    check = stack.enter_context(centre_of(library))
    yield from _costs(kind, echo, check, library.codes)
    yield from _waits(kind, check, library.codes)
    yield Figure(f"{kind} worker memory", check.server.worker_mb(), "MB", at_most=_MEMORY_LIMIT_MB)
    yield Figure(f"{kind} worker resident", check.server.worker_resident_mb(), "MB")


def _costs(kind: str, echo: Side, check: Side, codes: Sequence[str]) -> Iterator[Figure]:
    _warm(echo, check, codes)
    strange = [_STRANGE[n % len(_STRANGE)] for n in range(len(codes))]
    echoes, checks, refusals = [], [], []
    for _ in range(_PAIRS):
        echoes.append(echo.cpu_ms(codes)[0])
        taken_ms, heard = check.cpu_ms(codes)
        checks.append(taken_ms)
        check.empty(heard)
        refusals.append(check.cpu_ms(strange)[0])
    yield Figure(f"{kind} echo cpu", median(echoes), "ms")
    yield Figure(f"{kind} check cpu", median(checks), "ms")
    ratios = [mine / peer for mine, peer in zip(checks, echoes, strict=True)]
    limit = _RATIO_LIMIT[kind]
    yield Figure(f"{kind} check to echo cpu", median(ratios), "times", at_most=limit)
    worse = [bad / good for bad, good in zip(refusals, checks, strict=True)]
    yield Figure(f"{kind} strange code to good cpu", median(worse), "times", at_most=1)


def _warm(echo: Side, check: Side, codes: Sequence[str]) -> None:
    echo.ask(codes)
    check.empty(check.ask(codes))


def _waits(kind: str, check: Side, codes: Sequence[str]) -> Iterator[Figure]:
    halves, ratios = [], []
    for _ in range(_PAIRS):
        heard = check.ask(codes, lines=_CONNECTIONS)
        check.empty(heard)
        halves.append(median(heard.taken_ms))
        ratios.append(percentile(heard.taken_ms, 99) / halves[-1])
    where = f"{kind} check at {_CONNECTIONS} connections"
    yield Figure(f"{where} p50", median(halves), "ms")
    yield Figure(f"{where} p99 to p50", median(ratios), "times", at_most=3)


def _scale(stack: ExitStack, kind: str) -> Iterator[Figure]:
    sides = []
    for patrons in (_SMALL, _LARGE):
        library = library_of(stack, kind, patrons)
        side = stack.enter_context(centre_of(library))
        side.empty(side.ask(library.codes))
        sides.append((side, library.codes))
    cpu, half = [], []
    for _ in range(_PAIRS):
        (small_cpu, small_half), (large_cpu, large_half) = [_once(*side) for side in sides]
        cpu.append(large_cpu / small_cpu)
        half.append(large_half / small_half)
    scale = f"{kind} check {_LARGE} to {_SMALL} patrons"
    yield Figure(f"{scale} cpu", median(cpu), "times", at_most=_SCALE_LIMIT)
    yield Figure(f"{scale} p50", median(half), "times", at_most=_SCALE_LIMIT)


def _once(side: Side, codes: Sequence[str]) -> tuple[float, float]:
    cpu_ms, heard = side.cpu_ms(codes)
    side.empty(heard)
    return cpu_ms, median(heard.taken_ms)


def library_of(stack: ExitStack, kind: str, patrons: int) -> Library:
    """A library of so many patrons on this kind of database, until the stack ends."""
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="lystok-bench-")))
    url = stack.enter_context(postgresql()) if kind == "postgresql" else None
    return write(folder / "library", patrons, url)


@contextmanager
def _echo(library: Library) -> Iterator[Side]:
    port = free_port()
    with serving(["-m", "bench.echo", str(port)], port) as served:
        yield Side(served, Load(port, _PATH, library.token, ()))


@contextmanager
def centre_of(library: Library) -> Iterator[Side]:
    """Its server, with somebody to ask it."""
    port = free_port()
    command = ["-m", "lystok", "--config", str(library.config), "server", "run"]
    settings = {
        "LYSTOK_SERVER__PORT": str(port),
        "LYSTOK_SERVER__STRANGE_CODES_PER_MINUTE": _NO_LIMIT,
    }
    with serving(command, port, **settings) as served:
        yield Side(served, Load(port, _PATH, library.token, ()))
