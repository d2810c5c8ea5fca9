"""`lystok server import`: take in a list from the command line, or take one back."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from server.commands import CannotDo, opened
from server.config import IrbisSection, ServerConfig
from server.database import Database
from server.library_systems.contract import SystemAway
from server.library_systems.irbis import Address, Irbis
from server.models import ImportKind, ImportRun, ImportState
from server.services.imports import irbis, marc, pictures, runs, tables
from server.services.imports.columns import WrongColumns
from server.services.imports.irbis import Reader
from server.services.imports.marc import Copies, Flavour
from server.services.imports.tables import Listing, NotReadable, Row
from templates import imports as said
from templates.words import Words

_ACTOR: Final = "system"
_SHOWN: Final = 1000
"""Faults that are printed; the console shows the rest."""
_TELL_EVERY: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be taken in, and how it is to be read."""

    kind: ImportKind
    path: Path | None
    """A file, or for photos a folder; None: from the IRBIS64 server of the configuration."""
    flavour: Flavour | None = None
    """Documents as catalogue records."""
    copies: Copies | None = None
    irbis: bool = False
    """Readers or loans as IRBIS64 exports its database RDR."""
    dry_run: bool = False

    @property
    def name(self) -> str:
        """What the list of imports calls it."""
        return self.path.name if self.path else "IRBIS64"


def take_in(config: ServerConfig, asked: Request, words: Words) -> Iterator[str]:
    """Run an import; answers the faults and the sum, a line each. Raises CannotDo."""
    with opened(config) as database:
        try:
            listing, total = _open(asked, config.irbis)
            for heading in listing.unknown:
                yield words.gettext("Стовпець «%(name)s» пропускаємо.", name=heading)
            run_id = runs.begin(
                database, asked.kind, asked.name, dry_run=asked.dry_run, actor=_ACTOR,
                at=_now(), total=total,
            )  # fmt: skip
            rows = _told(listing.rows, total)
            runs.work(database, run_id, rows, clock=_now, entropy=os.urandom)
        except WrongColumns as wrong:
            raise CannotDo(said.wrong_columns(words, wrong.missing, wrong.twice)) from None
        except NotReadable as fault:
            raise CannotDo(f"{asked.name}: {fault}") from None
        except OSError as fault:
            raise CannotDo(f"{asked.name}: {fault.strerror}") from None
        yield from _answer(database, run_id, words)


def undo(config: ServerConfig, run_id: int, words: Words) -> str:
    """Take a whole import back. Raises CannotDo."""
    with opened(config) as database:
        try:
            runs.begin_undo(database, run_id, actor=_ACTOR, at=_now())
            runs.undo(database, run_id, clock=_now)
        except LookupError:
            raise CannotDo(words.gettext("Завантаження № %(n)s немає.", n=run_id)) from None
        except runs.NotPossible:
            raise CannotDo(
                words.gettext("Завантаження № %(n)s скасувати не можна.", n=run_id)
            ) from None
        with database.reading() as session:
            return said.summary(words, _counts(session.get_one(ImportRun, run_id)))


def _open(asked: Request, section: IrbisSection) -> tuple[Listing, int | None]:
    if asked.path is None:
        return irbis.rows(asked.kind, _from_server(section)), None
    if asked.irbis:
        return irbis.read(asked.kind, asked.path), None
    if asked.kind is ImportKind.PHOTOS:
        return pictures.read(asked.path), None
    if asked.kind is ImportKind.DOCUMENTS and asked.flavour is not None:
        return marc.read(asked.path, asked.flavour, asked.copies), None
    return tables.read(asked.kind, asked.path), tables.count(asked.path)


def _from_server(section: IrbisSection) -> Iterator[Reader]:
    address = Address(
        host=section.host, port=section.port, user=section.user, password=section.password,
        database=section.database,
    )  # fmt: skip
    try:
        with Irbis(address) as server:
            yield from server.readers()
    except SystemAway as fault:
        raise NotReadable(f"{address.host}:{address.port}: {fault}") from None


def _told(rows: Iterable[Row], total: int | None) -> Iterator[Row]:
    """The rows, with a line of progress on a terminal."""
    show: Callable[[str], object] = sys.stderr.write if sys.stderr.isatty() else lambda _: None
    for done, row in enumerate(rows, start=1):
        if done % _TELL_EVERY == 0:
            show(f"\r{done}" + (f" / {total}" if total else ""))
        yield row
    show("\r")


def _answer(database: Database, run_id: int, words: Words) -> Iterator[str]:
    with database.reading() as session:
        for fault in runs.faults_of(session, run_id, 0, _SHOWN):
            told = said.fault(words, fault.field, fault.code)
            yield words.gettext("Рядок %(n)s. %(fault)s", n=fault.row, fault=told)
        run = session.get_one(ImportRun, run_id)
        for row in runs.changes_of(session, run_id, _SHOWN):
            number = runs.named(session, run.kind, row.key)
            yield said.change(words, number, row.before or {}, row.after or {})
        yield said.summary(words, _counts(run))
        if run.state is ImportState.DONE:
            yield words.gettext("Скасувати: lystok server import --undo %(n)s", n=run_id)


def _counts(run: ImportRun) -> dict[str, int]:
    return {name: getattr(run, name) for name in said.COUNTS}


def _now() -> datetime:
    return datetime.now(UTC)
