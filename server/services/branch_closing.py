"""A branch that is closed or handed over: what stands in the way, everything it has, the end (C9).

The export is taken from the tables as they are: each row that names the branch, or one of its
departments, stations or halls. A table that comes later is exported without a line here.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sqlalchemy import Column, Table, func, or_, select
from sqlalchemy.orm import Session

from server.database import Database
from server.models import Base, Branch, Department, Hall, Loan, Station, Visit
from server.services import audit, settings

_SECRET: Final = frozenset({"token_hash", "password_hash", "code_hash"})
_OWNED: Final[Mapping[str, type[Base]]] = MappingProxyType(
    {"department.code": Department, "station.code": Station, "hall.id": Hall}
)
"""What belongs to a branch, by the columns that other tables name it by."""


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What has to be settled before a branch closes."""

    loans: int
    inside: int
    stations: int
    """Still paired: shut them out first, so that they wipe themselves."""

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.loans or self.inside or self.stations)


class NotPossible(ValueError):
    """The branch can't be closed yet; `obstacles` says why."""

    def __init__(self, obstacles: Obstacles) -> None:
        super().__init__("the branch has something open")
        self.obstacles = obstacles


def obstacles(session: Session, code: str) -> Obstacles:
    """What is open in a branch. Raises LookupError for none of ours."""
    _branch(session, code)
    departments = select(Department.code).where(Department.branch_code == code)
    stations = select(Station.code).where(Station.branch_code == code)
    return Obstacles(
        loans=_count(session, Loan.returned_at.is_(None), Loan.department_code.in_(departments)),
        inside=_count(session, Visit.closed_at.is_(None), Visit.station_code.in_(stations)),
        stations=_count(
            session, Station.branch_code == code, Station.paired_at.is_not(None),
            Station.revoked_at.is_(None),
        ),
    )  # fmt: skip


def export(database: Database, code: str, file: Path) -> Mapping[str, int]:
    """Write everything of a branch as a ZIP of CSV files; answers the rows of each table.

    Raises LookupError for none of ours, OSError.
    """
    written: dict[str, int] = {}
    with database.reading() as session, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _branch(session, code)
        owned = {column: _keys(session, model, code) for column, model in _OWNED.items()}
        owned["branch.code"] = [code]
        for table in Base.metadata.sorted_tables:
            rows = list(_rows(session, table, owned))
            if rows:
                columns = [column for column in table.columns if column.name not in _SECRET]
                archive.writestr(f"{table.name}.csv", _csv(columns, rows))
                written[table.name] = len(rows)
    return written


def close(database: Database, code: str, *, actor: str, at: datetime) -> None:
    """Retire a branch with its departments and halls. Raises LookupError, NotPossible."""
    with database.writing() as session:
        open_ = obstacles(session, code)
        if open_.any:
            raise NotPossible(open_)
        branch = _branch(session, code)
        for room in session.scalars(select(Department).where(Department.branch_code == code)):
            room.retired_at = room.retired_at or at
        for hall in session.scalars(select(Hall).where(Hall.branch_code == code)):
            hall.retired_at = hall.retired_at or at
        branch.retired_at = branch.retired_at or at
        settings.note_changed(session)
        audit.record(
            session, at=at, actor=actor, action="branch_closed", about=("branch", code), details={}
        )


def _branch(session: Session, code: str) -> Branch:
    branch = session.get(Branch, code)
    if branch is None:
        raise LookupError(f"no branch {code}")
    return branch


def _count(session: Session, *where: object) -> int:
    return session.scalar(select(func.count()).where(*where)) or 0  # type: ignore[arg-type]


def _keys(session: Session, model: type[Base], code: str) -> Sequence[object]:
    key = model.__table__.primary_key.columns[0]  # type: ignore[attr-defined]
    return session.scalars(select(key).where(model.__table__.c.branch_code == code)).all()


def _rows(
    session: Session, table: Table, owned: Mapping[str, Sequence[object]]
) -> Iterator[Sequence[object]]:
    """Rows that name something owned, or are it."""
    where = [
        column.in_(owned[name])
        for column in table.columns
        for name in _named(column)
        if owned.get(name)
    ]
    if where:
        shown = [column for column in table.columns if column.name not in _SECRET]
        yield from session.execute(select(*shown).where(or_(*where)))


def _named(column: Column[object]) -> Iterator[str]:
    """`table.column` of what a column refers to, and of itself."""
    yield f"{column.table.name}.{column.name}"
    for key in column.foreign_keys:
        yield key.target_fullname


def _csv(columns: Sequence[Column[object]], rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.name for column in columns])
    writer.writerows(rows)
    return text.getvalue()
