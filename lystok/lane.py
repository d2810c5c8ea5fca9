"""`lystok lane`: the process that owns a lane's lines."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from lystok.configuration import checked, file_of
from lystok.terminal import add_command, add_room, stop_on

if TYPE_CHECKING:
    from hardware.lane_daemon import LaneConfig


def run(options: argparse.Namespace) -> None:
    """Own the lane's lines and serve a station until told to stop."""
    from hardware import lane_daemon

    with stop_on(OSError):
        lane_daemon.run(_config(options))


def safe(options: argparse.Namespace) -> None:
    """Set the lane's safe levels once: way out free, way in shut."""
    from hardware import lane_daemon

    with stop_on(OSError):
        lane_daemon.make_safe(_config(options))


def levels(options: argparse.Namespace) -> None:
    """Print the level of every line: at start, shut, open, safe."""
    from hardware import lane_daemon

    print(lane_daemon.told_levels(_config(options)))


def _config(options: argparse.Namespace) -> LaneConfig:
    """The configuration of a lane's process, checked whole."""
    from hardware.lane_daemon import LaneConfig, load

    return checked(load, LaneConfig, file_of(options, "lane.toml"))


def add(words: Any) -> None:
    """The words behind `lane`."""
    room = add_room(words, "lane", "the process that owns a lane's lines")
    add_command(room, "run", run)
    add_command(room, "safe", safe)
    add_command(room, "levels", levels)
