"""Runs one way of writing on the recording disk, cuts the power everywhere, looks at what is left.

images = explore(path, images=2000, rounds=...)
"""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from tests.powercuts.ledger import NOTES, Ledger, Note, look, read_note
from tests.powercuts.platter import Mood, Platter
from tests.support import disk
from tests.support.disk import Call

_SHM_BYTES: Final = 32768
_SPARE: Final = 1.25
"""Some cuts leave the same."""
_TOLD: Final = 5
_PASSES: Final = 40


class Lost(AssertionError):
    """Something that was acknowledged is not there any more, or was given twice."""


Act: TypeAlias = Callable[[Path, Ledger, int], None]
Check: TypeAlias = Callable[[Path, Sequence[Note], Note | None], None]


def _nothing_more(_folder: Path, _told: Sequence[Note], _under_way: Note | None) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePath:
    """One way in which the project writes."""

    name: str
    database: str
    prepare: Callable[[Path], None]
    """Makes what is there before; nothing of it is recorded."""
    act: Act
    """Writes, noting each commit in the ledger."""
    check: Check = _nothing_more
    """Opens an image with the project's own code and raises Lost, or whatever that code raises."""
    rounds: int
    """How often `act` does what it does: enough to meet several checkpoints."""
    is_sound: bool = True
    """Whether the database is one before the first commit of `act`."""


@dataclass(slots=True)
class Findings:
    """What was found in the images of one path."""

    images: int = 0
    lost: int = 0
    damaged: int = 0
    told: list[str] = field(default_factory=list)
    """The first few, for people."""

    @property
    def bad(self) -> int:
        """All that should not be."""
        return self.lost + self.damaged


def explore(
    module: str, path: WritePath, *, images: int, synchronous: str = "FULL", seed: int = 1
) -> Findings:
    """Look at this many different images of a path. `module` holds it by its name in `PATHS`."""
    ground = disk.quick_folder("lystok-power-")
    try:
        live, log = ground / "live", ground / "log"
        live.mkdir()
        path.prepare(live)
        platter = Platter(live)
        _run(module, path, live, log, synchronous)
        return _look_at(path, platter, list(disk.calls(log)), ground / "image", images, seed)
    finally:
        disk.remove(ground)


def _run(module: str, path: WritePath, live: Path, log: Path, synchronous: str) -> None:
    command = [
        sys.executable, "-m", "tests.powercuts.child", module, path.name, str(live),
        str(path.rounds), synchronous,
    ]  # fmt: skip
    ended = subprocess.run(
        command, env=disk.environment(live, log=log), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-4000:]


def _look_at(
    path: WritePath, platter: Platter, recorded: Sequence[Call], image: Path, images: int, seed: int
) -> Findings:
    findings, chance = Findings(), Random(seed)
    seen: set[bytes] = set()
    judge = Judge(path, findings)
    for again in range(_PASSES):
        wanted = images - findings.images
        if wanted <= 0:
            break
        cuts = _cuts(deepcopy(platter), recorded, wanted * (again + 1), chance)
        for files, told, under_way in cuts:
            mark = _mark(files)
            if mark not in seen:
                seen.add(mark)
                findings.images += 1
                judge.look(_laid(image, files, chance), told, under_way)
    return findings


def _mark(files: Mapping[str, bytes]) -> bytes:
    """What tells an image from all others."""
    whole = hashlib.blake2b(digest_size=16)
    for name, content in sorted(files.items()):
        whole.update(f"{name} {len(content)} ".encode())
        whole.update(content)
    return whole.digest()


def _cuts(
    platter: Platter, recorded: Sequence[Call], images: int, chance: Random
) -> Iterator[tuple[dict[str, bytes], list[Note], Note | None]]:
    """Power cuts spread evenly over the whole run, in every mood."""
    calls, notes = _without_notes(recorded)
    per_call = _SPARE * images / len(calls)
    moods = cycle(Mood)
    told: list[Note] = []
    due = 0.0
    for number, call in enumerate(calls):
        platter.play(call)
        while len(told) < len(notes) and notes[len(told)][0] <= number:
            told.append(notes[len(told)][1])
        due += per_call
        if not platter.has_pending:
            continue
        under_way = notes[len(told)][1] if len(told) < len(notes) else None
        while due >= 1:
            due -= 1
            yield platter.cut(next(moods), chance), told, under_way


def _without_notes(recorded: Sequence[Call]) -> tuple[list[Call], list[tuple[int, Note]]]:
    """The calls, and each note with the number of the call that it came after."""
    ledgers: set[int] = set()
    calls: list[Call] = []
    notes: list[tuple[int, Note]] = []
    for call in recorded:
        if call.kind == "open" and Path(call.path).name == NOTES:
            ledgers.add(call.fd)
        elif call.fd in ledgers and call.kind != "open":
            if call.kind == "write":
                notes.append((len(calls) - 1, read_note(call.data)))
        else:
            ledgers.discard(call.fd)
            calls.append(call)
    return calls, notes


def _laid(image: Path, files: dict[str, bytes], chance: Random) -> Path:
    """An image as the next start finds it; shared memory of before is no use to anybody."""
    disk.remove(image)
    image.mkdir()
    for name, content in files.items():
        target = image / name
        target.parent.mkdir(parents=True, exist_ok=True)
        is_index = name.endswith("-shm")
        target.write_bytes(chance.randbytes(_SHM_BYTES) if is_index else content)
    return image


class Judge:
    """Looks at one image after the other.

    What SQLite made of an image is compared for each. The project's own code, which takes a second
    or more where it migrates or restores, opens what it has not met yet: after SQLite's recovery
    many images hold the same.
    """

    def __init__(self, path: WritePath, findings: Findings) -> None:
        self._path = path
        self._findings = findings
        self._sound: set[tuple[object, ...]] = set()

    def look(self, image: Path, told: Sequence[Note], under_way: Note | None) -> None:
        """Count what was lost or damaged."""
        try:
            self._check(image, told, under_way)
        except Lost as fault:
            self._findings.lost += 1
            self._tell(f"after {len(told)} commits: {fault}")
        except Exception as fault:  # noqa: BLE001 - whatever the project's code says of an image
            self._findings.damaged += 1
            self._tell(f"after {len(told)} commits: {fault!r}")

    def _check(self, image: Path, told: Sequence[Note], under_way: Note | None) -> None:
        if not (told or self._path.is_sound):
            self._path.check(image, told, under_way)
            return
        found = look(image / self._path.database)
        _compare(found, told, under_way)
        beside = _mark(_beside(image, self._path.database))
        meets = (found, beside, len(told), under_way and under_way.digest)
        if meets not in self._sound:
            self._path.check(image, told, under_way)
            self._sound.add(meets)

    def _tell(self, fault: str) -> None:
        if len(self._findings.told) < _TOLD:
            self._findings.told.append(fault)


def _beside(image: Path, database: str) -> dict[str, bytes]:
    """All files but the database's own."""
    files = (path for path in image.rglob("*") if path.is_file())
    return {
        str(path.relative_to(image)): path.read_bytes()
        for path in files
        if not path.name.startswith(database)
    }


def _compare(found: str, told: Sequence[Note], under_way: Note | None) -> None:
    if not told or found == told[-1].digest:
        return
    if under_way is not None and found == under_way.digest:
        return
    if any(found == note.digest for note in told):
        raise Lost("the state of an earlier commit")
    raise sqlite3.DatabaseError("a state between two commits")
