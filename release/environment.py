"""A virtual environment from a lock: every package by its hash, and none besides."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


class NoEnvironment(RuntimeError):
    """The packages could not be installed; the message is pip's."""


def make(folder: Path, lock: Path, *, build: Path, wheels: Iterable[Path] = ()) -> None:
    """Make an environment at `folder`. Raises NoEnvironment.

    `build` is the lock of the tools that build what has no wheel; `wheels` are folders where pip
    looks for packages too, for a machine without a way to an index.
    """
    _run([sys.executable, "-m", "venv", str(folder)])
    found = [word for path in wheels for word in ("-f", str(path))]
    for one in (build, lock):
        # What has no wheel is built with the locked tools, not with others fetched for it.
        _pip(folder, *found, "--no-build-isolation", "--require-hashes", "--requirement", str(one))


def _pip(folder: Path, *arguments: str) -> None:
    _run(
        [
            str(folder / "bin" / "python"), "-m", "pip", "install", "-qq", "--no-input",
            "--disable-pip-version-check", "--no-deps", *arguments,
        ],
        {"PATH": f"{folder / 'bin'}:{os.environ.get('PATH', os.defpath)}"},
    )  # fmt: skip


def _run(command: list[str], more: dict[str, str] | None = None) -> None:
    ended = subprocess.run(
        command, env={**os.environ, **(more or {}), "PYTHONWARNINGS": "ignore"},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if ended.returncode != 0:
        raise NoEnvironment(f"{' '.join(command[:4])}: {ended.stderr.strip()[-2000:]}")
