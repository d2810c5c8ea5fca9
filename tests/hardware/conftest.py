"""Devices to test with."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hardware.contracts import Now
from hardware.printer_simulator import PrinterSimulator

MOMENT = datetime(2026, 9, 1, 7, 0, tzinfo=UTC)


@pytest.fixture
def now() -> Now:
    return lambda: MOMENT


@pytest.fixture
def opened() -> Iterator[Callable[[Any], Any]]:
    """Closes at the end whatever it was called with."""
    things: list[Any] = []

    def keep(thing: Any) -> Any:
        things.append(thing)
        return thing

    yield keep
    for thing in reversed(things):
        thing.close()


@pytest.fixture
def paper_printer(tmp_path: Path, now: Now) -> Iterator[PrinterSimulator]:
    """A printer on TCP that writes its slips to tmp_path / "slips"."""
    printer = PrinterSimulator(tmp_path / "slips", now)
    yield printer
    printer.close()
