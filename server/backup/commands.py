"""What the `lystok` command asks of backups; answers are what is printed.

What can't be done is a `CannotDo` with a message for the person at the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from server.backup import making, restoring, shelf
from server.backup.dump import CannotDump
from server.backup.restoring import BadBackup, InTheWay, Restored
from server.backup.sealed import WrongPassphrase
from server.backup.shelf import Backup, NoBackup
from server.commands import CannotDo, require_silence
from server.config import ServerConfig


def backup(config: ServerConfig) -> str:
    """Make a backup now, then forget what is too old. Raises CannotDo."""
    at = datetime.now(UTC)
    with _telling():
        made = making.make(config, at=at)
        gone = shelf.forget(
            config.backup.directory, at,
            keep_days=config.backup.keep_days, keep_months=config.backup.keep_months,
        )  # fmt: skip
    lines = [f"{made.folder}: {_told(made.manifest.counts)}"]
    if not made.has_keys:
        keys = config.keys.directory
        lines.append(f"the private keys are not in it: keep a copy of {keys}, or set")
        lines.append("[backup] passphrase_file to have them in it, sealed")
    lines += [f"forgotten: {name}" for name in gone]
    return "\n".join(lines)


def list_backups(config: ServerConfig) -> str:
    """Every whole backup, the newest last, with its age and whether the keys are in it."""
    at = datetime.now(UTC)
    known = shelf.backups(config.backup.directory)
    if not known:
        return f"no backup in {config.backup.directory}"
    return "\n".join(
        f"{one.folder.name}  {_age(at - one.manifest.made_at)} old"
        f"  {'with' if one.has_keys else 'without'} keys  {_told(one.manifest.counts)}"
        for one in known
    )


def verify(config: ServerConfig, path: Path | None) -> str:
    """Check a backup, the newest where none is named, by restoring it elsewhere. CannotDo."""
    with _telling():
        chosen = _chosen(config, path)
        found = restoring.verify(config, chosen)
    _require_keys(found)
    return f"{chosen.folder.name} can be restored: {_told(found.counts)}; audit log intact"


def restore(config: ServerConfig, path: Path | None, *, replace: bool) -> str:
    """Make a backup the centre. Raises CannotDo, also while the server runs."""
    require_silence(config)
    with _telling():
        chosen = _chosen(config, path)
        found = restoring.restore(config, chosen, at=datetime.now(UTC), replace=replace)
    lines = [f"{chosen.folder.name} is restored: {_told(found.counts)}"]
    if found.set_aside is not None:
        lines.append(f"what was there before: {found.set_aside}")
    if found.erased_again:
        lines.append(f"erased again: {found.erased_again}, by the journal of erasures")
    if found.keys:
        lines.append(f"keys and secrets brought back: {found.keys}")
    lines += [_without_key(key_id) for key_id in found.missing_keys]
    return "\n".join([*lines, *_AFTER])


def take_as_it_is(config: ServerConfig) -> str:
    """The database came back by other means. Raises CannotDo, also while the server runs."""
    require_silence(config)
    with _telling():
        erased = restoring.take_as_it_is(config, at=datetime.now(UTC))
    lines = [f"erased again: {erased}, by the journal of erasures"] if erased else []
    return "\n".join([*lines, *_AFTER])


_AFTER = (
    "its epoch is new: stations send again what it lost, and take a new copy",
    "everybody signs in anew; start it with `lystok server run`",
)


def _chosen(config: ServerConfig, path: Path | None) -> Backup:
    if path is not None:
        return Backup(path)
    newest = shelf.latest(config.backup.directory)
    if newest is None:
        raise NoBackup(f"no backup in {config.backup.directory}: run `lystok server backup`")
    return newest


def _require_keys(found: Restored) -> None:
    if found.missing_keys:
        raise CannotDo("\n".join(map(_without_key, found.missing_keys)))


def _without_key(key_id: str) -> str:
    return (
        f"ticket key {key_id} is neither in the backup nor here: bring its file back,"
        " or run `lystok server keys --rotate`"
    )


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except (BadBackup, CannotDump, InTheWay, NoBackup, WrongPassphrase, ValueError) as fault:
        raise CannotDo(str(fault)) from None
    except OSError as fault:
        raise CannotDo(f"{fault.filename}: {fault.strerror}") from None


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _age(span: object) -> str:
    return str(span).partition(".")[0]
