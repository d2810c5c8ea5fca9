"""Lists as rows of text: CSV in whatever dialect and alphabet, and XLSX.

Rows are read one by one and none is kept, so that a list may be as long as it likes.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from server.models import ImportKind
from server.services.imports.columns import assign

_UTF8, CP1251 = "utf-8-sig", "cp1251"
"""Spreadsheets in Ukraine write either."""
_SAMPLE_BYTES = 64 * 1024
_DELIMITERS = ";,\t|"
_LONGEST_CELL = 100_000
_MOST_UNPACKED = 2 * 1024**3
_MOST_TIMES = 200
"""A sheet unpacks to some ten times its size; what unpacks to more is a bomb (threat 13)."""


class NotReadable(ValueError):
    """The file is no list of a kind that is known, or is damaged."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row by its fields."""

    number: int
    """In its file; headings are row 1."""
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Listing:
    """A file that was opened: what its headings are, and its rows."""

    rows: Iterator[Row]
    unknown: tuple[str, ...] = ()
    """Headings that nobody knows; they are passed over."""
    close: Callable[[], None] = lambda: None
    """To be called when the last row was worked on."""


def read(kind: ImportKind, path: Path) -> Listing:
    """Open a list by what it is, whatever its name.

    Raises NotReadable, WrongColumns and OSError; NotReadable also later, from a damaged row.
    """
    raw = _sheet(path) if zipfile.is_zipfile(path) else _csv(path)
    headings = next(raw, [])
    assigned = assign(kind, headings)
    return Listing(_rows(raw, assigned.values), assigned.unknown)


def _rows(raw: Iterable[Sequence[str]], values: Any) -> Iterator[Row]:
    for number, cells in enumerate(raw, start=2):
        if any(cells):
            yield Row(number, values(cells))


def _csv(path: Path) -> Iterator[list[str]]:
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    if b"\0" in sample:
        raise NotReadable("not text")
    encoding = encoding_of(path)
    return _csv_rows(path, encoding, _delimiter(sample.decode(encoding, "replace")))


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    with path.open(encoding=encoding, newline="") as file:
        try:
            yield from csv.reader(file, delimiter=delimiter)
        except (csv.Error, UnicodeDecodeError) as fault:
            raise NotReadable(str(fault)) from None


def encoding_of(path: Path) -> str:
    """UTF-8 where all of it is; in Windows' Cyrillic every byte means something."""
    with path.open("rb") as binary, suppress(UnicodeDecodeError):
        text = io.TextIOWrapper(binary, _UTF8)
        while text.read(_SAMPLE_BYTES):
            pass
        return _UTF8
    return CP1251


def _delimiter(sample: str) -> str:
    """The sign that stands most often in the headings."""
    headings = sample.partition("\n")[0]
    return max(_DELIMITERS, key=headings.count)


def _sheet(path: Path) -> Iterator[list[str]]:
    """The first sheet of a workbook."""
    refuse_bombs(path)
    from openpyxl import load_workbook  # noqa: PLC0415 - a server at work has no use for it
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        # By its content: of a path openpyxl would look at the ending, and an upload has none.
        with (
            path.open("rb") as file,
            closing(load_workbook(file, read_only=True, data_only=True)) as book,
        ):
            for cells in book.worksheets[0].iter_rows(values_only=True):
                yield [_as_text(cell) for cell in cells]
    except (InvalidFileException, KeyError, ValueError, IndexError, zipfile.BadZipFile) as fault:
        raise NotReadable(str(fault)) from None


def refuse_bombs(path: Path) -> None:
    """Raises NotReadable for an archive that would fill the disk (threat 13)."""
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > min(_MOST_UNPACKED, _MOST_TIMES * path.stat().st_size):
        raise NotReadable("it unpacks to too much")


def _as_text(cell: Any) -> str:
    """A cell as somebody would have typed it."""
    match cell:
        case None:
            return ""
        case datetime() | date():
            return cell.isoformat()[:10]
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell)


def count(path: Path) -> int | None:
    """About how many rows a text has, for a bar of progress; None for what is not text."""
    if zipfile.is_zipfile(path):
        return None
    with path.open("rb") as file:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    return max(lines - 1, 0)
