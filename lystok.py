"""The `lystok` command: a thin front door to the programs, which it imports only when called.

Exit status: 0 done, 1 it did not work (the message says why), 2 wrong words or configuration.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import ValidationError

    from hardware.lane_daemon import LaneConfig
    from kiosk.config import KioskConfig
    from server.config import ServerConfig

Command = Callable[[argparse.Namespace], int]
C = TypeVar("C")


class Stop(Exception):
    """Ends the program with a message for the person at the terminal."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = build_parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except Stop as stop:
        print(f"lystok: {stop}", file=sys.stderr)
        return stop.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read along has read enough: `lystok kiosk doctor | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


# --- Commands -----------------------------------------------------------------------------------


def demo(options: argparse.Namespace) -> int:
    """Play the whole library on this machine."""
    from demo import commands
    from demo.programs import StageError

    if options.init is not None:
        try:
            print(commands.write_sample(options.init, patrons=options.patrons))
        except (OSError, ValueError) as error:
            raise Stop(str(error)) from None
        return 0
    try:
        if options.headless:
            return commands.play_day(options.out)
        return commands.open_demo(options.out, port=options.port, browser=options.browser)
    except StageError as error:
        raise Stop(str(error)) from None


def server_init(options: argparse.Namespace) -> int:
    """Make the database, the keys and the first administrator."""
    from server import commands

    with server_answers():
        print(commands.init(server_config(options)))
    return 0


def server_run(options: argparse.Namespace) -> int:
    """Serve stations and console until told to stop."""
    from server import commands

    config = server_config(options)
    with server_answers():
        commands.run(config)
    return 0


def server_check_config(options: argparse.Namespace) -> int:
    """Check the whole configuration and show what holds, secrets masked."""
    config = server_config(options)
    if config.wallet.is_used:
        from server import commands

        with server_answers():
            commands.check_wallets(config)
    print(config.masked().model_dump_json(indent=2))
    return 0


def server_check_audit(options: argparse.Namespace) -> int:
    """Go through the audit log's chain; 1 where anything of it was changed."""
    from server import commands

    with server_answers():
        told, intact = commands.check_audit(server_config(options))
    print(told)
    return 0 if intact else 1


def server_keys(options: argparse.Namespace) -> int:
    """List the ticket keys, or make a new one and sign with it from now on."""
    from server import commands

    config = server_config(options)
    with server_answers():
        print(commands.rotate_keys(config) if options.rotate else commands.list_keys(config))
    return 0


def server_sip2(options: argparse.Namespace) -> int:
    """Answer self-check machines and security gates by SIP2 until told to stop."""
    from server import commands

    config = server_config(options)
    with server_answers():
        commands.serve_sip2(config)
    return 0


def server_close_branch(options: argparse.Namespace) -> int:
    """Export everything of a branch into a ZIP; with --close also end it."""
    from server import commands

    with server_answers():
        print(commands.close_branch(server_config(options), options.code, options.file,
                                    close=options.close))  # fmt: skip
    return 0


def server_alarm_token(options: argparse.Namespace) -> int:
    """Make a token for an alarm system; it is shown this once, the one before is void."""
    from server import commands

    with server_answers():
        print(commands.alarm_token(server_config(options)))
    return 0


def server_import(options: argparse.Namespace) -> int:
    """Take in a list of patrons, documents, loans or photos, or take one back."""
    from server import import_command
    from server.models import ImportKind
    from server.services.imports import marc
    from templates.words import Words

    config, words = server_config(options), Words(options.language)
    with server_answers():
        if options.undo is not None:
            print(import_command.undo(config, options.undo, words))
            return 0
        if options.path is None and not (options.irbis and config.irbis.host):
            raise Stop("name what to take in and its FILE", 2)
        try:
            copies = marc.copies_of(options.copies) if options.copies else None
        except ValueError as error:
            raise Stop(f"--copies: {error}", 2) from None
        asked = import_command.Request(
            kind=ImportKind(options.kind), path=options.path, dry_run=options.dry_run,
            irbis=options.irbis,
            flavour=marc.Flavour(options.marc) if options.marc else None, copies=copies,
        )  # fmt: skip
        for line in import_command.take_in(config, asked, words):
            print(line)
    return 0


def server_backup(options: argparse.Namespace) -> int:
    """Back the centre up while it works; check a backup by restoring it elsewhere."""
    from server.backup import commands

    config = server_config(options)
    with server_answers():
        if options.list:
            print(commands.list_backups(config))
        elif options.verify is not None:
            print(commands.verify(config, options.verify or None))
        else:
            print(commands.backup(config))
    return 0


def server_restore(options: argparse.Namespace) -> int:
    """Make a backup the centre, the newest where none is named."""
    from server.backup import commands

    config = server_config(options)
    with server_answers():
        print(commands.restore(config, options.backup, replace=options.replace))
    return 0


def server_move_to(options: argparse.Namespace) -> int:
    """Copy the whole centre into another, empty database, and compare every row."""
    from server import commands

    config = server_config(options)
    with server_answers():
        print(commands.move_to(config, options.url))
    return 0


def server_tls(options: argparse.Namespace) -> int:
    """Make the library's own certificate authority and the server's certificate; renew in time."""
    from server import authority

    config = server_config(options)
    names = options.name or authority.names_of(config)
    try:
        print(authority.keep(options.folder, names))
    except (OSError, ValueError) as error:
        raise Stop(str(error)) from None
    return 0


def ticket_issue(options: argparse.Namespace) -> int:
    """Print the code of a ticket, and draw it where asked."""
    from server import commands

    config = server_config(options)
    with server_answers():
        print(commands.issue_ticket(config, options.number, png=options.png))
    return 0


def ticket_verify(options: argparse.Namespace) -> int:
    """Print verdict and claims of a code as JSON; the status tells whether it is good."""
    from server import commands

    with server_answers():
        answer = commands.verify_ticket(server_config(options), options.code)
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    return 0 if answer["verdict"] == "good" else 1


def ticket_keys(options: argparse.Namespace) -> int:
    """Print the public ticket keys as a JWK set."""
    from server import commands

    with server_answers():
        print(json.dumps(commands.public_keys(server_config(options)), indent=2))
    return 0


def kiosk_run(options: argparse.Namespace) -> int:
    """Run a station until told to stop."""
    from kiosk.memory import keep_small

    keep_small()
    from kiosk import commands

    try:
        again = commands.run(kiosk_config(options))
    except commands.PairingFailed as error:
        raise Stop(str(error)) from None
    if again:
        # A technician asked for it: with or without a supervisor, the same program anew.
        os.execv(sys.executable, [sys.executable, "-m", "lystok", *sys.argv[1:]])  # noqa: S606
    return 0


def kiosk_session(options: argparse.Namespace) -> int:
    """Show the station's page in a browser that is kept alive, until told to stop."""
    from kiosk import commands

    try:
        commands.session(kiosk_config(options))
    except commands.NoBrowser as error:
        raise Stop(str(error)) from None
    return 0


def kiosk_technician(options: argparse.Namespace) -> int:
    """Set the code that opens the maintenance page of this station."""
    from kiosk import commands

    config = kiosk_config(options)
    code = getpass("New code, 6 to 12 digits: ")
    if getpass("Once more: ") != code:
        raise Stop("the two differ, nothing was changed")
    try:
        print(commands.set_technician_code(config, code))
    except commands.BadCode as error:
        raise Stop(str(error)) from None
    return 0


def kiosk_check_config(options: argparse.Namespace) -> int:
    """Check the whole configuration of a station, its devices' settings included."""
    from kiosk import commands

    config = kiosk_config(options)
    faults = commands.check_config(config)
    if faults:
        raise Stop(listed(options.config or "kiosk.toml", faults), 2)
    print(config.model_dump_json(indent=2))
    return 0


def kiosk_doctor(options: argparse.Namespace) -> int:
    """Look at every device: what is there, how it is, what to do; status 1 if anything is wrong."""
    from kiosk import commands

    config = kiosk_config(options)
    language = options.language or config.language
    said, status = commands.doctor(config, language, as_json=options.json)
    print(said)
    return status


def kiosk_clock(options: argparse.Namespace) -> int:
    """Tell the running station's time and what it rests on; confirm it by eye."""
    from kiosk import commands

    try:
        said, status = commands.clock(kiosk_config(options), confirm=options.confirm)
    except commands.NotRunning as error:
        raise Stop(str(error)) from None
    print(said)
    return status


def kiosk_pair(options: argparse.Namespace) -> int:
    """Make this station known to its server with a one-time code."""
    from kiosk import commands

    try:
        print(commands.pair(kiosk_config(options), options.code))
    except commands.PairingFailed as error:
        raise Stop(str(error)) from None
    return 0


def lane_run(options: argparse.Namespace) -> int:
    """Own the lane's lines and serve a station until told to stop."""
    from hardware import lane_daemon

    try:
        lane_daemon.run(lane_config(options))
    except OSError as error:
        raise Stop(str(error)) from None
    return 0


def lane_safe(options: argparse.Namespace) -> int:
    """Set the lane's safe levels once: way out free, way in shut."""
    from hardware import lane_daemon

    try:
        lane_daemon.make_safe(lane_config(options))
    except OSError as error:
        raise Stop(str(error)) from None
    return 0


def lane_levels(options: argparse.Namespace) -> int:
    """Print the level of every line: at start, shut, open, safe."""
    from hardware import lane_daemon

    print(lane_daemon.told_levels(lane_config(options)))
    return 0


def slip_render(options: argparse.Namespace) -> int:
    """Draw the paper that a printer would make of these bytes."""
    from hardware import escpos_paper

    try:
        escpos_paper.draw_file(options.file, options.png)
    except OSError as error:
        raise Stop(f"{error.filename}: {error.strerror}") from None
    except escpos_paper.PaperError as error:
        raise Stop(f"{options.file}: {error}") from None
    return 0


def release_keys(options: argparse.Namespace) -> int:
    """Make the pair of keys that signs and verifies releases."""
    from release import commands

    with release_answers():
        print(commands.keys(options.private, options.public))
    return 0


def release_build(options: argparse.Namespace) -> int:
    """Make a signed release of the project in this folder."""
    from release import commands

    with release_answers():
        print(commands.build(Path.cwd(), options.bundle, options.key))
    return 0


def release_install(options: argparse.Namespace) -> int:
    """Install a release beside the present one; kept only if it is ready within 60 s."""
    from release import commands

    with release_answers():
        print(commands.install(options.bundle, options.role))
    return 0


def release_back(options: argparse.Namespace) -> int:
    """Go back to the release before."""
    from release import commands

    with release_answers():
        print(commands.back(options.role))
    return 0


def release_settle(options: argparse.Namespace) -> int:
    """After a power cut in the middle of an update: keep the release that works."""
    from release import commands

    with release_answers():
        print(commands.settle(options.role))
    return 0


def release_list(options: argparse.Namespace) -> int:
    """Print the releases of this machine."""
    from release import commands

    print(commands.told(options.role))
    return 0


def decode(options: argparse.Namespace) -> int:
    """Print every code found in pictures."""
    from hardware import decode_command

    return decode_command.run(options.images)


def photo(options: argparse.Namespace) -> int:
    """Judge pictures as photos for a ticket: a line of JSON each."""
    from hardware.contracts import DriverNotInstalled
    from kiosk.photo import photo_command

    try:
        return photo_command.run(options.images)
    except DriverNotInstalled as error:
        raise Stop(str(error)) from None


# --- Configuration ------------------------------------------------------------------------------


def server_config(options: argparse.Namespace) -> ServerConfig:
    """The server's configuration, checked whole."""
    from server.config import ServerConfig, load

    return checked(load, ServerConfig, options.config or Path("server.toml"))


def kiosk_config(options: argparse.Namespace) -> KioskConfig:
    """A station's configuration, checked whole."""
    from kiosk.config import KioskConfig, load

    return checked(load, KioskConfig, options.config or Path("kiosk.toml"))


def lane_config(options: argparse.Namespace) -> LaneConfig:
    """The configuration of a lane's process, checked whole."""
    from hardware.lane_daemon import LaneConfig, load

    return checked(load, LaneConfig, options.config or Path("lane.toml"))


@contextmanager
def server_answers() -> Iterator[None]:
    """What the server's part can't do becomes a message."""
    from server.commands import CannotDo

    try:
        yield
    except CannotDo as error:
        raise Stop(str(error)) from None


@contextmanager
def release_answers() -> Iterator[None]:
    """What became of no release becomes a message."""
    from release import commands

    try:
        yield
    except (
        commands.BadBundle, commands.NoEnvironment, commands.RolledBack, LookupError, OSError
    ) as error:  # fmt: skip
        raise Stop(str(error)) from None


def checked(load: Callable[[Path], C], model: type[C], path: Path) -> C:
    """Load a configuration; every fault of it is named at once (exit status 2)."""
    import tomllib

    from pydantic import ValidationError

    try:
        return load(path)
    except OSError as error:
        hint = "name the file with --config"
        raise Stop(f"{path}: {error.strerror}; {hint}", 2) from None
    except tomllib.TOMLDecodeError as error:
        raise Stop(f"{path}: not TOML: {error}", 2) from None
    except ValidationError as error:
        raise Stop(listed(path, config_faults(error, model)), 2) from None


def listed(path: object, faults: Iterable[str]) -> str:
    """All faults of a configuration, a line each."""
    return "\n".join([f"{path} can't be used:", *(f"  {fault}" for fault in faults)])


def config_faults(error: ValidationError, model: type[Any]) -> list[str]:
    """Each fault as `section.setting: what is wrong`; input values are never repeated."""
    return [
        _sentence(fault["loc"], fault["type"], fault["msg"], model)
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _sentence(where: tuple[int | str, ...], kind: str, message: str, model: type[Any]) -> str:
    name = ".".join(map(str, where))
    if kind != "extra_forbidden":
        return f"{name}: {message}" if name else message
    near = get_close_matches(str(where[-1]), _settings_at(model, where[:-1]), n=1)
    return f"{name}: no such setting" + (f", did you mean {near[0]!r}?" if near else "")


def _settings_at(model: type[Any], where: tuple[int | str, ...]) -> list[str]:
    """The names that may stand in a section of the configuration."""
    for part in where:
        field = getattr(model, "model_fields", {}).get(part)
        model = field.annotation if field is not None else object
    return list(getattr(model, "model_fields", {}))


# --- Words of the command line ------------------------------------------------------------------


def build_parser() -> argparse.ArgumentParser:
    """The command line; `--config FILE` may stand before or behind the command."""
    parser = argparse.ArgumentParser(prog="lystok", description="The entrance of a library.")
    parser.add_argument("--config", type=Path, default=None, help="the TOML configuration")
    rooms = parser.add_subparsers(required=True, metavar="COMMAND")

    _demo_words(rooms)
    server = _room(rooms, "server", "the central server")
    _command(server, "init", server_init)
    _command(server, "run", server_run)
    _command(server, "check-config", server_check_config)
    _command(server, "check-audit", server_check_audit)
    _command(server, "keys", server_keys).add_argument("--rotate", action="store_true")
    _backup_words(server)
    move = _command(server, "move-to", server_move_to)
    move.add_argument("url", help="postgresql://user:password@host/database")
    tls = _command(server, "tls", server_tls)
    tls.add_argument("--name", action="append", help="under which it is reached; again for more")
    tls.add_argument("--folder", type=Path, default=Path("/etc/lystok/tls"), help="of keys")
    _command(server, "alarm-token", server_alarm_token)
    _command(server, "sip2", server_sip2)
    _branch_words(server)
    _import_words(server)

    kiosk = _room(rooms, "kiosk", "a station at a door")
    _command(kiosk, "run", kiosk_run)
    _command(kiosk, "check-config", kiosk_check_config)
    doctor = _command(kiosk, "doctor", kiosk_doctor)
    doctor.add_argument("--json", action="store_true", help="for programs")
    doctor.add_argument("--language", choices=("uk", "en"), help="of the words")
    clock = _command(kiosk, "clock", kiosk_clock)
    clock.add_argument("--confirm", action="store_true", help="it was compared with a watch")
    _command(kiosk, "session", kiosk_session)
    _command(kiosk, "technician", kiosk_technician)
    _command(kiosk, "pair", kiosk_pair).add_argument("code", help="shown by the console")

    lane = _room(rooms, "lane", "the process that owns a lane's lines")
    _command(lane, "run", lane_run)
    _command(lane, "safe", lane_safe)
    _command(lane, "levels", lane_levels)

    ticket = _room(rooms, "ticket", "codes of e-tickets")
    issue = _command(ticket, "issue", ticket_issue)
    issue.add_argument("number", help="the printed number of the ticket")
    issue.add_argument("--png", type=Path, help="draw the e-ticket into this file")
    _command(ticket, "verify", ticket_verify).add_argument("code")
    _command(ticket, "keys", ticket_keys)

    slip = _room(rooms, "slip", "slips as a printer draws them")
    render = _command(slip, "render", slip_render)
    render.add_argument("file", type=Path, metavar="FILE.bin")
    render.add_argument("png", type=Path, metavar="FILE.png")

    _release_words(rooms)
    for name, command in (("decode", decode), ("photo", photo)):
        _command(rooms, name, command).add_argument("images", type=Path, nargs="+", metavar="IMAGE")
    return parser


def _import_words(rooms: Any) -> None:
    parser = _command(rooms, "import", server_import)
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


def _branch_words(server: Any) -> None:
    parser = _command(server, "close-branch", server_close_branch)
    parser.add_argument("code", help="of the branch")
    parser.add_argument("file", type=Path, metavar="FILE.zip")
    parser.add_argument("--close", action="store_true", help="end it, once nothing is open")


def _demo_words(rooms: Any) -> None:
    parser = _command(rooms, "demo", demo)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--headless", action="store_true", help="play one day, print each step")
    kind.add_argument("--init", type=Path, metavar="DIR", help="only write the sample library")
    parser.add_argument("--patrons", type=int, default=60, help="size of the sample (60)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to work and keep slips")
    parser.add_argument("--port", type=int, default=8600, help="port of the demo's own page")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="open nothing")


def _release_words(rooms: Any) -> None:
    release = _room(rooms, "release", "how the program comes onto a machine and is renewed")
    keys = _command(release, "keys", release_keys)
    keys.add_argument("private", type=Path, metavar="PRIVATE")
    keys.add_argument("public", type=Path, metavar="PUBLIC")
    build = _command(release, "build", release_build)
    build.add_argument("bundle", type=Path, metavar="FILE.bundle")
    build.add_argument("--key", type=Path, required=True, help="the private key of releases")
    install = _command(release, "install", release_install)
    install.add_argument("bundle", type=Path, metavar="FILE.bundle")
    for words in (
        install,
        _command(release, "back", release_back),
        _command(release, "settle", release_settle),
        _command(release, "list", release_list),
    ):
        words.add_argument("--role", choices=("server", "kiosk"), required=True)


def _backup_words(server: Any) -> None:
    backup = _command(server, "backup", server_backup).add_mutually_exclusive_group()
    backup.add_argument("--list", action="store_true", help="tell what there is, and how old")
    backup.add_argument(
        "--verify", nargs="?", const=False, default=None, type=Path, metavar="FOLDER",
        help="restore the newest, or this one, elsewhere and look at everything",
    )  # fmt: skip
    restore = _command(server, "restore", server_restore)
    restore.add_argument("backup", nargs="?", type=Path, metavar="FOLDER")
    restore.add_argument(
        "--replace", action="store_true", help="set aside or overwrite what is there"
    )


def _room(rooms: Any, name: str, about: str) -> Any:
    parser = rooms.add_parser(name, help=about, description=about)
    return parser.add_subparsers(required=True, metavar="COMMAND")


def _command(rooms: Any, name: str, command: Command) -> argparse.ArgumentParser:
    about = (command.__doc__ or "").split("\n")[0]
    parser: argparse.ArgumentParser = rooms.add_parser(name, help=about, description=about)
    # Left out, it must not overwrite the one that stands before the command.
    parser.add_argument("--config", type=Path, default=argparse.SUPPRESS, help="TOML file")
    parser.set_defaults(command=command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
