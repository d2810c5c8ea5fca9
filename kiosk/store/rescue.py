"""A damaged database: recognised at start, set aside, made anew, the queue rescued (fault 25).

One that a newer release brought to its form, before this one came back, is met in the same way.

What the server knows comes back as a snapshot. What only this station knows (its events, visits and
slips) is read from the damaged file row by row, from both ends of each table, and taken over where
it still makes sense. The damaged file stays: it may be all that is left of something. A rescue that
a power cut ended begins again at the next start.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final

import structlog

from gate.events import STATION_EVENT, SlipJobState, VisitRecord
from kiosk.store import schema
from kiosk.store.database import Database, is_damage, suspect_mark
from kiosk.store.files import sync_folder, write_whole

_log = structlog.get_logger()

Row = Mapping[str, Any]

_OWN: Final = ("meta", "visit", "job", "outbox")
"""What nobody else has; looked at whole at every start."""
_COPY_LOOK_S: Final = 1.5
"""So long the copy is looked at; its size knows no limit, a start does."""
_STEPS: Final = 10_000
_LEFT_BEHIND: Final = frozenset({"epoch", "cursor", "as_of", "seen", "mark", "sequence"})
"""Values that belong to the copy or to the old file."""


@dataclass(frozen=True, slots=True)
class Rescued:
    """What was saved from a damaged file, and where that lies now."""

    aside: Path
    rows: Mapping[str, int]


def open_sound(path: Path) -> tuple[Database, Rescued | None]:
    """The station's database; where it can't serve, a new one with what could be rescued."""
    aside = _begun(path)
    if aside is None:
        fault = _fault(path, whole=suspect_mark(path).exists()) if path.exists() else None
        if fault is None:
            suspect_mark(path).unlink(missing_ok=True)
            return Database(path), None
        aside = _name_aside(path, fault)
        write_whole(_mark(path), aside.name)
    _set_aside(path, aside)
    database = Database(path)
    rescued = Rescued(aside, _take_over(aside, database))
    suspect_mark(path).unlink(missing_ok=True)
    _mark(path).unlink()
    sync_folder(path.parent)
    _log.error("database_set_aside", aside=str(aside), rescued=dict(rescued.rows))
    return database, rescued


def _mark(path: Path) -> Path:
    """The file that says: a rescue is under way, out of this file."""
    return path.with_suffix(".rescue")


def _begun(path: Path) -> Path | None:
    """The damaged file of a rescue that did not come to its end."""
    try:
        return path.with_name(_mark(path).read_text("ascii"))
    except FileNotFoundError:
        return None


def _fault(path: Path, *, whole: bool) -> str | None:
    """Why a database can't serve: it is `damaged`, or of a `newer` release; None: it can."""
    try:
        with closing(sqlite3.connect(path)) as looking:
            if not _is_sound(looking, whole=whole):
                return "damaged"
            return "newer" if schema.is_beyond(looking) else None
    except sqlite3.DatabaseError as fault:
        if is_damage(fault):
            return "damaged"
        raise


def _is_sound(looking: sqlite3.Connection, *, whole: bool) -> bool:
    if whole:
        return _says_ok(looking, "PRAGMA integrity_check(1)")
    tables = {row[0] for row in looking.execute("SELECT name FROM sqlite_master")}
    own = all(
        _says_ok(looking, f"PRAGMA integrity_check({table})") for table in _OWN if table in tables
    )
    return own and _copy_seems_sound(looking)


def _copy_seems_sound(looking: sqlite3.Connection) -> bool:
    until = monotonic() + _COPY_LOOK_S
    looking.set_progress_handler(lambda: monotonic() > until, _STEPS)
    try:
        return _says_ok(looking, "PRAGMA quick_check(1)")
    except sqlite3.OperationalError:
        # Time was up, and nothing was found until then.
        return True
    finally:
        looking.set_progress_handler(None, 0)


def _says_ok(looking: sqlite3.Connection, question: str) -> bool:
    return bool(looking.execute(question).fetchone()[0] == "ok")


def _name_aside(path: Path, fault: str) -> Path:
    """Where the file goes; the name tells why and when."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    return path.with_name(f"{path.stem}.{fault}-{stamp}.sqlite")


def _set_aside(path: Path, aside: Path) -> None:
    """Move the file with its journal, or throw away what an attempt before made in its place."""
    is_done = aside.exists()
    for tail in ("-wal", "-shm", ""):
        source = path.with_name(path.name + tail)
        if is_done:
            source.unlink(missing_ok=True)
        elif source.exists():
            source.rename(aside.with_name(aside.name + tail))
    sync_folder(path.parent)


def _take_over(aside: Path, database: Database) -> dict[str, int]:
    with database.write() as tx:
        return {table: _take_table(aside, tx, table) for table in _OWN}


def _take_table(aside: Path, tx: sqlite3.Connection, table: str) -> int:
    known = {row["name"] for row in tx.execute(f"PRAGMA table_info({table})")}
    count = 0
    for row in _salvaged(aside, table):
        if not known <= set(row) or not _makes_sense(table, row):
            continue
        marks = ", ".join("?" * len(known))
        names = ", ".join(known)
        count += tx.execute(
            f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})",  # noqa: S608
            tuple(row[name] for name in known),
        ).rowcount
    return count


def _salvaged(aside: Path, table: str) -> Iterator[Row]:
    """Every row that can be read: from the first on until it fails, then from the last back."""
    key = "place" if table == "outbox" else {"meta": "name"}.get(table, f"{table}_id")
    for order in ("", " DESC"):
        try:
            with closing(sqlite3.connect(aside)) as found:
                found.row_factory = sqlite3.Row
                question = f"SELECT * FROM {table} NOT INDEXED ORDER BY {key}{order}"  # noqa: S608
                for row in found.execute(question):
                    yield dict(row)
                return
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            continue


def _makes_sense(table: str, row: Row) -> bool:
    """A damaged page may be readable and still hold nonsense."""
    try:
        return _JUDGES[table](row)
    except (ValueError, TypeError):
        return False


def _is_event(row: Row) -> bool:
    event_id: str = row["event_id"]
    return str(STATION_EVENT.validate_json(row["body"]).id) == event_id


def _is_visit(row: Row) -> bool:
    visit_id: str = row["visit_id"]
    return str(VisitRecord.model_validate_json(row["body"]).visit_id) == visit_id


def _is_job(row: Row) -> bool:
    return row["state"] in set(SlipJobState) and bool(datetime.fromisoformat(row["created_at"]))


def _is_value(row: Row) -> bool:
    return isinstance(row["name"], str) and row["name"] not in _LEFT_BEHIND


_JUDGES: Final[Mapping[str, Callable[[Row], bool]]] = {
    "meta": _is_value,
    "visit": _is_visit,
    "job": _is_job,
    "outbox": _is_event,
}
