"""kill -9: 200 rounds of a station and of a server, each under load."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.figure import Figure
from tests.kills.rounds import Outcome, kill_server, kill_station

_ROUNDS: Final = 200
_BACK_S: Final = 5.0


def figures() -> Iterator[Figure]:
    """Rounds, what was promised in them, what was missing after them, and the slowest start."""
    yield from _killed("station", kill_station)
    yield from _killed("server", kill_server)


def _killed(name: str, kill: Callable[[Path, int], Outcome]) -> Iterator[Figure]:
    with TemporaryDirectory(prefix="lystok-kills-") as folder:
        outcome = kill(Path(folder), _ROUNDS)
    yield Figure(f"kills_{name}_rounds", outcome.rounds, "rounds", at_least=_ROUNDS)
    yield Figure(f"kills_{name}_promised", outcome.promised, "promises", at_least=_ROUNDS)
    yield Figure(f"kills_{name}_lost", outcome.lost, "promises", at_most=0)
    yield Figure(f"kills_{name}_damaged", outcome.damaged, "databases", at_most=0)
    yield Figure(f"kills_{name}_slowest_start", outcome.slowest_start_s, "s", at_most=_BACK_S)
