"""Lists as other systems write them, and their way through an import."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from openpyxl import Workbook
from sqlalchemy import select

from server.database import Database
from server.models import ImportFault, ImportKind, ImportRun
from server.services.imports import runs, tables
from server.services.imports.tables import Row
from tests.server.console.library import NOON

PATRONS = (
    ("Номер квитка", "Прізвище", "Ім’я", "Дата народження", "Категорія", "Телефон", "Картка"),
    (
        "900001",
        "Ґудзь",
        "Мар'яна",
        "14.03.1990",
        "пенсіонер",
        "+380 50 111 22 33",
        "04A1B2C3D4E5F6",
    ),
    ("900002", "Дем’янчук", "Єгор", "2011-05-06", "учень", "", ""),
)


def chance(count: int) -> bytes:
    """Random bytes that can be repeated, never the same twice."""
    chance.calls = getattr(chance, "calls", 0) + 1  # type: ignore[attr-defined]
    return hashlib.sha256(f"{chance.calls}".encode()).digest()[:count]  # type: ignore[attr-defined]


def csv_file(
    folder: Path, rows: Iterable[Sequence[str]], *, encoding: str = "utf-8", sign: str = ";"
) -> Path:
    path = folder / "list.csv"
    path.write_bytes("\r\n".join(sign.join(row) for row in rows).encode(encoding))
    return path


def workbook(folder: Path, rows: Iterable[Sequence[object]]) -> Path:
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    path = folder / "list.xlsx"
    book.save(path)
    return path


def take_in(
    database: Database, kind: ImportKind, source: Path | Iterable[Row], *, dry_run: bool = False
) -> ImportRun:
    """Run a whole import at noon; answers it as it ended."""
    rows = tables.read(kind, source).rows if isinstance(source, Path) else source
    run_id = runs.begin(database, kind, "list", dry_run=dry_run, actor="staff:1", at=NOON)
    runs.work(database, run_id, rows, clock=lambda: NOON, entropy=chance)
    return run_of(database, run_id)


def undo(database: Database, run: ImportRun) -> ImportRun:
    runs.begin_undo(database, run.id, actor="staff:1", at=NOON)
    runs.undo(database, run.id, clock=lambda: NOON)
    return run_of(database, run.id)


def run_of(database: Database, run_id: int) -> ImportRun:
    with database.reading() as session:
        return session.get_one(ImportRun, run_id)


def faults(database: Database, run: ImportRun) -> list[tuple[int, str, str]]:
    with database.reading() as session:
        found = session.scalars(
            select(ImportFault).where(ImportFault.run_id == run.id).order_by(ImportFault.id)
        )
        return [(fault.row, fault.field, fault.code) for fault in found]


def iso2709(alphabet: str, **fields: str) -> bytes:
    """A record as a UNIMARC system writes it: its leader says nothing of the alphabet."""
    directory, body = "", b""
    for tag, text in fields.items():
        data = f"  {text}\x1e".encode(alphabet)
        directory += f"{tag[1:]}{len(data):04}{len(body):05}"
        body += data
    start = 24 + len(directory) + 1
    whole = f"{directory}\x1e".encode() + body + b"\x1d"
    return f"{24 + len(whole):05}nam  22{start:05}   450 ".encode() + whole
