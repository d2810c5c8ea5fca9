"""`lystok server`: the centre."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lystok.configuration import checked, file_of
from lystok.terminal import Stop, add_command, add_room, stop_on

if TYPE_CHECKING:
    from server.config import ServerConfig
    from server.import_command import Request


def init(options: argparse.Namespace) -> None:
    """Make the database, the keys and the first administrator."""
    from server import commands

    with stop_on(commands.CannotDo):
        print(commands.init(server_config(options)))


def run(options: argparse.Namespace) -> None:
    """Serve stations and console until told to stop."""
    from server import commands

    with stop_on(commands.CannotDo):
        commands.run(server_config(options))


def check_config(options: argparse.Namespace) -> None:
    """Check the whole configuration and show what holds, secrets masked."""
    config = server_config(options)
    if config.wallet.is_used:
        from server import commands

        with stop_on(commands.CannotDo):
            commands.check_wallets(config)
    print(config.masked().model_dump_json(indent=2))


def check_audit(options: argparse.Namespace) -> int:
    """Go through the audit log's chain; 1 where anything of it was changed."""
    from server import commands

    with stop_on(commands.CannotDo):
        told, intact = commands.check_audit(server_config(options))
    print(told)
    return 0 if intact else 1


def keys(options: argparse.Namespace) -> None:
    """List the ticket keys, or make a new one and sign with it from now on."""
    from server import commands

    config = server_config(options)
    with stop_on(commands.CannotDo):
        print(commands.rotate_keys(config) if options.rotate else commands.list_keys(config))


def backup(options: argparse.Namespace) -> None:
    """Back the centre up while it works; check a backup by restoring it elsewhere."""
    from server.backup import commands
    from server.commands import CannotDo

    config = server_config(options)
    with stop_on(CannotDo):
        if options.list:
            print(commands.list_backups(config))
        elif options.verify is not None:
            print(commands.verify(config, options.verify or None))
        else:
            print(commands.backup(config))


def restore(options: argparse.Namespace) -> None:
    """Make a backup the centre, the newest where none is named."""
    from server.backup import commands
    from server.commands import CannotDo

    config = server_config(options)
    with stop_on(CannotDo):
        if options.as_it_is:
            print(commands.take_as_it_is(config))
        else:
            print(commands.restore(config, options.backup, replace=options.replace))


def move_to(options: argparse.Namespace) -> None:
    """Copy the whole centre into another, empty database, and compare every row."""
    from server import commands

    with stop_on(commands.CannotDo):
        print(commands.move_to(server_config(options), options.url))


def tls(options: argparse.Namespace) -> None:
    """Make the library's own certificate authority and the server's certificate; renew in time."""
    from server import authority

    config = server_config(options)
    with stop_on(OSError, ValueError):
        names = options.name or authority.names_for(options.folder, config)
        print(authority.keep(options.folder, names))
        print(f"fingerprint of the authority: {authority.fingerprint(options.folder)}")


def alarm_token(options: argparse.Namespace) -> None:
    """Make a token for an alarm system; it is shown this once, the one before is void."""
    from server import commands

    with stop_on(commands.CannotDo):
        print(commands.alarm_token(server_config(options)))


def sip2(options: argparse.Namespace) -> None:
    """Answer self-check machines and security gates by SIP2 until told to stop."""
    from server import commands

    with stop_on(commands.CannotDo):
        commands.serve_sip2(server_config(options))


def close_branch(options: argparse.Namespace) -> None:
    """Export everything of a branch into a ZIP; with --close also end it."""
    from server import commands

    config = server_config(options)
    with stop_on(commands.CannotDo):
        print(commands.close_branch(config, options.code, options.file, close=options.close))


