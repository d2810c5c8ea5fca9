"""The folder of a program on a machine: releases beside each other, one of them the present one.

    /opt/lystok/kiosk/
        environments/3f0c.../     Python packages, made from a lock of this digest
        releases/0.2.0-9a41.../   site/ (the program), env -> ../../environments/..., deploy/, bin/
        current -> releases/0.2.0-9a41...
        previous -> releases/0.1.0-77b2...

A release is whole before `current` points at it, and `current` changes in one rename: a power cut
leaves the old one or the new one.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

CURRENT: Final = "current"
PREVIOUS: Final = "previous"
_KEPT: Final = 3
_DIGITS: Final = 12
_LAUNCHER: Final = """\
#!/bin/sh
# Runs the program of this release with the packages of its environment.
here=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")
PYTHONPATH=$here/site exec "$here/env/bin/python" -P -m lystok "$@"
"""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a release is made of."""

    wheel: Path
    lock: Path
    """The locked requirements of its role."""
    deploy: Path
    """Units, rules and scripts."""

    @property
    def name(self) -> str:
        """Version and digest: two releases that differ are never of one name."""
        version = self.wheel.name.split("-")[1]
        whole = sha256(self.wheel.read_bytes() + self.lock.read_bytes())
        return f"{version}-{whole.hexdigest()[:_DIGITS]}"


class Place:
    """Where the releases of one program lie."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def present(self) -> str | None:
        """The name of the release that is used now."""
        return self._at(CURRENT)

    @property
    def before(self) -> str | None:
        """The one that was used before it, if there was one and it is still there."""
        name = self._at(PREVIOUS)
        return None if name == self.present else name

    def folder(self, name: str) -> Path:
        """Where a release lies."""
        return self.root / "releases" / name

    def lay(self, parts: Parts, make_environment: Callable[[Path, Path], None]) -> str:
        """Put a release beside the others; answers its name. One that is there stays as it is.

        `make_environment(folder, lock)` installs the packages of a lock.
        """
        name, target = parts.name, self.folder(parts.name)
        if target.is_dir():
            return name
        environment = self.environment(parts.lock, make_environment)
        fresh = target.with_name(f".{name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        with zipfile.ZipFile(parts.wheel) as wheel:
            wheel.extractall(fresh / "site")
        shutil.copytree(parts.deploy, fresh / "deploy")
        (fresh / "env").symlink_to(os.path.relpath(environment, target))
        launcher = fresh / "bin" / "lystok"
        launcher.parent.mkdir()
        launcher.write_text(_LAUNCHER, "utf-8")
        launcher.chmod(0o755)
        os.sync()
        fresh.rename(target)
        return name

    def switch(self, name: str) -> None:
        """Use this release from now on; the present one becomes the one before."""
        before = self.present
        if before == name:
            return
        if before is not None:
            self._point(PREVIOUS, before)
        self._point(CURRENT, name)

    def back(self) -> str | None:
        """Use the one before again; answers its name, or None where there is none."""
        before = self.before
        if before is not None:
            self._point(CURRENT, before)
        return before

    def tidy(self) -> None:
        """Forget releases and environments that nobody will go back to."""
        kept = {self.present, self.before}
        releases = sorted(self._all("releases"), key=lambda path: path.stat().st_mtime)
        for old in releases[:-_KEPT]:
            if old.name not in kept:
                shutil.rmtree(old)
        used = {(path / "env").resolve() for path in self._all("releases")}
        for environment in self._all("environments"):
            if environment.resolve() not in used:
                shutil.rmtree(environment)

    def environment(self, lock: Path, make: Callable[[Path, Path], None]) -> Path:
        """The environment of a lock, made where it is not there."""
        digest = sha256(lock.read_bytes()).hexdigest()[:_DIGITS]
        folder = self.root / "environments" / digest
        done = folder / ".whole"
        if not done.exists():
            # A virtual environment knows its own path, so it is made where it stays.
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            make(folder, lock)
            done.touch()
        return folder

    def _all(self, kind: str) -> list[Path]:
        folder = self.root / kind
        return [path for path in folder.iterdir() if path.name[0] != "."] if folder.is_dir() else []

    def _at(self, link: str) -> str | None:
        path = (self.root / link).resolve()
        return path.name if path.is_dir() and path.name != link else None

    def _point(self, link: str, name: str) -> None:
        fresh = self.root / f".{link}.new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(f"releases/{name}")
        fresh.replace(self.root / link)
        sync_folder(self.root)


def sync_folder(folder: Path) -> None:
    """Have the names of a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
