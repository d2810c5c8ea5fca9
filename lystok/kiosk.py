"""`lystok kiosk`: a station at a door."""

from __future__ import annotations

import argparse
import os
import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lystok.configuration import checked, file_of, unusable
from lystok.terminal import Stop, add_command, add_room, stop_on

if TYPE_CHECKING:
    from kiosk.config import KioskConfig


def run(options: argparse.Namespace) -> None:
    """Run a station until told to stop."""
    from kiosk.memory import keep_small

    keep_small()
    from kiosk import commands

    with stop_on(commands.PairingFailed):
        again = commands.run(_config(options))
    if again:
        # A technician asked for it: with or without a supervisor, the same program anew.
        os.execv(sys.executable, [sys.executable, "-m", "lystok", *sys.argv[1:]])  # noqa: S606


def check_config(options: argparse.Namespace) -> None:
    """Check the whole configuration of a station, its devices' settings included."""
    from kiosk import commands

    config = _config(options)
    faults = commands.check_config(config)
    if faults:
        raise unusable(_file(options), faults)
    print(config.model_dump_json(indent=2))


def doctor(options: argparse.Namespace) -> int:
    """Look at every device: what is there, how it is, what to do; status 1 if anything is wrong."""
    from kiosk import commands

    config = _config(options)
    language = options.language or config.language
    said, status = commands.doctor(config, language, as_json=options.json)
    print(said)
    return status


def clock(options: argparse.Namespace) -> int:
    """Tell the running station's time and what it rests on; confirm it by eye."""
    from kiosk import commands

    with stop_on(commands.NotRunning):
        said, status = commands.clock(_config(options), confirm=options.confirm)
    print(said)
    return status


def session(options: argparse.Namespace) -> None:
    """Show the station's page in a browser that is kept alive, until told to stop."""
    from kiosk import commands

    with stop_on(commands.NoBrowser):
        commands.session(_config(options))


def technician(options: argparse.Namespace) -> None:
    """Set the code that opens the maintenance page of this station."""
    from kiosk import commands

    config = _config(options)
    code = getpass("New code, 6 to 12 digits: ")
    if getpass("Once more: ") != code:
        raise Stop("the two differ, nothing was changed")
    with stop_on(commands.BadCode):
        print(commands.set_technician_code(config, code))


def pair(options: argparse.Namespace) -> None:
    """Make this station known to its server with a one-time code."""
    from kiosk import commands

    with stop_on(commands.PairingFailed):
        print(commands.pair(_config(options), options.code))


def _config(options: argparse.Namespace) -> KioskConfig:
    """A station's configuration, checked whole."""
    from kiosk.config import KioskConfig, load

    return checked(load, KioskConfig, _file(options))


def _file(options: argparse.Namespace) -> Path:
    return file_of(options, "kiosk.toml")


def add(words: Any) -> None:
    """The words behind `kiosk`."""
    room = add_room(words, "kiosk", "a station at a door")
    add_command(room, "run", run)
    add_command(room, "check-config", check_config)
    parser = add_command(room, "doctor", doctor)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--language", choices=("uk", "en"), help="of the words")
    parser = add_command(room, "clock", clock)
    parser.add_argument("--confirm", action="store_true", help="it was compared with a watch")
    add_command(room, "session", session)
    add_command(room, "technician", technician)
    add_command(room, "pair", pair).add_argument("code", help="shown by the console")