def take_in(options: argparse.Namespace) -> None:
    """Take in a list of patrons, documents, loans or photos, or take one back."""
    from server import import_command
    from server.commands import CannotDo
    from templates.words import Words

    config, words = server_config(options), Words(options.language)
    with stop_on(CannotDo):
        if options.undo is not None:
            print(import_command.undo(config, options.undo, words))
            return
        if options.path is None and not (options.irbis and config.irbis.host):
            raise Stop("name what to take in and its FILE", 2)
        for line in import_command.take_in(config, _request(options), words):
            print(line)


def _request(options: argparse.Namespace) -> Request:
    from server.import_command import Request
    from server.models import ImportKind
    from server.services.imports import marc

    try:
        copies = marc.copies_of(options.copies) if options.copies else None
    except ValueError as error:
        raise Stop(f"--copies: {error}", 2) from None
    return Request(
        kind=ImportKind(options.kind), path=options.path, dry_run=options.dry_run,
        irbis=options.irbis, flavour=marc.Flavour(options.marc) if options.marc else None,
        copies=copies,
    )  # fmt: skip


def server_config(options: argparse.Namespace) -> ServerConfig:
    """The server's configuration, checked whole."""
    from server.config import ServerConfig, load

    return checked(load, ServerConfig, file_of(options, "server.toml"))


def add(words: Any) -> None:
    """The words behind `server`."""
    room = add_room(words, "server", "the central server")
    add_command(room, "init", init)
    add_command(room, "run", run)
    add_command(room, "check-config", check_config)
    add_command(room, "check-audit", check_audit)
    add_command(room, "keys", keys).add_argument("--rotate", action="store_true")
    _add_backups(room)
    parser = add_command(room, "move-to", move_to)
    parser.add_argument("url", help="postgresql://user:password@host/database")
    parser = add_command(room, "tls", tls)
    parser.add_argument("--name", action="append", help="under which it is reached; again for more")
    parser.add_argument("--folder", type=Path, default=Path("/etc/lystok/tls"), help="of keys")
    add_command(room, "alarm-token", alarm_token)
    add_command(room, "sip2", sip2)
    parser = add_command(room, "close-branch", close_branch)
    parser.add_argument("code", help="of the branch")
    parser.add_argument("file", type=Path, metavar="FILE.zip")
    parser.add_argument("--close", action="store_true", help="end it, once nothing is open")
    _add_import(room)


def _add_backups(room: Any) -> None:
    kind = add_command(room, "backup", backup).add_mutually_exclusive_group()
    kind.add_argument("--list", action="store_true", help="tell what there is, and how old")
    kind.add_argument(
        "--verify", nargs="?", const=False, default=None, type=Path, metavar="FOLDER",
        help="restore the newest, or this one, elsewhere and look at everything",
    )  # fmt: skip
    parser = add_command(room, "restore", restore)
    parser.add_argument("backup", nargs="?", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--replace", action="store_true", help="set aside or overwrite what is there"
    )
    parser.add_argument(
        "--as-it-is", action="store_true",
        help="the database came back by other means: a promoted standby, an image of a disk",
    )  # fmt: skip


def _add_import(room: Any) -> None:
    parser = add_command(room, "import", take_in)
    kinds = ("patrons", "documents", "loans", "photos")
    parser.add_argument("kind", choices=kinds, nargs="?", default=kinds[0])
    parser.add_argument("path", type=Path, nargs="?", metavar="FILE", help="or a folder of photos")
    parser.add_argument("--dry-run", action="store_true", help="judge every row, write nothing")
    parser.add_argument("--marc", choices=("marc21", "unimarc"), help="documents from a catalogue")
    parser.add_argument("--copies", metavar="TAG:FIELD=SUBFIELD,...", help="where copies stand")
    parser.add_argument(
        "--irbis", action="store_true",
        help="FILE is a text export of IRBIS64's RDR; without FILE, ask the server of [irbis]",
    )  # fmt: skip
    parser.add_argument("--undo", type=int, metavar="RUN", help="take this import back")
    parser.add_argument("--language", choices=("uk", "en"), default="uk", help="of the words")
