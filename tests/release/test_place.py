"""Releases lie beside each other; one of them is the present one."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from release import machine
from release.place import Parts, Place
from tests.release.conftest import environment_of_the_tests

Variant = Callable[[str, dict[str, str]], Parts]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "kiosk")


def lay(place: Place, parts: Parts) -> str:
    return place.lay(parts, environment_of_the_tests)


def at_work(place: Place) -> tuple[str | None, str | None]:
    """The present release and the one before."""
    return place.present, place.before


def test_a_release_runs_from_its_folder(place: Place, variant: Variant) -> None:
    words = "def main():\n    print('release 7')\n    return 0\n\nraise SystemExit(main())\n"
    name = lay(place, variant("7", {"lystok/__main__.py": words}))
    place.switch(name)
    said = subprocess.run(
        [place.root / "current/bin/lystok"], capture_output=True, text=True, check=True, cwd="/"
    )
    assert said.stdout == "release 7\n"


def test_the_one_before_is_kept_and_can_be_gone_back_to(place: Place, variant: Variant) -> None:
    one, two = lay(place, variant("1", {})), lay(place, variant("2", {}))
    assert at_work(place) == (None, None)
    assert place.back() is None
    place.switch(one)
    assert at_work(place) == (one, None)
    place.switch(two)
    assert at_work(place) == (two, one)
    place.switch(two)
    assert at_work(place) == (two, one), "again: nothing changes"
    assert place.back() == one
    assert at_work(place) == (one, None)


def test_a_release_that_lies_there_is_not_laid_again(place: Place, variant: Variant) -> None:
    parts = variant("1", {})
    name = lay(place, parts)
    made = (place.folder(name) / "bin/lystok").stat().st_mtime_ns
    assert lay(place, parts) == name
    assert (place.folder(name) / "bin/lystok").stat().st_mtime_ns == made


def test_an_environment_that_was_cut_off_is_made_anew(place: Place, variant: Variant) -> None:
    parts = variant("1", {})

    def cut_off(folder: Path, lock: Path) -> None:
        environment_of_the_tests(folder, lock)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        place.lay(parts, cut_off)
    assert not place.folder(parts.name).exists()
    assert place.folder(lay(place, parts)).is_dir()


def test_old_releases_are_forgotten_but_not_those_in_use(place: Place, variant: Variant) -> None:
    names = [lay(place, variant(str(number), {})) for number in range(6)]
    place.switch(names[0])
    place.switch(names[1])
    place.tidy()
    left = {path.name for path in (place.root / "releases").iterdir()}
    assert left == {names[0], names[1], *names[3:]}
    assert len(list((place.root / "environments").iterdir())) == 1


@pytest.mark.parametrize(
    "model, lock",
    [
        ("Raspberry Pi 4 Model B Rev 1.5\0", "kiosk-pi"),
        ("Raspberry Pi 5 Model B Rev 1.0\0", "kiosk-pi5"),
        ("Some other board\0", "kiosk"),
    ],
)
def test_a_pi_gets_what_drives_its_pins(model: str, lock: str, tmp_path: Path) -> None:
    (tmp_path / "model").write_text(model)
    assert machine.lock_of("kiosk", tmp_path / "model") == lock
    assert machine.lock_of("server", tmp_path / "model") == "server"
