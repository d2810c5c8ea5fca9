"""A simulated disk: what was synced is on it, what was not may be, in any part and order.

What it promises is what SQLite asks of a disk: a sync that returned holds; a write touches no
bytes beside its own (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`). It promises nothing else. Unsynced
sectors survive each for itself, some torn in the middle; names come and go with the sync of their
folder alone, in their order, as a journal of metadata keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Final

from tests.support.disk import Call

SECTOR: Final = 512


class Mood(StrEnum):
    """What the power cut leaves of that which was not synced."""

    NOTHING = "nothing"
    EVERYTHING = "everything"
    SOME_WRITES = "some_writes"
    SOME_SECTORS = "some_sectors"
    TORN_SECTORS = "torn_sectors"


@dataclass(slots=True)
class _File:
    """An inode: its synced bytes, and the writes and sizes since."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """(offset, bytes) of a write, (size, None) of a truncate."""

    def sync(self) -> None:
        for change in self.pending:
            _apply(self.synced, *change)
        self.pending.clear()

    def left(self, mood: Mood, chance: Random) -> bytearray:
        """What a power cut would leave."""
        content = bytearray(self.synced)
        if mood is Mood.NOTHING:
            return content
        share = 1.0 if mood is Mood.EVERYTHING else chance.choice((0.1, 0.5, 0.9))
        for offset, data in self.pending:
            if data is None or mood in (Mood.EVERYTHING, Mood.SOME_WRITES):
                if chance.random() < share:
                    _apply(content, offset, data)
                continue
            for start, part in _sectors(offset, data):
                if chance.random() < share:
                    torn = mood is Mood.TORN_SECTORS and chance.random() < 0.3
                    _apply(content, start, part[: chance.randrange(len(part))] if torn else part)
        return content


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
    end = offset + len(data or b"")
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    if data:
        content[offset:end] = data


def _sectors(offset: int, data: bytes) -> Iterable[tuple[int, bytes]]:
    start = offset
    while start < offset + len(data):
        end = min(offset + len(data), (start // SECTOR + 1) * SECTOR)
        yield start, data[start - offset : end - offset]
        start = end


@dataclass(frozen=True, slots=True)
class _Name:
    """A change of the folder: a name made, taken away, or both in one."""

    gone: str | None
    made: str | None
    inode: int | None


class Platter:
    """Plays recorded calls and tells what a power cut would leave at this very moment."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: list[_File] = []
        self._names: dict[str, int] = {}
        """As a program sees them now."""
        self._synced_names: dict[str, int] = {}
        self._pending: list[_Name] = []
        self._open: dict[int, str | int] = {}
        self._new_folders: set[str] = set()
        for path in sorted(root.rglob("*")):
            if path.is_file():
                self._synced_names[str(path)] = self._new(path.read_bytes())
        self._names = dict(self._synced_names)

    @property
    def has_pending(self) -> bool:
        """Whether a power cut now has anything to choose from."""
        return bool(self._pending) or any(file.pending for file in self._files)

    def play(self, call: Call) -> None:
        """Let the program do one more thing."""
        match call.kind:
            case "open":
                self._opened(call)
            case "close":
                self._open.pop(call.fd, None)
            case "write" | "truncate":
                file = self._file(call.fd)
                file.pending.append((call.offset, call.data if call.kind == "write" else None))
            case "sync":
                self._sync(call.fd)
            case "unlink":
                self._names.pop(call.path, None)
                self._pending.append(_Name(call.path, None, None))
            case "mkdir":
                self._new_folders.add(call.path)
                self._names[call.path] = self._new(b"")
                self._pending.append(_Name(None, call.path, self._names[call.path]))
            case "rename":
                target, inode = call.data.decode(), self._names.pop(call.path)
                self._names[target] = inode
                self._pending.append(_Name(call.path, target, inode))
            case "link":
                target, inode = call.data.decode(), self._names[call.path]
                self._names[target] = inode
                self._pending.append(_Name(None, target, inode))

    def cut(self, mood: Mood, chance: Random) -> dict[str, bytes]:
        """The files that are found after a power cut, by their paths within the folder."""
        names = dict(self._synced_names)
        for change in self._pending[: self._names_left(mood, chance)]:
            _rename(names, change)
        return {
            str(Path(path).relative_to(self._root)): bytes(self._files[inode].left(mood, chance))
            for path, inode in names.items()
            if path not in self._new_folders and self._is_reached(path, names)
        }

    def _is_reached(self, path: str, names: Iterable[str]) -> bool:
        """Whether the folders above it have their names on the disk."""
        above = {str(folder) for folder in Path(path).parents}
        return above & self._new_folders <= set(names)

    def _names_left(self, mood: Mood, chance: Random) -> int:
        if mood is Mood.NOTHING:
            return 0
        return (
            len(self._pending) if mood is Mood.EVERYTHING else chance.randint(0, len(self._pending))
        )

    def _opened(self, call: Call) -> None:
        if Path(call.path).is_dir():
            self._open[call.fd] = call.path
            return
        if call.data[0]:
            self._names[call.path] = self._new(b"")
            self._pending.append(_Name(None, call.path, self._names[call.path]))
        inode = self._names[call.path]
        if call.offset & _TRUNCATES and not call.data[0]:
            self._files[inode].pending.append((0, None))
        self._open[call.fd] = inode

    def _new(self, content: bytes) -> int:
        self._files.append(_File(bytearray(content)))
        return len(self._files) - 1

    def _file(self, fd: int) -> _File:
        inode = self._open[fd]
        assert isinstance(inode, int)
        return self._files[inode]

    def _sync(self, fd: int) -> None:
        opened = self._open[fd]
        if isinstance(opened, int):
            self._files[opened].sync()
            return
        here = [change for change in self._pending if _is_in(change, opened)]
        for change in here:
            _rename(self._synced_names, change)
            self._pending.remove(change)


_TRUNCATES: Final = 0o1000
"""O_TRUNC of Linux, on every machine that the project runs on."""


def _is_in(change: _Name, folder: str) -> bool:
    return str(Path(change.made or change.gone or "").parent) == folder


def _rename(names: dict[str, int], change: _Name) -> None:
    if change.gone is not None:
        names.pop(change.gone, None)
    if change.made is not None and change.inode is not None:
        names[change.made] = change.inode
