"""A real station is renewed: a good release stays, a broken one is gone within its time."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.programs import free_ports, wait_until
from kiosk.keys import make_slip_key
from release import renewal
from release.place import Parts, Place
from release.renewal import Patience, RolledBack
from tests.kiosk.test_program import configured
from tests.release.conftest import environment_of_the_tests

Variant = Callable[[str, dict[str, str]], Parts]

SOON_S = 60.0
BROKEN = {"kiosk/program.py": "raise RuntimeError('a broken release')\n"}


class Supervisor:
    """What systemd is elsewhere: it runs whatever `current` points at."""

    def __init__(self, place: Place, config: Path, url: str) -> None:
        self._place = place
        self._config = config
        self._url = url
        self._process: subprocess.Popen[bytes] | None = None
        self.prepared: list[str] = []
        self.undone: list[str] = []

    def prepare(self, name: str, note: Callable[[str], None]) -> None:
        self.prepared.append(name)
        note("a backup")

    def restart(self) -> None:
        self.stop()
        self._process = subprocess.Popen(
            [self._place.root / "current/bin/lystok", "kiosk", "run", "--config", self._config],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip

    def is_ready(self) -> bool:
        return renewal.answers(f"{self._url}healthz")

    def undo(self, noted: str) -> None:
        self.undone.append(noted)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "opt")


@pytest.fixture
def station(place: Place, tmp_path: Path) -> Iterator[Supervisor]:
    (port,) = free_ports(1)
    make_slip_key(configured(tmp_path, port).slip_key_file)
    (tmp_path / "token").write_text("of a server that is away", "ascii")
    supervisor = Supervisor(place, tmp_path / "kiosk.toml", f"http://127.0.0.1:{port}/")
    yield supervisor
    supervisor.stop()


def lay(place: Place, parts: Parts) -> str:
    return place.lay(parts, environment_of_the_tests)


@pytest.fixture
def old(place: Place, station: Supervisor, variant: Variant) -> str:
    """The release at work."""
    name = lay(place, variant("1", {}))
    renewal.renew(place, name, station, Patience(within_s=SOON_S, look_s=0.05))
    assert station.is_ready()
    return name


def test_a_broken_release_is_gone_and_the_old_one_serves(
    place: Place, station: Supervisor, variant: Variant, old: str
) -> None:
    broken = lay(place, variant("2", BROKEN))
    with pytest.raises(RolledBack, match=f"{old} is back"):
        renewal.renew(place, broken, station, Patience(within_s=3, look_s=0.05))
    assert (place.present, place.before) == (old, None)
    assert station.undone == ["a backup"]
    assert wait_until(station.is_ready, SOON_S)
    assert not (place.root / ".renewing").exists()


def test_a_good_release_stays(
    place: Place, station: Supervisor, variant: Variant, old: str
) -> None:
    new = lay(place, variant("2", {}))
    renewal.renew(place, new, station, Patience(within_s=SOON_S, look_s=0.05))
    assert (place.present, place.before) == (new, old)
    assert station.is_ready()
    assert station.undone == []


def test_a_power_cut_in_an_update_leaves_the_release_that_works(
    place: Place, station: Supervisor, variant: Variant, old: str
) -> None:
    broken = lay(place, variant("2", BROKEN))
    # The cut came behind the switch; the machine starts again with what `current` points at.
    cut_off(place, broken, station)
    place.switch(broken)
    station.restart()
    assert renewal.settle(place, station, Patience(within_s=3, look_s=0.05)) == broken
    assert place.present == old
    assert station.undone == ["a backup"]
    assert wait_until(station.is_ready, SOON_S)
    assert renewal.settle(place, station) is None


def cut_off(place: Place, name: str, station: Supervisor) -> None:
    """The power went in the middle of a renewal: nothing behind it was done."""

    class Cut(Supervisor):
        def restart(self) -> None:
            raise KeyboardInterrupt

    dying = Cut(place, station._config, station._url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(renewal._Mark, "remove", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            renewal.renew(place, name, dying)
    place.back()


def test_a_power_cut_before_the_switch_brings_the_data_back_that_were_changed_for_it(
    place: Place, station: Supervisor, variant: Variant, old: str
) -> None:
    """Its tables have the form of a release that never ran: the present one could not read them."""
    new = lay(place, variant("2", {}))
    cut_off(place, new, station)
    assert place.present == old
    assert renewal.settle(place, station) == new
    assert (place.present, station.undone) == (old, ["a backup"])
    assert wait_until(station.is_ready, SOON_S)


class Stubborn:
    """A program whose data can't be prepared; it has no process."""

    restarted = 0

    def prepare(self, name: str, note: Callable[[str], None]) -> None:
        note("")
        raise OSError(f"no room for a backup before {name}")

    def restart(self) -> None:
        self.restarted += 1

    def is_ready(self) -> bool:
        return True

    def undo(self, noted: str) -> None:
        assert not noted


def test_a_first_release_that_does_not_work_is_not_said_to(place: Place, variant: Variant) -> None:
    new = lay(place, variant("1", {}))
    with pytest.raises(RolledBack, match=r"no room for a backup .* no release before it"):
        renewal.renew(place, new, Stubborn(), Patience(within_s=1, look_s=0.05))
    assert place.present is None


def test_what_can_not_be_prepared_is_never_switched_to(place: Place, variant: Variant) -> None:
    oldest, old, new = (lay(place, variant(str(number), {})) for number in range(3))
    place.switch(oldest)
    place.switch(old)
    program = Stubborn()
    with pytest.raises(RolledBack, match=f"no room for a backup before {new}; {old} is back"):
        renewal.renew(place, new, program, Patience(within_s=1, look_s=0.05))
    assert (place.present, place.before) == (old, oldest)
    assert program.restarted == 1, "it may have been stopped"
