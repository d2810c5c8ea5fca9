"""A written sample library, and how its tickets are judged: by the program's own ways."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gate import records
from gate.codes import read_ticket
from gate.events import FactsQuery
from gate.facts import (
    CodeCheck,
    CredentialKind,
    Decision,
    EntryFacts,
    Freshness,
    Source,
    TicketClaims,
)
from gate.rules import decide_entry
from gate.scans import classify
from server.config import load
from server.database import Database, open_database
from server.sample import write_sample
from server.services import facts, keys, settings, tickets

KYIV = ZoneInfo("Europe/Kyiv")


@dataclass(frozen=True)
class Sample:
    """A sample library of a certain instant."""

    folder: Path
    now: datetime
    database: Database
    rows: list[dict[str, str]]
    """patrons.csv"""

    def number(self, state: str) -> str:
        """The first ticket in a state."""
        return next(row["number"] for row in self.rows if row["state"] == state)

    def uid(self, number: str) -> str:
        """The card linked to a ticket."""
        cards = read_table(self.folder / "cards.csv")
        return next(row["uid"] for row in cards if row["number"] == number)

    def claims(self, number: str) -> TicketClaims:
        """Issue the code of a ticket and read it as a scanner would give it."""
        code = tickets.issue_code(
            self.database, number, self.folder / "keys", actor="system", at=self.now
        )
        with self.database.reading() as session:
            ring = keys.ring(session)
        reading = read_ticket(classify(f"{code}\r\n".encode()).text, ring, self.now)
        assert reading.check is CodeCheck.GOOD
        assert reading.claims is not None
        return reading.claims

    def judge(self, number: str, at: datetime | None = None) -> Decision:
        """What the entrance decides when the e-ticket of this number is shown."""
        claims = self.claims(number)
        return self.decide(CredentialKind.TICKET_CODE, claims.ticket_id, claims=claims, at=at)

    def decide(
        self,
        kind: CredentialKind,
        value: str,
        *,
        claims: TicketClaims | None = None,
        at: datetime | None = None,
    ) -> Decision:
        """What the entrance decides, asking the server for fresh facts."""
        at = at or self.now
        known = facts.answer(self.database, FactsQuery(credential=kind, value=value), at=at)
        with self.database.reading() as session:
            library = settings.read(session)
        asked = EntryFacts(
            station="K1",
            credential=kind,
            freshness=Freshness(source=Source.SERVER, as_of=at),
            claims=claims,
            ticket=None if known.ticket is None else records.ticket_facts(known.ticket),
            visit=None if known.visit is None else records.visit_facts(known.visit),
            building=facts.building(library, library.day(at), 0),
            policy=library.policy,
        )
        return decide_entry(asked, at)


def kyiv(day: str, clock: str) -> datetime:
    """An instant by the library's clock."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=KYIV)


@contextmanager
def sample_of(
    folder: Path, now: datetime, *, patrons: int = 60, database_url: str | None = None
) -> Iterator[Sample]:
    """Write a sample library and open it."""
    written = write_sample(folder, now=now, patrons=patrons, database_url=database_url)
    database = open_database(load(written.config).database.url)
    yield Sample(folder, now, database, read_table(folder / "patrons.csv"))
    database.close()


def read_table(file: Path) -> list[dict[str, str]]:
    """A CSV file as the sample writes it."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
