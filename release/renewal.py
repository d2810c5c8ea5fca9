"""Another release, kept only if it works: health-gated, and back by itself."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic, sleep
from typing import Final, Protocol

from release.place import Place

_log = logging.getLogger(__name__)

_MARK: Final = ".renewing"
READY_WITHIN_S: Final = 60.0
_LOOK_S: Final = 0.5
_STEADY: Final = 3
"""So often in a row it must answer: one that falls over at once is not ready."""
_ANSWERS_S: Final = 2.0


class RolledBack(RuntimeError):
    """The new release was not ready in time, and the one before is at work again."""


class Program(Protocol):
    """The running program, as far as a renewal touches it."""

    def prepare(self, name: str) -> None:
        """Before the new release runs: what it needs of the data. May raise."""
        ...

    def restart(self) -> None:
        """Have whatever `current` points at run. May raise."""
        ...

    def is_ready(self) -> bool:
        """Whether it answers."""
        ...

    def undo(self) -> None:
        """After going back: what `prepare` did to the data."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited."""

    within_s: float = READY_WITHIN_S
    look_s: float = _LOOK_S
    steady: int = _STEADY


def renew(place: Place, name: str, program: Program, patience: Patience | None = None) -> None:
    """Switch to a release that lies there. Raises RolledBack where it was not ready in time.

    A power cut in the middle leaves one of the two whole; `settle` finds out which is to stay.
    """
    patience = patience or Patience()
    before = place.present
    if before == name:
        return
    with _marked(place, name):
        try:
            program.prepare(name)
            place.switch(name)
            program.restart()
            works = _becomes_ready(program, patience)
        except Exception as error:  # noqa: BLE001 - whatever it is, the old release must come back
            _log.warning("release %s: %s", name, error)
            works = False
        if works or before is None:
            return
        _go_back(place, name, program)
        raise RolledBack(f"{name} was not ready in {patience.within_s:g} s: {before} is back")


def settle(place: Place, program: Program, patience: Patience | None = None) -> str | None:
    """After a power cut in the middle of a renewal: keep what works; the name of what was undone.

    Called at every start of the machine; does nothing where no renewal was cut off.
    """
    mark = place.root / _MARK
    if not mark.exists():
        return None
    name, before = mark.read_text("utf-8").strip(), place.before
    undone = None
    if place.present == name and before and not _becomes_ready(program, patience or Patience()):
        _go_back(place, name, program)
        undone = name
    mark.unlink()
    return undone


def answers(url: str) -> bool:
    """Whether a program answers 200 there."""
    try:
        with urllib.request.urlopen(url, timeout=_ANSWERS_S) as answer:  # noqa: S310 - our own
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


@contextmanager
def _marked(place: Place, name: str) -> Iterator[None]:
    mark = place.root / _MARK
    mark.write_text(name, "utf-8")
    try:
        yield
    finally:
        mark.unlink()


def _go_back(place: Place, name: str, program: Program) -> None:
    """To the release before `name`; one that was never switched to leaves the present one."""
    if place.present == name:
        place.back()
    program.undo()
    program.restart()


def _becomes_ready(program: Program, patience: Patience) -> bool:
    deadline, in_a_row = monotonic() + patience.within_s, 0
    while monotonic() < deadline:
        in_a_row = in_a_row + 1 if program.is_ready() else 0
        if in_a_row >= patience.steady:
            return True
        sleep(patience.look_s)
    return False
