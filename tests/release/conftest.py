"""Wheels of the project as it is here, and of what it might become."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from release.commands import make_wheel
from release.place import Parts
from tests.test_house import ROOT


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own wheel."""
    return make_wheel(ROOT, tmp_path_factory.mktemp("wheel"), Path(sys.executable))


@pytest.fixture
def variant(wheel: Path, tmp_path: Path) -> Callable[[str, dict[str, str]], Parts]:
    """`variant(version, files)`: a release with some files of its wheel replaced."""

    def make(version: str, files: dict[str, str]) -> Parts:
        folder = tmp_path / f"made-{version}"
        folder.mkdir()
        target = folder / f"lystok-{version}-py3-none-any.whl"
        with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(target, "w") as new:
            for entry in old.infolist():
                data = files.get(entry.filename)
                new.writestr(entry, old.read(entry) if data is None else data)
        (folder / "deploy").mkdir()
        (folder / "lock.txt").write_text("the same packages\n")
        return Parts(wheel=target, lock=folder / "lock.txt", deploy=folder / "deploy")

    return make


def environment_of_the_tests(folder: Path, _lock: Path) -> None:
    """The packages are those of the tests: making them anew would take minutes."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
