"""Very many people, written a few thousand at a time: plain rows and nothing that hangs on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from server.models import Base, Patron
from server.sample.states import Case, Values
from server.services import audit

_CHUNK = 5000
_BIGGER_CACHE = "PRAGMA cache_size = -262144"


def write_many(session: Session, persons: Iterable[list[Case]]) -> Iterator[Case]:
    """Write persons with one ticket each; answers their cases as they are written.

    The audit log gets one record for each few thousand: a record each would keep the sealer of a
    million busy for longer than anybody wants to wait.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(_BIGGER_CACHE))
    last = session.scalar(select(func.max(Patron.id))) or 0
    rest = iter(persons)
    while chunk := [cases[0] for cases in islice(rest, _CHUNK)]:
        _write_chunk(session, chunk, last + 1)
        last += len(chunk)
        yield from chunk
    _count_on(session, last)


def _write_chunk(session: Session, chunk: list[Case], first_id: int) -> None:
    numbered = list(enumerate(chunk, start=first_id))
    patrons: list[Values] = [{"id": patron, **case.patron} for patron, case in numbered]
    tickets: list[Values] = [{**case.ticket, "patron_id": patron} for patron, case in numbered]
    bans: list[Values] = [
        {**ban, "patron_id": patron} for patron, case in numbered for ban in case.bans
    ]
    connection = session.connection()
    for table, rows in (("patron", patrons), ("ticket", tickets), ("ban", bans)):
        if rows:
            connection.execute(insert(Base.metadata.tables[table]), rows)
    audit.record(
        session, at=chunk[0].day.now, actor="system", action="imported",
        about=("tickets", f"{tickets[0]['number']}-{tickets[-1]['number']}"),
        details={"source": "sample", "tickets": len(tickets)},
    )  # fmt: skip


def _count_on(session: Session, last: int) -> None:
    """The ids were given, so PostgreSQL's own count must be told."""
    if last and session.get_bind().dialect.name == "postgresql":
        session.execute(
            text("SELECT setval(pg_get_serial_sequence('patron', 'id'), :last)"), {"last": last}
        )
