"""Nothing here is tried outside the virtual machine: a machine's own devices are left alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from hardware.contracts import Now

if "LYSTOK_VM" not in os.environ:
    collect_ignore_glob = ["test_*.py"]

FOUND_WITHIN_S = 5.0


def pytest_configure(config: pytest.Config) -> None:
    """The guest starts without what the whole suite stands on; the marks are the same."""
    for mark in ("fault(*numbers)", "threat(*numbers)"):
        config.addinivalue_line("markers", mark)


@pytest.fixture
def now() -> Now:
    return lambda: datetime.now(UTC)


def until(holds: Callable[[], object], within_s: float = 30) -> None:
    """Look until it is so."""
    ends, pause = monotonic() + within_s, Event()
    while not holds():
        assert monotonic() < ends, "it never happened"
        pause.wait(0.01)


def appears(path: Path) -> Path:
    """Wait for a device that udev makes."""
    until(path.exists)
    return path
