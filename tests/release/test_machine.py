"""What a renewal does around a program of systemd, told by stand-ins for its commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from release.machine import Centre, Station, program
from release.place import Place

LOG = """#!/bin/sh
echo "{name} $*" >>"{log}"
[ ! -e "{folder}/{name}.fails" ] || {{ echo "it fails" >&2; exit 1; }}
"""
BACKUP = "/var/lib/lystok/server/backups/lystok-20261128T021500Z"
RUNUSER = """
case "$*" in
    *"server backup"*) echo "{backup}: patron 3" ;;
    *"server init"*) cat "{folder}/said" ;;
esac
"""
Said = Callable[[], list[str]]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Two releases, whose units are laid out by a script that only tells."""
    place = Place(tmp_path / "opt")
    for name in ("1-old", "2-new"):
        script = place.folder(name) / "deploy" / "install.sh"
        script.parent.mkdir(parents=True)
        script.write_text(LOG.format(name=f"units-{name}", log=tmp_path / "log", folder=tmp_path))
        script.chmod(0o755)
    place.switch("1-old")
    return place


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    """What was asked of the system, in its order."""
    folder = tmp_path / "bin"
    folder.mkdir()
    more = {"systemctl": "", "runuser": RUNUSER.format(backup=BACKUP, folder=tmp_path)}
    for name, rest in more.items():
        text = LOG.format(name=name, log=tmp_path / "log", folder=tmp_path) + rest
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    root = str(tmp_path / "opt")

    def lines() -> list[str]:
        told = (tmp_path / "log").read_text().splitlines()
        (tmp_path / "log").unlink()
        return [line.replace(root, "OPT") for line in told]

    return lines


def asked_as_server(release: str, words: str) -> str:
    return (
        f"runuser -u lystok-server -- OPT/{release}/bin/lystok server {words}"
        " --config /etc/lystok/server.toml"
    )


def test_a_station_lays_out_its_units_and_leaves_the_lane_alone(place: Place, said: Said) -> None:
    station = Station(place)
    station.prepare("2-new", lambda _: None)
    place.switch("2-new")
    station.restart()
    assert said() == [
        "units-2-new kiosk --units",
        "systemctl restart --no-block lystok-kiosk.service",
        "systemctl try-restart --no-block lystok-session.service",
    ]


def test_a_server_is_backed_up_by_the_old_release_and_brought_on_by_the_new(
    place: Place, said: Said, tmp_path: Path
) -> None:
    (tmp_path / "said").write_text("database: its tables have their newest form\n")
    centre, notes = Centre(place), list[str]()
    centre.prepare("2-new", notes.append)
    assert notes == [BACKUP]
    assert said() == [
        "systemctl stop lystok-server.service",
        asked_as_server("current", "backup"),
        asked_as_server("releases/2-new", "init"),
    ]
    centre.undo(notes[-1])
    assert said() == [
        "systemctl stop lystok-server.service",
        asked_as_server("current", f"restore --replace {BACKUP}"),
    ]


def test_data_that_nobody_changed_are_not_restored(
    place: Place, said: Said, tmp_path: Path
) -> None:
    (tmp_path / "said").write_text("everything is there already: nothing was changed\n")
    centre, notes = Centre(place), list[str]()
    centre.prepare("2-new", notes.append)
    said()
    centre.undo(notes[-1])
    assert not (tmp_path / "log").exists()


def test_what_the_system_refuses_is_told(place: Place, said: Said, tmp_path: Path) -> None:
    (tmp_path / "systemctl.fails").touch()
    with pytest.raises(OSError, match="it fails"):
        program("server", place).prepare("2-new", lambda _: None)
    assert said() == ["systemctl stop lystok-server.service"]
