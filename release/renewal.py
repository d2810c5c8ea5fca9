"""Another release, kept only if it works: health-gated, and back by itself."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic, sleep
from typing import Final, Protocol

from release.place import Place, sync_folder

_MARK: Final = ".renewing"
READY_WITHIN_S: Final = 60.0
_LOOK_S: Final = 0.5
_STEADY: Final = 3
"""So often in a row it must answer: one that falls over at once is not ready."""
_ANSWERS_S: Final = 2.0


class RolledBack(RuntimeError):
    """The new release does not work, and the one before is back; the message says why."""


class Program(Protocol):
    """The running program, as far as a renewal touches it."""

    def prepare(self, name: str, note: Callable[[str], None]) -> None:
        """Before the new release runs: what it needs of the data. May raise.

        What `undo` must know of it is noted before it is done; the last note counts.
        """
        ...

    def restart(self) -> None:
        """Have whatever `current` points at run. May raise."""
        ...

    def is_ready(self) -> bool:
        """Whether it answers."""
        ...

    def undo(self, noted: str) -> None:
        """After going back: what `prepare` did to the data; it noted nothing where that is empty.

        Another process may have prepared it, before a power cut.
        """
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
    with _marked(place, name) as mark:
        why = _switched(place, name, program, patience, mark)
        if not why:
            return
        if before is None:
            raise RolledBack(f"{name}: {why}; there is no release before it to go back to")
        _go_back(place, name, program, mark.noted)
        raise RolledBack(f"{name}: {why}; {before} is back")


def _switched(place: Place, name: str, program: Program, patience: Patience, mark: _Mark) -> str:
    """Let the release run; answers why it does not, empty where it does."""
    try:
        program.prepare(name, mark.note)
        place.switch(name)
        program.restart()
    except Exception as error:  # noqa: BLE001 - whatever it is, the old release must come back
        return str(error)
    return "" if _becomes_ready(program, patience) else f"not ready in {patience.within_s:g} s"


def settle(place: Place, program: Program, patience: Patience | None = None) -> str | None:
    """After a power cut in the middle of a renewal: keep what works; the name of what was undone.

    Called at every start of the machine; does nothing where no renewal was cut off.
    """
    mark = _Mark(place)
    if not mark.is_there:
        return None
    name, switched = mark.name, place.present == mark.name
    undone = None
    if switched and place.before and not _becomes_ready(program, patience or Patience()):
        undone = name
    elif not switched and mark.noted:
        # The data may have the form of a release that never ran.
        undone = name
    if undone is not None:
        _go_back(place, name, program, mark.noted)
    mark.remove()
    return undone


def answers(url: str) -> bool:
    """Whether a program answers 200 there."""
    try:
        with urllib.request.urlopen(url, timeout=_ANSWERS_S) as answer:  # noqa: S310 - our own
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


class _Mark:
    """The file that says: a renewal is under way, to this release, and what is to be undone."""

    def __init__(self, place: Place) -> None:
        self._path = place.root / _MARK

    @property
    def is_there(self) -> bool:
        """Whether a renewal is under way, or was cut off."""
        return self._path.exists()

    @property
    def name(self) -> str:
        """The new release."""
        return self._lines()[0]

    @property
    def noted(self) -> str:
        """What `undo` must know."""
        return "".join(self._lines()[1:2])

    def write(self, name: str, noted: str = "") -> None:
        """On the disk when this returns, whole; a power cut before leaves what was there."""
        fresh = self._path.with_name(f"{self._path.name}.new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(f"{name}\n{noted}\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        sync_folder(self._path.parent)

    def note(self, text: str) -> None:
        """Note what `undo` must know, in the place of what was noted before."""
        self.write(self.name, text)

    def remove(self) -> None:
        """It is over."""
        self._path.unlink()
        sync_folder(self._path.parent)

    def _lines(self) -> list[str]:
        return self._path.read_text("utf-8").splitlines()


@contextmanager
def _marked(place: Place, name: str) -> Iterator[_Mark]:
    mark = _Mark(place)
    mark.write(name)
    try:
        yield mark
    finally:
        mark.remove()


def _go_back(place: Place, name: str, program: Program, noted: str) -> None:
    """To the release before `name`; one that was never switched to leaves the present one."""
    if place.present == name:
        place.back()
    program.undo(noted)
    program.restart()


def _becomes_ready(program: Program, patience: Patience) -> bool:
    deadline, in_a_row = monotonic() + patience.within_s, 0
    while monotonic() < deadline:
        in_a_row = in_a_row + 1 if program.is_ready() else 0
        if in_a_row >= patience.steady:
            return True
        sleep(patience.look_s)
    return False
