"""Small files beside the database that must be whole after a power cut: keys, tokens, marks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_OWNER_ALONE: Final = 0o600


def write_whole(path: Path, text: str) -> None:
    """Make or replace a file that only its owner may read.

    When this returns, it is on the disk with its name; a power cut before leaves what was there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    # The folder may be new as well.
    sync_folder(path.parent)
    sync_folder(path.parent.parent)


def sync_folder(folder: Path) -> None:
    """Have the names of a folder on the disk; syncing a file says nothing of its name."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
