"""A few kills of station and server; `make soak` kills 200 times each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kills.rounds import kill_server, kill_station


@pytest.mark.fault(22)
def test_a_killed_station_keeps_what_it_promised(tmp_path: Path) -> None:
    outcome = kill_station(tmp_path, rounds=4)
    assert outcome.promised > 0
    assert (outcome.lost, outcome.damaged) == (0, 0), outcome.told


@pytest.mark.fault(22)
def test_a_killed_server_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    outcome = kill_server(tmp_path, rounds=3)
    assert outcome.promised > 0
    assert (outcome.lost, outcome.damaged) == (0, 0), outcome.told
