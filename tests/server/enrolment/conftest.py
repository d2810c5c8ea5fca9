"""A centre in which people are enrolled; its tables are made by the real steps."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gate.facts import CredentialKind, Decision, EntryFacts, TicketKind
from gate.rules import decide_entry
from server import migrations
from server.database import Database, open_database
from server.models import (
    AuditRecord,
    GuarantorKind,
    IdentityDocument,
    Patron,
    PaymentMethod,
    Purpose,
    Role,
    Staff,
    Ticket,
)
from server.services import enrolment, facts, keys, settings
from server.services.by import By
from server.services.guarantors import Answerer
from server.services.personal_data import PersonalData, read

NOON = datetime(2025, 11, 21, 10, 0, tzinfo=UTC)
TODAY = date(2025, 11, 21)
YES = {Purpose.ENROLMENT: True, Purpose.PHOTO: True, Purpose.NOTICES: False}


class Chance:
    """Random bytes that can be repeated, never the same twice."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, count: int) -> bytes:
        self._count += 1
        return hashlib.sha256(f"{self._count}".encode()).digest()[:count]


@dataclass
class Desk:
    """The Service Centre's desk in the tests: it does whole enrolments and looks at the results."""

    database: Database
    keys_directory: Path
    at: datetime = NOON
    chance: Chance = field(default_factory=Chance)

    @property
    def by(self) -> By:
        return By(staff_id=1, at=self.at)

    def data(self, **form: str) -> PersonalData:
        usual = {"surname": "Коваленко", "given_name": "Олена", "birth_date": "1990-03-14"}
        return read({**usual, **form}, self.at.date())

    def start(self, kind: TicketKind = TicketKind.PERMANENT, **form: str) -> int:
        return enrolment.start(
            self.database, self.data(**form), kind, by=self.by, entropy=self.chance
        )

    def usual_steps(
        self, patron_id: int, document: IdentityDocument = IdentityDocument.PASSPORT
    ) -> None:
        enrolment.note_document(self.database, patron_id, document, by=self.by)
        enrolment.note_texts(self.database, patron_id, by=self.by)
        enrolment.note_consents(self.database, patron_id, YES, by=self.by)

    def pay(self, patron_id: int) -> int:
        return enrolment.note_payment(
            self.database, patron_id, PaymentMethod.TERMINAL, "4711", by=self.by
        )

    def issue(self, patron_id: int) -> str:
        return enrolment.issue(self.database, patron_id, by=self.by, entropy=self.chance)

    def enrol(self, kind: TicketKind = TicketKind.PERMANENT, **form: str) -> tuple[int, str]:
        """Somebody with everything in order; answers the patron and the ticket."""
        patron_id = self.start(kind, **form)
        self.usual_steps(patron_id)
        self.pay(patron_id)
        return patron_id, self.issue(patron_id)

    def parent(self, **other: Any) -> Answerer:
        return Answerer(**{"kind": GuarantorKind.PARENT, "name": "Коваленко Ірина", **other})

    def judge(
        self, ticket_id: str, at: datetime | None = None,
        credential: CredentialKind = CredentialKind.TICKET_CODE,
    ) -> Decision:  # fmt: skip
        """What the entrance says now."""
        at = at or self.at
        with self.database.reading() as session:
            library = settings.read(session)
            return decide_entry(
                EntryFacts(
                    station="K1",
                    credential=credential,
                    freshness=facts.fresh(at),
                    ticket=facts.of_ticket(session, ticket_id, library, at=at),
                    building=facts.of_building(session, library, at=at),
                    policy=library.policy,
                ),
                at,
            )

    def facts_of(self, ticket_id: str) -> Any:
        with self.database.reading() as session:
            return facts.of_ticket(session, ticket_id, settings.read(session), at=self.at)

    def patron(self, patron_id: int) -> Patron:
        with self.database.reading() as session:
            return session.get_one(Patron, patron_id)

    def ticket(self, ticket_id: str) -> Ticket:
        with self.database.reading() as session:
            return session.get_one(Ticket, ticket_id)

    def log(self, action: str) -> list[AuditRecord]:
        with self.database.reading() as session:
            found = select(AuditRecord).where(AuditRecord.action == action)
            return list(session.scalars(found))

    def set(self, **values: Any) -> None:
        settings.change(self.database, values, actor="staff:1", at=self.at)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables by the steps, a ticket key, one librarian."""
    folder = tmp_path_factory.mktemp("centre")
    database = open_database(f"sqlite:///{folder}/centre.sqlite")
    migrations.upgrade(database)
    keys.create(database, folder / "keys", actor="system", at=NOON, entropy=Chance())
    with database.writing() as session:
        session.add(
            Staff(
                login="desk", name="Марія Бондар", role=Role.SERVICE_CENTRE, created_at=NOON,
                password_hash="!", department_code=None,
            )
        )  # fmt: skip
    database.close()
    return folder


@pytest.fixture
def desk(founded: Path, tmp_path: Path) -> Iterator[Desk]:
    shutil.copytree(founded, tmp_path / "centre")
    database = open_database(f"sqlite:///{tmp_path}/centre/centre.sqlite")
    yield Desk(database, tmp_path / "centre" / "keys")
    database.close()
