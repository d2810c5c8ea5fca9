"""A list of readers taken in: how long a row takes, and how much memory a long list needs."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.figure import Figure
from bench.libraries import write
from server.config import load
from server.database import open_database
from server.models import ImportKind
from server.services.imports import runs, tables

_ROWS, _WARM = 100_000, 1_000
_LIMIT_S = 60
_LIMIT_MB = 64
_HEADINGS = "Номер квитка;ПІБ;Дата народження;Категорія;Телефон;Картка"


def figures(*, full: bool = False) -> Iterator[Figure]:
    """The whole way from the file to the tables, on SQLite."""
    del full
    with TemporaryDirectory(prefix="lystok-bench-") as folder:
        url = load(write(Path(folder, "library"), _WARM).config, {}).database.url
        _take_in(url, _listed(Path(folder), 1, _WARM))
        before_kb = _peak_kb()
        taken_s = _take_in(url, _listed(Path(folder), _WARM + 1, _ROWS))
        yield Figure("import of 100000 patrons", taken_s, "s", at_most=_LIMIT_S)
        more_mb = (_peak_kb() - before_kb) / 1024
        yield Figure("import memory beyond 1000 patrons", more_mb, "MB", at_most=_LIMIT_MB)


def _listed(folder: Path, first: int, count: int) -> Path:
    path = folder / "patrons.csv"
    with path.open("w", encoding="utf-8") as file:
        print(_HEADINGS, file=file)
        for n in range(first, first + count):
            born = f"{n % 28 + 1:02}.{n % 12 + 1:02}.{1940 + n % 70}"
            row = f"8{n:07};Коваленко Олена Ігорівна;{born};студент;+38050{n:07};04{n:012X}"
            print(row, file=file)
    return path


def _take_in(url: str, path: Path) -> float:
    database = open_database(url)
    began_s = perf_counter()
    run_id = runs.begin(
        database, ImportKind.PATRONS, path.name, dry_run=False, actor="system", at=_now()
    )
    rows = tables.read(ImportKind.PATRONS, path).rows
    runs.work(database, run_id, rows, clock=_now, entropy=os.urandom)
    taken_s = perf_counter() - began_s
    database.close()
    return taken_s


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _now() -> datetime:
    return datetime.now(UTC)
