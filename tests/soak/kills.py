"""kill -9: 200 rounds of a station and of a server, each under load, beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.figure import Figure
from tests.kills.rounds import Outcome, kill_program, kill_server, kill_station
from tests.soak.cores import cores

_ROUNDS: Final = 200
_STARTS: Final = 20
_BACK_S: Final = 5.0
_KILLS: Final = {"station": kill_station, "server": kill_server}


def figures() -> Iterator[Figure]:
    """Rounds, what was promised in them, what was missing after them, and the slowest start."""
    with cores() as pool:
        for name, killed in [(name, pool.submit(_killed, name)) for name in _KILLS]:
            outcome = killed.result()
            for fault in outcome.told:
                print(f"# {name}: {fault}", flush=True)
            yield Figure(f"kills_{name}_rounds", outcome.rounds, "rounds", at_least=_ROUNDS)
            yield Figure(f"kills_{name}_promised", outcome.promised, "promises", at_least=_ROUNDS)
            yield Figure(f"kills_{name}_lost", outcome.lost, "promises", at_most=0)
            yield Figure(f"kills_{name}_damaged", outcome.damaged, "databases", at_most=0)
            yield Figure(
                f"kills_{name}_slowest_start", outcome.slowest_start_s, "s", at_most=_BACK_S
            )
    # Alone on the machine, as it is in life.
    with TemporaryDirectory(prefix="lystok-kills-") as folder:
        slowest_s = kill_program(Path(folder), _STARTS)
    yield Figure("kills_kiosk_run_slowest_start", slowest_s, "s", at_most=_BACK_S)


def _killed(name: str) -> Outcome:
    with TemporaryDirectory(prefix="lystok-kills-") as folder:
        return _KILLS[name](Path(folder), _ROUNDS)
