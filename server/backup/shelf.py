"""The folder of backups: what is there, and what may go."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

MANIFEST: Final = "manifest.json"
_NAME: Final = "lystok-%Y%m%dT%H%M%SZ"
_CHUNK: Final = 1 << 20


class Manifest(BaseModel):
    """What a backup says of itself."""

    model_config = ConfigDict(frozen=True)

    made_at: AwareDatetime
    version: str
    """Of the program."""
    tables: str
    """The step of the tables (see server.migrations)."""
    kind: str
    """`sqlite` or `postgresql`."""
    files: dict[str, str]
    """SHA-256 (hex) of each file by its name."""
    counts: dict[str, int]
    """Rows by table that are in it at least: counted just before."""


def restoring(directory: Path) -> Path:
    """The file that says: a restore is under way, from the backup that it names.

    While it is there the database is none that could be served: its epoch may be that of before,
    and who was erased may be in it.
    """
    return directory / "restoring"


class NoBackup(LookupError):
    """There is no such backup, or it is not whole; the message says which file."""


class Backup:
    """A backup that has its manifest."""

    def __init__(self, folder: Path) -> None:
        try:
            text = (folder / MANIFEST).read_text("utf-8")
            self.manifest = Manifest.model_validate_json(text)
        except (OSError, ValidationError) as fault:
            raise NoBackup(f"{folder} is no whole backup: {MANIFEST} can't be read") from fault
        self.folder = folder

    def file(self, name: str) -> Path:
        """A file of it, as it was written. Raises NoBackup where its bytes are not those."""
        path = self.folder / name
        if not path.is_file() or digest(path) != self.manifest.files.get(name):
            raise NoBackup(f"{path} is missing or not as it was written")
        return path

    @property
    def has_keys(self) -> bool:
        """Whether the private keys are in it."""
        return any(name.startswith("keys") for name in self.manifest.files)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            whole.update(chunk)
    return whole.hexdigest()


def name_at(at: datetime) -> str:
    """The folder's name of a backup made now; names sort by time."""
    return at.astimezone(UTC).strftime(_NAME)


def backups(directory: Path) -> Sequence[Backup]:
    """All whole backups, the oldest first."""
    return tuple(_whole(directory))


def latest(directory: Path) -> Backup | None:
    """The newest whole backup."""
    return next(iter(_whole(directory, newest_first=True)), None)


def _whole(directory: Path, *, newest_first: bool = False) -> Iterator[Backup]:
    for folder in sorted(directory.glob("lystok-*Z"), reverse=newest_first):
        try:
            yield Backup(folder)
        except NoBackup:
            continue


def forget(directory: Path, at: datetime, *, keep_days: int, keep_months: int) -> Sequence[str]:
    """Delete what is old; answers the names. Kept are the last days, and the first of each month.

    The newest backup is never deleted, however old it is. Left-overs of a cut are.
    """
    known = backups(directory)
    kept = {backup.folder.name for backup in _kept(known, at, keep_days, keep_months)}
    gone = [backup.folder for backup in known if backup.folder.name not in kept]
    for folder in (*gone, *directory.glob(".lystok-*.new")):
        shutil.rmtree(folder, ignore_errors=True)
    return [folder.name for folder in gone]


def _kept(
    known: Sequence[Backup], at: datetime, keep_days: int, keep_months: int
) -> Iterator[Backup]:
    yield from known[-1:]
    months: set[tuple[int, int]] = set()
    for backup in known:
        made_at = backup.manifest.made_at
        month = (made_at.year, made_at.month)
        is_first = month not in months and _months_between(made_at, at) <= keep_months
        if is_first or at - made_at <= timedelta(days=keep_days):
            yield backup
        months.add(month)


def _months_between(earlier: datetime, later: datetime) -> int:
    return 12 * (later.year - earlier.year) + later.month - earlier.month
