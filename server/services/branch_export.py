"""Everything that a branch has, in one file that is read without this program (C9).

It is taken from the tables as they are: each row that names the branch, one of its departments,
stations or halls, or a row that does. A table that comes later is exported without a line here;
what it is called in the archive stands in `branch_export.toml`.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Final

from sqlalchemy import Column, Select, Table, or_, select

from server.database import Database
from server.formulas import harmless
from server.models import Base, Branch, Department, Hall, Station, Ticket
from server.services import audit, settings
from server.services.by import actor_of

CONTENTS: Final = "contents.csv"
"""What is in the archive: each table with its name and its rows."""
READERS: Final = "reader_tickets"
"""Numbers of the tickets of readers whom the rows name."""
_BATCH: Final = 1000
_SECRET: Final = frozenset(
    {"token_hash", "password_hash", "code_hash", "totp_secret", "totp_since", "totp_step"}
)
_INNER: Final = frozenset({"search_key"})
"""What only a search reads."""
_UNTOLD: Final = frozenset({"staff_session", "recovery_code", "pairing_code"})
"""What lets somebody in."""
_ENDS: Final = frozenset({"staff"})
"""Who works in a branch belongs to it; what they did elsewhere does not."""
_OWNED: Final[Mapping[str, type[Base]]] = MappingProxyType(
    {"department.code": Department, "station.code": Station, "hall.id": Hall}
)
"""What belongs to a branch, by the columns that other tables name it by."""
_Part = tuple[Table, Select[Any]]


def export(
    database: Database, code: str, file: Path | IO[bytes], *, at: datetime
) -> Mapping[str, int]:
    """Write everything of a branch as a ZIP of CSV files; answers the rows of each table.

    Readers are not in it but for the numbers of their tickets, they read on in the library; names
    stand in lists of events and of those present alone. Raises LookupError, OSError.
    """
    written: dict[str, int] = {}
    with database.reading() as session, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        branch = session.get(Branch, code)
        if branch is None:
            raise LookupError(f"no branch {code}")
        parts = list(_tables(code))
        for name, head, rows in (*_told_parts(parts), (READERS, _TICKET, _readers(parts))):
            found = iter(session.execute(rows.execution_options(yield_per=_BATCH)))
            first = next(found, None)
            if first is not None:
                written[name] = _write(archive, f"{name}.csv", head, chain([first], found))
        words = source()
        named = ((f"{name}.csv", words["tables"].get(name, name), count)
                 for name, count in written.items())  # fmt: skip
        _write(archive, CONTENTS, ("file", "what", "rows"), named)
        day = settings.read(session).day(at)
        archive.writestr(
            words["readme_file"], _readme(words, branch.name, f"{day:%d.%m.%Y}", written)
        )
    return written


def note_export(database: Database, code: str, *, staff_id: int | None, at: datetime) -> None:
    """Note that somebody took everything of a branch along."""
    with database.writing() as session:
        audit.record(
            session, at=at, actor=actor_of(staff_id), action="branch_exported",
            about=("branch", code), details={},
        )  # fmt: skip


def source() -> dict[str, Any]:
    """Words of the archive."""
    return tomllib.loads(files(__package__).joinpath("branch_export.toml").read_text("utf-8"))


def table_names() -> Sequence[str]:
    """Every table of which an archive may hold rows."""
    return [table.name for table, _ in _tables("")]


def _readme(words: Mapping[str, Any], name: str, day: str, written: Mapping[str, int]) -> str:
    tables = "\n".join(
        f"- {table}.csv — {words['tables'].get(table, table)}: {count}"
        for table, count in written.items()
    )
    codes = "\n".join(
        f"- {column}: {meaning}."
        for column, meaning in words["codes"].items()
        if column.partition(".")[0] in written
    )
    text: str = words["readme"].strip().format(
        name=name, day=day, tables=tables, readers=f"{READERS}.csv",
        codes=f"{words['codes_title']}\n{codes}" if codes else "",
    )  # fmt: skip
    return "\ufeff" + text.replace("\n\n\n", "\n").replace("\n", "\r\n") + "\r\n"


def _tables(code: str) -> Iterator[_Part]:
    """Each table with its rows that are the branch's, parents before what names them."""
    owned: dict[str, Select[Any]] = {"branch.code": select(Branch.code).where(Branch.code == code)}
    for column, model in _OWNED.items():
        key = model.__table__.primary_key.columns[0]  # type: ignore[attr-defined]
        owned[column] = select(key).where(model.__table__.c.branch_code == code)
    for table in Base.metadata.sorted_tables:
        where = [
            column.in_(owned[name])
            for column in table.columns
            for name in _named(column)
            if name in owned
        ]
        if where and table.name not in _UNTOLD:
            yield table, select(table).where(or_(*where))
            key = list(table.primary_key.columns)
            if len(key) == 1 and table.name not in _ENDS:
                owned.setdefault(f"{table.name}.{key[0].name}", select(key[0]).where(or_(*where)))


def _named(column: Column[Any]) -> Iterator[str]:
    """`table.column` of what a column refers to, and of itself."""
    yield f"{column.table.name}.{column.name}"
    for key in column.foreign_keys:
        if key.column.table is not column.table:
            yield key.target_fullname


def _told_parts(parts: Sequence[_Part]) -> Iterator[tuple[str, Sequence[Any], Select[Any]]]:
    for table, rows in parts:
        told = [each for each in table.columns if each.name not in _SECRET | _INNER]
        yield table.name, told, rows.with_only_columns(*told)


_TICKET: Final = (Ticket.patron_id, Ticket.id, Ticket.number, Ticket.state)


def _readers(parts: Sequence[_Part]) -> Select[Any, Any, Any, Any]:
    """Tickets of every reader whom a row of the archive names."""
    where = [
        column.in_(rows.with_only_columns(each))
        for column, target in ((Ticket.patron_id, "patron.id"), (Ticket.id, "ticket.id"))
        for table, rows in parts
        for each in table.columns
        if any(key.target_fullname == target for key in each.foreign_keys)
    ]
    return select(*_TICKET).where(or_(*where)).order_by(Ticket.patron_id, Ticket.number)


def _write(
    archive: zipfile.ZipFile, name: str, head: Sequence[Any], rows: Iterator[Sequence[object]]
) -> int:
    """As spreadsheets here open it by a press: UTF-8 with its mark, semicolons."""
    count = 0
    with archive.open(name, "w") as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
        writer = csv.writer(text, delimiter=";")
        writer.writerow([_titled(each) for each in head])
        for row in rows:
            writer.writerow([_cell(each) for each in row])
            count += 1
    return count


def _titled(column: Any) -> str:
    """Keys of other tables' rows are called as those tables call them."""
    if column is Ticket.id:
        return "ticket_id"
    return str(getattr(column, "name", column))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, dict | list):
        return harmless(json.dumps(value, ensure_ascii=False))
    return harmless(str(value))
