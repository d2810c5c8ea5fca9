"""Sample libraries with a reader that may ask for checks, and the codes of its good tickets."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select, text

from gate.codes import new_signing_key, sign_ticket
from gate.events import PairQuery
from gate.facts import TicketClaims
from server.config import load
from server.database import Database, open_database
from server.models import StationRole, Ticket
from server.sample import write_sample
from server.services import keys, stations

_STATION = "R1"
_MOST_CODES = 800
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Library:
    """What a bench needs to know of a library."""

    config: Path
    token: str
    codes: list[str]


def write(folder: Path, patrons: int, database_url: str | None = None) -> Library:
    """Write a library of so many patrons, and let a reader join."""
    now = datetime.now(UTC)
    sample = write_sample(folder, now=now, patrons=patrons, database_url=database_url)
    config = load(sample.config, {})
    database = open_database(config.database.url)
    try:
        token = _join(database, now)
        codes = _codes(database, _good_numbers(folder), config.keys.directory, now)
        _settle(database)
    finally:
        database.close()
    return Library(sample.config, token, codes)


def _settle(database: Database) -> None:
    """What PostgreSQL does by itself after a while, so that it does not disturb the measuring."""
    if database.is_sqlite:
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))


def _join(database: Database, now: datetime) -> str:
    stations.register(
        database, _STATION, name="Reader", role=StationRole.READER, has_lane=False,
        actor="system", at=now,
    )  # fmt: skip
    code = stations.new_pairing_code(database, _STATION, staff_id=None, at=now, entropy=os.urandom)
    key = new_signing_key(os.urandom(32)).public_raw.hex()
    query = PairQuery(code=code, station=_STATION, slip_public_key=key)
    return stations.pair(database, query, at=now, entropy=os.urandom).token


def _good_numbers(folder: Path) -> list[str]:
    """Numbers of valid tickets, spread over the whole library."""
    with (folder / "patrons.csv").open(encoding="utf-8", newline="") as file:
        valid = [row["number"] for row in csv.DictReader(file) if row["state"] == "valid"]
    return valid[:: max(1, len(valid) // _MOST_CODES)][:_MOST_CODES]


def _codes(database: Database, numbers: list[str], directory: Path, now: datetime) -> list[str]:
    with database.reading() as session:
        key = keys.signing_key(session, directory)
        tickets = [
            ticket
            for start in range(0, len(numbers), _CHUNK)
            for ticket in session.scalars(
                select(Ticket).where(Ticket.number.in_(numbers[start : start + _CHUNK]))
            )
        ]
    return [sign_ticket(_claims(ticket, now), key) for ticket in tickets]


def _claims(ticket: Ticket, now: datetime) -> TicketClaims:
    return TicketClaims(
        ticket_id=ticket.id, kind=ticket.kind, issued=now, registered_for=ticket.registered_for,
        expires=datetime(ticket.valid_until.year + 1, 1, 1, tzinfo=UTC),
    )  # fmt: skip
