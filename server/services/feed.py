"""`GET snapshot` and `GET changes`: how a station gets its copy and keeps it.

Rows are named by `server.services.changes` and read here, at the moment they are sent. A snapshot
begins with its cursor: what changes while it is sent comes once more behind that cursor.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import Changes, Row, RowTable
from gate.facts import OPEN_VISIT_STATES
from server.database import Database
from server.models import Change, EventOfDay, Ticket, Visit
from server.services import centre_copy, changes, copy, halls, house_record, settings, settled
from server.services.changes import BUILDING_KEY
from server.services.settings import LibrarySettings

PAGE = 500
"""Rows of one answer, about: what one transaction changed is never cut in two."""


def read(
    database: Database, after: int, *, epoch: str | None, at: datetime, station: str = ""
) -> Changes:
    """Rows that changed behind a cursor, each once and with its present value for this station.

    With a cursor of another life of this database, or one so old that changes behind it were
    forgotten, the station is told to take a snapshot.
    """
    with database.reading() as session:
        library = settings.read(session).at_station(station)
        position = settled.position_of(session, Change.id, Change.position)
        last = settled.last_settled(session, Change.id)
        is_ours = epoch is None or epoch == library.epoch
        if not is_ours or not changes.floor(session) <= after <= last:
            return Changes(epoch=library.epoch, as_of=at, cursor=last, rows=(), reset=True)
        query = select(position, Change.id, Change.row_table, Change.row_key).where(
            settled.settled(session, position)
        )
        found = session.execute(
            query.where(position > after).order_by(position, Change.id).limit(PAGE)
        ).all()
        if len(found) == PAGE and not database.is_sqlite:
            rest = query.where(position == found[-1][0], Change.id > found[-1][1])
            found = [*found, *session.execute(rest.order_by(Change.id))]
        # Read anew: on PostgreSQL a change may have been committed since, and its value with it.
        library = settings.read(session).at_station(station)
        names = dict.fromkeys((row.row_table, row.row_key) for row in found)
        if _counts(session, names, library):
            names[RowTable.BUILDING, BUILDING_KEY] = None
        rows = _rows(session, names, library, at)
        cursor = found[-1][0] if found else after
    return Changes(epoch=library.epoch, as_of=at, cursor=cursor, rows=tuple(rows))


def _counts(
    session: Session, names: Iterable[tuple[RowTable, str]], library: LibrarySettings
) -> bool:
    """Whether somebody came or went where a limit makes people wait for that."""
    if all(table is not RowTable.VISIT for table, _ in names):
        return False
    return library.building_limit is not None or halls.are_limited(session)


def snapshot(
    database: Database, *, at: datetime, with_tickets: bool = True, station: str = ""
) -> Iterator[bytes]:
    """Everything as JSON lines: first epoch, cursor and time, then a row a line.

    Every part is read by key in a short transaction of its own, so that a slow station holds
    nobody up and memory stays flat. Tickets among the lines are for stations that can't read
    `server.services.ticket_parts` yet.
    """
    with database.reading() as session:
        library = settings.read(session).at_station(station)
        cursor = settled.last_settled(session, Change.id)
        head = {"epoch": library.epoch, "cursor": cursor, "as_of": at.isoformat()}
        yield json.dumps(head).encode() + b"\n"
        small = [(RowTable.BUILDING, BUILDING_KEY)]
        small += [(RowTable.KEY, key_id) for key_id in copy.key_records(session)]
        small += [(RowTable.EVENT, key) for key in session.scalars(_coming_events(library, at))]
        visits = session.scalars(select(Visit.id).where(Visit.closed_at.is_(None)))
        small += [(RowTable.VISIT, str(key)) for key in visits]
        small += [(RowTable.RESOURCE, str(key)) for key in centre_copy.resource_ids(session)]
        first = _lines(_rows(session, small, library, at))
    yield first
    if with_tickets:
        yield from _tickets(database, library, at)


def _coming_events(library: LibrarySettings, at: datetime) -> Any:
    """Those of today, even if over (V03), and all that come."""
    midnight = datetime.combine(library.day(at), time.min, tzinfo=library.zone)
    return select(EventOfDay.id).where(EventOfDay.ends_at >= midnight.astimezone(UTC))


def _tickets(database: Database, library: LibrarySettings, at: datetime) -> Iterator[bytes]:
    after = ""
    while True:
        with database.reading() as session:
            query = select(Ticket.id).where(Ticket.id > after).order_by(Ticket.id).limit(PAGE)
            ids = session.scalars(query).all()
            if not ids:
                return
            rows = _rows(session, [(RowTable.TICKET, key) for key in ids], library, at)
        yield _lines(rows)
        after = ids[-1]


def _lines(rows: Iterable[Row]) -> bytes:
    return b"".join(row.model_dump_json().encode() + b"\n" for row in rows)


def _rows(
    session: Session,
    names: Iterable[tuple[RowTable, str]],
    library: LibrarySettings,
    at: datetime,
) -> list[Row]:
    """Present values of the rows named, in their order; None for those that are gone."""
    names = list(names)
    values: dict[tuple[RowTable, str], BaseModel] = {}
    for table in RowTable:
        keys = [key for named, key in names if named is table]
        if keys:
            found = _values(session, table, keys, library, at)
            values |= {(table, key): value for key, value in found.items()}
    return [
        Row(table=table, key=key, value=_plain(values.get((table, key)))) for table, key in names
    ]


def _plain(value: BaseModel | None) -> dict[str, Any] | None:
    return None if value is None else value.model_dump(mode="json")


def _values(
    session: Session,
    table: RowTable,
    keys: Sequence[str],
    library: LibrarySettings,
    at: datetime,
) -> Mapping[str, BaseModel]:
    match table:
        case RowTable.TICKET:
            return copy.ticket_records(session, keys, today=library.day(at), at=at)
        case RowTable.VISIT:
            return _open_visits(session, keys)
        case RowTable.EVENT:
            return copy.event_records(session, keys, at=at)
        case RowTable.KEY:
            return copy.key_records(session, keys)
        case RowTable.RESOURCE:
            return centre_copy.resource_records(session, keys)
        case RowTable.BUILDING:
            return {BUILDING_KEY: house_record.building_record(session, library, at=at)}


def _open_visits(session: Session, keys: Sequence[str]) -> Mapping[str, BaseModel]:
    """A copy holds open visits only."""
    found = copy.visit_records(session, [UUID(key) for key in keys])

    return {
        str(visit_id): record
        for visit_id, record in found.items()
        if record.state in OPEN_VISIT_STATES
    }
