"""Search for a reader among a hundred thousand on SQLite, as the desk types it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from bench.figure import Figure, timed_ms
from server.config import load
from server.database import Database, open_database
from server.models import Patron, Ticket
from server.sample import write_sample
from server.services import search

PATRONS = 100_000
_LIMIT_MS = 300
_TIMES = 15


def figures(*, full: bool) -> Iterator[Figure]:
    """95th percentile of each way to search, in milliseconds, limit 300."""
    del full
    with tempfile.TemporaryDirectory() as folder:
        sample = write_sample(Path(folder), now=datetime.now(UTC), patrons=PATRONS)
        database = open_database(load(sample.config, {}).database.url)
        try:
            for name, typed in _typed(database).items():
                _, slow_ms = timed_ms(lambda typed=typed: search.patrons(database, typed), _TIMES)  # type: ignore[misc]
                yield Figure(f"search_{name}", slow_ms, "ms", at_most=_LIMIT_MS)
        finally:
            database.close()


def _typed(database: Database) -> dict[str, str]:
    """What is typed: a rare and a common name, with other letters, a number, a phone, nothing."""
    with database.reading() as session:
        last = session.scalars(select(Patron).order_by(Patron.id.desc()).limit(1)).one()
        number = session.scalars(select(Ticket.number).where(Ticket.patron_id == last.id)).first()
    return {
        "whole_name": f"{last.surname} {last.given_name}",
        "part_of_name": last.surname[1:5],
        "look_alikes": last.surname.translate(str.maketrans("іиґоеас", "иігoeac")),
        "common_name": "ко",
        "ticket": number or "",
        "part_of_ticket": (number or "")[-4:],
        "phone": last.phone[-7:] or "1234567",
        "nothing": "щщщщ яяяя",
    }
