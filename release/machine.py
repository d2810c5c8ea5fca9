"""The programs of a machine as systemd runs them: what a renewal does around each."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from release.place import Place
from release.renewal import answers

ROLES: Final = ("server", "kiosk")
_MODEL: Final = Path("/proc/device-tree/model")
_WITH_PINS: Final = (
    ("Raspberry Pi 5", "kiosk-pi5"),
    ("Raspberry Pi Compute Module 5", "kiosk-pi5"),
    ("Raspberry Pi", "kiosk-pi"),
)
_NOTHING_DONE: Final = "everything is there already"


class _Unit:
    """A program with its unit; `ready_url` answers 200 where it serves."""

    def __init__(self, role: str, place: Place, ready_url: str) -> None:
        self._role = role
        self._unit = f"lystok-{role}.service"
        self._place = place
        self._ready_url = ready_url

    def prepare(self, name: str, note: Callable[[str], None]) -> None:
        """Nothing: a station brings its own data to the newest form."""

    def restart(self) -> None:
        """Lay out the units of the present release and begin it."""
        _run(self._place.root / "current" / "deploy" / "install.sh", self._role, "--units")
        # Not waited for: how long it may take is the renewal's to say.
        _run("systemctl", "restart", "--no-block", self._unit)

    def is_ready(self) -> bool:
        """Whether it answers."""
        return answers(self._ready_url)

    def undo(self, noted: str) -> None:
        """Nothing."""


class Station(_Unit):
    """A kiosk."""

    def __init__(self, place: Place, ready_url: str = "http://127.0.0.1:8701/healthz") -> None:
        super().__init__("kiosk", place, ready_url)

    def restart(self) -> None:
        """The browser is begun anew as well; the lane goes on, whatever the station does."""
        super().restart()
        _run("systemctl", "try-restart", "--no-block", "lystok-session.service")


class Centre(_Unit):
    """A server: a backup stands before each renewal, and comes back with the old release."""

    def __init__(
        self,
        place: Place,
        ready_url: str = "http://127.0.0.1:8080/readyz",
        config: Path = Path("/etc/lystok/server.toml"),
        user: str = "lystok-server",
    ) -> None:
        super().__init__("server", place, ready_url)
        self._config = config
        self._user = user

    def prepare(self, name: str, note: Callable[[str], None]) -> None:
        """Stop, back up, and bring the tables to the form of the new release."""
        _run("systemctl", "stop", self._unit)
        said = self._lystok(self._place.root / "current", "backup")
        note(said.splitlines()[0].partition(": ")[0])
        if self._lystok(self._place.folder(name), "init").startswith(_NOTHING_DONE):
            note("")

    def undo(self, noted: str) -> None:
        """Bring the backup back that was noted: the form of the tables was changed after it."""
        if noted:
            _run("systemctl", "stop", self._unit)
            self._lystok(self._place.root / "current", "restore", "--replace", noted)

    def _lystok(self, release: Path, *words: str) -> str:
        lystok = release / "bin" / "lystok"
        told = ("server", *words, "--config", str(self._config))
        return _run("runuser", "-u", self._user, "--", lystok, *told)


def program(role: str, place: Place) -> _Unit:
    """The program of a role on this machine."""
    return Centre(place) if role == "server" else Station(place)


def lock_of(role: str, model: Path = _MODEL) -> str:
    """The lock of a role on this machine: a station on a Raspberry Pi has pins."""
    if role != "kiosk" or not model.exists():
        return role
    told = model.read_text("ascii", "replace")
    return next((lock for start, lock in _WITH_PINS if told.startswith(start)), role)


def _run(*command: str | Path) -> str:
    ended = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if ended.returncode != 0:
        raise OSError(f"{command[0]} {command[1]}: {ended.stderr.strip()[-500:]}")
    return ended.stdout
