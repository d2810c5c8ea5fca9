"""An import from its first row to its last: checked, taken in, stopped, taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from types import MappingProxyType
from typing import Any

from sqlalchemy import String, cast, delete, func, insert, select
from sqlalchemy.orm import Session

from server.database import Database
from server.models import (
    Document,
    ImportedRow,
    ImportFault,
    ImportKind,
    ImportRun,
    ImportState,
    Ticket,
)
from server.services import audit, settings
from server.services.imports.documents import Documents
from server.services.imports.loans import Loans
from server.services.imports.patrons import Patrons
from server.services.imports.pictures import Pictures
from server.services.imports.planning import (
    Fate,
    Kind,
    Planned,
    Surroundings,
    Written,
    would_change,
)
from server.services.imports.tables import NotReadable, Row
from server.services.keys import Entropy

KINDS: Mapping[ImportKind, Kind] = MappingProxyType(
    {
        ImportKind.PATRONS: Patrons(),
        ImportKind.DOCUMENTS: Documents(),
        ImportKind.LOANS: Loans(),
        ImportKind.PHOTOS: Pictures(),
    }
)
MOST_FAULTS = 10_000
"""Faults that are kept of one run; all are counted."""
_MOST_SHOWN = 1000
"""Changes that a dry run keeps to show them; all are counted."""
_BATCH = 500
_RUNS_SHOWN = 1000
_SILENT_FOR = timedelta(minutes=5)
"""A run that told nothing for so long has lost its program."""
_WORKING = (ImportState.CHECKING, ImportState.RUNNING, ImportState.UNDOING)
_UNDONE_FROM = (ImportState.DONE, ImportState.STOPPED)
_COUNTS = {Fate.CREATE: "created", Fate.CHANGE: "changed", Fate.SAME: "same"}

Clock = Callable[[], datetime]


class NotPossible(ValueError):
    """The state of the run does not allow it."""


def begin(
    database: Database, kind: ImportKind, source: str, *, dry_run: bool, actor: str, at: datetime,
    total: int | None = None,
) -> int:  # fmt: skip
    """Note a run; answers its id."""
    with database.writing() as session:
        run = ImportRun(
            kind=kind, source=source[:200], rows_total=total, actor=actor, started_at=at,
            told_at=at, state=ImportState.CHECKING if dry_run else ImportState.RUNNING,
        )  # fmt: skip
        session.add(run)
        session.flush()
        _note(session, run, "import_checked" if dry_run else "import_began", actor, at)
        return run.id


def work(
    database: Database, run_id: int, rows: Iterable[Row], *, clock: Clock, entropy: Entropy
) -> None:
    """Go through all rows, a batch a transaction; what was written stands, whatever comes after.

    Ends early where the run was stopped, or the file turns out to be damaged.
    """
    with database.reading() as session:
        run = session.get_one(ImportRun, run_id)
        kind, state = KINDS[run.kind], run.state
        on = Surroundings(library=settings.read(session), at=clock(), entropy=entropy)
    rest = iter(rows)
    try:
        while batch := list(islice(rest, _BATCH)):
            if not _do(database, run_id, state, kind, batch, on, clock()):
                return
    except (NotReadable, OSError):
        _end(database, run_id, ImportState.STOPPED, clock())
        raise
    checked = state is ImportState.CHECKING
    _end(database, run_id, ImportState.CHECKED if checked else ImportState.DONE, clock())


def _do(
    database: Database, run_id: int, state: ImportState, kind: Kind, batch: Sequence[Row],
    on: Surroundings, at: datetime,
) -> bool:  # fmt: skip
    """One batch; False where somebody stopped the run meanwhile."""
    dry = state is ImportState.CHECKING
    if dry:
        with database.reading() as session:
            planned = kind.plan(session, batch, on)
            changing = [would_change(row) for row in planned if row.fate is Fate.CHANGE]
    with database.writing() as session:
        run = session.get_one(ImportRun, run_id)
        if run.state is not state:
            return False
        if dry:
            _keep(session, run_id, changing[: max(0, _MOST_SHOWN - run.changed)])
        else:
            planned = kind.plan(session, batch, on)
            _keep(session, run_id, kind.write(session, planned, on))
        _count(session, run, planned, at)
    return True


def _keep(session: Session, run_id: int, written: Sequence[Written]) -> None:
    if written:
        session.execute(
            insert(ImportedRow),
            [
                {"run_id": run_id, "key": row.key, "before": row.before, "after": row.after}
                for row in written
            ],
        )


def _count(session: Session, run: ImportRun, planned: Sequence[Planned], at: datetime) -> None:
    fates = Counter(row.fate for row in planned)
    for fate, column in _COUNTS.items():
        setattr(run, column, getattr(run, column) + fates[fate])
    room = MOST_FAULTS - run.faulty
    run.faulty += fates[Fate.FAULTY]
    run.rows_done += len(planned)
    run.told_at = at
    faults = [
        {"run_id": run.id, "row": row.row, "field": fault.field, "code": fault.code}
        for row in planned
        for fault in row.faults
    ]
    if room > 0 and faults:
        session.execute(insert(ImportFault), faults[:room])


def stop(database: Database, run_id: int, *, actor: str, at: datetime) -> None:
    """End a run before its last row. Raises NotPossible, LookupError."""
    with database.writing() as session:
        run = _found(session, run_id)
        if run.state not in _WORKING:
            raise NotPossible(run.state)
        _forget_checked(session, run)
        run.state, run.finished_at = ImportState.STOPPED, at
        _note(session, run, "import_stopped", actor, at)


def begin_undo(database: Database, run_id: int, *, actor: str, at: datetime) -> None:
    """Decide that a whole run is taken back; `undo` then does it.

    Raises NotPossible, LookupError.
    """
    with database.writing() as session:
        run = as_it_is(_found(session, run_id), at)
        if run.state not in _UNDONE_FROM:
            raise NotPossible(run.state)
        run.state, run.finished_at, run.told_at = ImportState.UNDOING, None, at
        run.taken_back = run.kept = 0
        _note(session, run, "import_undone", actor, at)


def undo(database: Database, run_id: int, *, clock: Clock) -> None:
    """Take a run back, the last row first; what was used or changed since is left and counted."""
    with database.reading() as session:
        kind = KINDS[_found(session, run_id).kind]
    while _take_back(database, run_id, kind, clock()):
        pass


def _take_back(database: Database, run_id: int, kind: Kind, at: datetime) -> bool:
    with database.writing() as session:
        run = session.get_one(ImportRun, run_id)
        if run.state is not ImportState.UNDOING:
            return False
        mine = ImportedRow.run_id == run_id
        last = session.scalars(
            select(ImportedRow).where(mine).order_by(ImportedRow.id.desc()).limit(_BATCH)
        ).all()
        if not last:
            run.state, run.finished_at = ImportState.UNDONE, at
            return False
        written = [Written(key=row.key, before=row.before, after=row.after) for row in last]
        kept = kind.take_back(session, written, at)
        run.kept += kept
        run.taken_back += len(last) - kept
        run.told_at = at
        session.execute(delete(ImportedRow).where(mine, ImportedRow.id >= last[-1].id))
    return True


def recent(session: Session, at: datetime, limit: int = _RUNS_SHOWN) -> Sequence[ImportRun]:
    """The newest runs; one whose program is gone shows as stopped."""
    runs = session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(limit)).all()
    return [as_it_is(run, at) for run in runs]


def as_it_is(run: ImportRun, at: datetime) -> ImportRun:
    """The run; stopped where the program that worked on it is gone, as after a power cut."""
    if run.state in _WORKING and at - run.told_at > _SILENT_FOR:
        run.state = ImportState.STOPPED
    return run


def faults_of(session: Session, run_id: int, after: int, limit: int) -> Sequence[ImportFault]:
    """Faults behind one of them, in the order of the rows."""
    return session.scalars(
        select(ImportFault)
        .where(ImportFault.run_id == run_id, ImportFault.id > after)
        .order_by(ImportFault.id)
        .limit(limit)
    ).all()


def changes_of(session: Session, run_id: int, limit: int) -> Sequence[ImportedRow]:
    """What was changed, or by a dry run would be, in the order of the rows."""
    return session.scalars(
        select(ImportedRow)
        .where(ImportedRow.run_id == run_id, cast(ImportedRow.before, String) != "null")
        .order_by(ImportedRow.id)
        .limit(limit)
    ).all()


def named(session: Session, kind: ImportKind, key: str) -> str:
    """The number by which people know what was changed."""
    if kind is ImportKind.PATRONS:
        ticket = session.get(Ticket, key)
        return "" if ticket is None else ticket.number
    document = session.get(Document, int(key)) if kind is ImportKind.DOCUMENTS else None
    return key if document is None else document.inventory_number


def faults_by_kind(session: Session, run_id: int) -> list[tuple[str, str, int]]:
    """Field, code and how often, the most frequent first."""
    count = func.count()
    rows = session.execute(
        select(ImportFault.field, ImportFault.code, count)
        .where(ImportFault.run_id == run_id)
        .group_by(ImportFault.field, ImportFault.code)
        .order_by(count.desc(), ImportFault.field)
    )
    return [(field, code, count) for field, code, count in rows]


def _forget_checked(session: Session, run: ImportRun) -> None:
    """What a dry run would have changed is nothing that could be taken back."""
    if run.state is ImportState.CHECKING:
        session.execute(delete(ImportedRow).where(ImportedRow.run_id == run.id))


def _found(session: Session, run_id: int) -> ImportRun:
    run = session.get(ImportRun, run_id)
    if run is None:
        raise LookupError(f"no import {run_id}")
    return run


def _end(database: Database, run_id: int, state: ImportState, at: datetime) -> None:
    with database.writing() as session:
        run = session.get_one(ImportRun, run_id)
        if run.state in _WORKING:
            if state is ImportState.STOPPED:
                _forget_checked(session, run)
            run.state, run.finished_at, run.told_at = state, at, at
            _note(session, run, f"import_{state}", run.actor, at)


def _note(session: Session, run: ImportRun, action: str, actor: str, at: datetime) -> None:
    details: dict[str, Any] = {"kind": run.kind, "rows": run.rows_done, "faulty": run.faulty}
    audit.record(
        session, at=at, actor=actor, action=action, about=("import", str(run.id)), details=details
    )
