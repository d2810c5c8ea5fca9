"""`lystok ticket`: codes of e-tickets, by the server's keys."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from lystok.server import server_config
from lystok.terminal import add_command, add_room, stop_on


def issue(options: argparse.Namespace) -> None:
    """Print the code of a ticket, and draw it where asked."""
    from server import commands

    with stop_on(commands.CannotDo):
        print(commands.issue_ticket(server_config(options), options.number, png=options.png))


def verify(options: argparse.Namespace) -> int:
    """Print verdict and claims of a code as JSON; the status tells whether it is good."""
    from server import commands

    with stop_on(commands.CannotDo):
        answer = commands.verify_ticket(server_config(options), options.code)
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    return 0 if answer["verdict"] == "good" else 1


def keys(options: argparse.Namespace) -> None:
    """Print the public ticket keys as a JWK set."""
    from server import commands

    with stop_on(commands.CannotDo):
        print(json.dumps(commands.public_keys(server_config(options)), indent=2))


def add(words: Any) -> None:
    """The words behind `ticket`."""
    room = add_room(words, "ticket", "codes of e-tickets")
    parser = add_command(room, "issue", issue)
    parser.add_argument("number", help="the printed number of the ticket")
    parser.add_argument("--png", type=Path, help="draw the e-ticket into this file")
    add_command(room, "verify", verify).add_argument("code")
    add_command(room, "keys", keys)
