"""The headless day as its user runs it: one command, its last line, its exit status."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from demo.programs import free_ports
from demo.sample_files import read_patrons
from server import sample
from server.config import load
from server.database import open_database
from server.models import Ban, Ticket

LAST = re.compile(r"^day complete: (\d+) steps, (\d+) failed$", re.MULTILINE)
WITHIN_S = 300


def lystok(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the command and wait for its end; stations wait for the server on a busy machine."""
    return subprocess.run(
        [sys.executable, "-m", "lystok", *map(str, words)],
        env={**os.environ, "LYSTOK_KIOSK_SERVER__FACTS_DEADLINE_MS": "5000"},
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )


def steps_and_failures(told: str) -> tuple[int, int]:
    """What the last line of the day says."""
    (found,) = LAST.findall(told)
    return int(found[0]), int(found[1])


def test_the_headless_day_is_complete_and_leaves_its_slips_as_pictures(tmp_path: Path) -> None:
    ran = lystok("demo", "--headless", "--out", tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    steps, failed = steps_and_failures(ran.stdout)
    assert failed == 0
    assert len(re.findall(r"^ *\d+  ok +\d+ ms  \S", ran.stdout, re.MULTILINE)) == steps >= 20
    named = [Path(line) for line in ran.stdout.splitlines() if line.endswith(".png")]
    assert sorted(named) == sorted((tmp_path / "pictures").iterdir())
    assert len(named) >= 3
    for slip in named:
        with Image.open(slip) as picture:
            assert picture.width == 576


@pytest.mark.thorough
def test_a_day_that_goes_otherwise_is_told_by_its_failed_step(tmp_path: Path) -> None:
    sample.write_sample(tmp_path, now=datetime.now(UTC), port=free_ports(1)[0])
    ban(tmp_path, "expired")
    ran = lystok("demo", "--headless", "--out", tmp_path)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    steps, failed = steps_and_failures(ran.stdout)
    assert steps >= 20
    assert failed == 1, ran.stdout
    (line,) = (line for line in ran.stdout.splitlines() if "FAILED" in line)
    assert "an expired ticket" in line
    assert "refuse  banned ticket_expired" in line
    assert "expected desk ticket_expired" in line


def ban(folder: Path, state: str) -> None:
    """Whose ticket is in this state loses the right to visit; nobody told the day."""
    (number,) = (t.number for t in read_patrons(folder / "patrons.csv") if t.state == state)
    database = open_database(load(folder / "server.toml").database.url)
    with database.writing() as session:
        patron_id = session.scalars(select(Ticket.patron_id).where(Ticket.number == number)).one()
        yesterday = datetime.now(UTC) - timedelta(days=1)
        session.add(Ban(patron_id=patron_id, since=yesterday, until=None, reason="noise"))
    database.close()
