"""Programs on a disk that writes down all it is told, and fails on command (`disk.c`).

The recorder stands below everything that writes, so that the code under test is the project's own,
from the use case to the system call: no other VFS, no other SQLite.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_ENTRY: Final = struct.Struct("<BxHiqI4x")
_SOURCE: Final = Path(__file__).with_name("disk.c")
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that a program did to its files."""

    kind: str
    """open, close, write, truncate, sync, unlink, mkdir, rename, link."""
    fd: int
    path: str
    offset: int
    """Of a write; the size of a truncate, the flags of an open."""
    data: bytes
    """What was written, or the new name; of an open, whether the file was made by it."""


_KINDS: Final = {
    ord("o"): "open",
    ord("c"): "close",
    ord("w"): "write",
    ord("t"): "truncate",
    ord("s"): "sync",
    ord("u"): "unlink",
    ord("m"): "mkdir",
    ord("r"): "rename",
    ord("l"): "link",
}


@cache
def library() -> Path:
    """The recorder, built once for this process."""
    folder = Path(tempfile.mkdtemp(prefix="lystok-disk-"))
    built = folder / "disk.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", built, _SOURCE, "-ldl"],
        check=True,
    )
    return built


def environment(
    root: Path, *, log: Path | None = None, fault: Path | None = None
) -> dict[str, str]:
    """What a program must find in its environment to run on such a disk."""
    ours = {"LD_PRELOAD": str(library()), "DISK_ROOT": str(root)}
    if log is not None:
        ours["DISK_LOG"] = str(log)
    if fault is not None:
        ours["DISK_FAULT"] = str(fault)
    return os.environ | ours


def calls(log: Path) -> Iterator[Call]:
    """What was recorded, in its order."""
    with log.open("rb") as file:
        while head := file.read(_ENTRY.size):
            kind, path_size, fd, offset, size = _ENTRY.unpack(head)
            path = os.fsdecode(file.read(path_size))
            yield Call(_KINDS[kind], fd, path, offset, file.read(size))


def quick_folder(prefix: str) -> Path:
    """A folder in memory where there is such a thing: thousands of images are written there."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir=_MEMORY if _MEMORY.is_dir() else None))


def remove(folder: Path) -> None:
    """Throw a folder away."""
    shutil.rmtree(folder, ignore_errors=True)
