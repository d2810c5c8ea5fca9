"""A town's library to try the services on: few people, fixed days, real keys."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from gate.codes import (
    SigningKey,
    new_signing_key,
    new_slip_number,
    new_ticket_id,
    sign_ticket,
)
from gate.events import CheckAnswer, CheckQuery, EventReceipts, PairQuery, uuid7
from gate.facts import (
    CredentialKind,
    DocumentClass,
    LoanPlace,
    TicketClaims,
    TicketKind,
)
from server.database import Database
from server.models import (
    Ban,
    Credential,
    Department,
    Document,
    EventOfDay,
    Patron,
    Role,
    Staff,
    StationRole,
    Ticket,
)
from server.services import keys, lending, settings, station_events, stations
from server.services.checks import Checks
from server.services.context import ContextHolder
from server.services.names import fold

NOON = datetime(2026, 3, 18, 10, 0, tzinfo=UTC)
"""A Wednesday, noon in Kyiv."""
TODAY = date(2026, 3, 18)
_numbers = count(1)


@dataclass
class Town:
    """A database with a library in it, and hands to work with."""

    database: Database
    keys_directory: Path
    tokens: dict[str, str]
    slip_keys: dict[str, SigningKey]
    desk: lending.Desk = field(default_factory=lambda: lending.Desk(department="5", staff_id=1))

    @cached_property
    def checks(self) -> Checks:
        return Checks(self.database, ContextHolder(self.database), os.urandom)

    # --- People and things ---------------------------------------------------------------

    def patron(self, **fields: Any) -> int:
        """Somebody grown up who lives in the town, unless told otherwise."""
        values = {
            "surname": "Коваленко", "given_name": "Олена", "birth_date": date(1990, 5, 1),
            "salt": "0" * 32, "created_at": NOON, **fields,
        }  # fmt: skip
        with self.database.writing() as session:
            patron = Patron(name_key=fold(values["surname"]), **values)
            session.add(patron)
            session.flush()
            return patron.id

    def ticket(self, patron: int | None = None, **fields: Any) -> str:
        """A permanent ticket that is good for years, unless told otherwise."""
        number = next(_numbers)
        values = {
            "kind": TicketKind.PERMANENT, "issued_at": NOON - timedelta(days=300),
            "valid_from": date(2025, 5, 1), "valid_until": date(2030, 4, 30),
            "registered_for": 2026, **fields,
        }  # fmt: skip
        owner = self.patron() if patron is None else patron
        with self.database.writing() as session:
            ticket = Ticket(
                id=new_ticket_id(os.urandom(6)), number=f"Ч-{number:05}", patron_id=owner, **values
            )
            session.add(ticket)
            session.flush()
            return ticket.id

    def owner(self, ticket: str) -> int:
        with self.database.reading() as session:
            return session.get_one(Ticket, ticket).patron_id

    def ban(self, ticket: str, since: datetime, until: datetime | None, **fields: Any) -> None:
        patron = self.owner(ticket)
        with self.database.writing() as session:
            session.add(Ban(patron_id=patron, since=since, until=until, reason="noise", **fields))

    def credential(self, ticket: str, kind: CredentialKind, value: str) -> None:
        with self.database.writing() as session:
            session.add(Credential(kind=kind, value=value, ticket_id=ticket, linked_at=NOON))

    def document(self, kind: DocumentClass = DocumentClass.ORDINARY, department: str = "5") -> str:
        """A document; answers its barcode."""
        barcode = f"{next(_numbers):08}"
        with self.database.writing() as session:
            session.add(
                Document(
                    inventory_number=f"І{barcode}", barcode=barcode, title="Кобзар",
                    document_class=kind, department_code=department,
                )
            )  # fmt: skip
        return barcode

    def event(self, places: int | None = 10, doors_at: datetime = NOON, hours: int = 2) -> str:
        event_id = f"event-{next(_numbers)}"
        with self.database.writing() as session:
            session.add(
                EventOfDay(
                    id=event_id, title="Вечір поезії", hall="Зала мистецтв", doors_at=doors_at,
                    starts_at=doors_at, ends_at=doors_at + timedelta(hours=hours), places=places,
                )
            )  # fmt: skip
        return event_id

    def change(self, model: type[Any], key: Any, **values: Any) -> None:
        with self.database.writing() as session:
            row = session.get_one(model, key)
            for name, value in values.items():
                setattr(row, name, value)

    def set(self, **values: Any) -> None:
        settings.change(self.database, values, actor="staff:1", at=NOON)

    # --- Acts ----------------------------------------------------------------------------

    def code(self, ticket: str, key: SigningKey | None = None) -> str:
        """The signed code of a ticket id, whether there is such a ticket or not."""
        with self.database.reading() as session:
            signer = key or keys.signing_key(session, self.keys_directory)
        claims = TicketClaims(
            ticket_id=ticket, kind=TicketKind.PERMANENT, issued=NOON - timedelta(days=1),
            expires=NOON + timedelta(days=1000), registered_for=2026,
        )  # fmt: skip
        return sign_ticket(claims, signer)

    def check(
        self, code: str, *, at: datetime = NOON, leaving: bool = False, station: str = "R1",
        key: UUID | None = None,
    ) -> CheckAnswer:  # fmt: skip
        query = CheckQuery(
            id=key or uuid4(), direction="exit" if leaving else "entry", code=code, at=at
        )
        token_hash = stations.hash_secret(self.tokens[station])
        answered = self.checks.answer(query, token_hash, now=at)
        return CheckAnswer.model_validate_json(answered.text)

    def inside(self, ticket: str | None = None, *, at: datetime = NOON) -> CheckAnswer:
        """A reader who came in."""
        answer = self.check(self.code(ticket or self.ticket()), at=at)
        assert answer.verdict == "grant", answer
        return answer

    def tell(self, station: str, *told: dict[str, Any], at: datetime = NOON) -> EventReceipts:
        """Have a station deliver events."""
        return station_events.ingest(self.database, station, told, at=at)

    def visitor_of_event(self, event_id: str, *, at: datetime = NOON, persons: int = 1) -> UUID:
        """Somebody whom K1 let in to an event, without a ticket."""
        told = entry("K1", at=at, event_id=event_id, persons=persons)
        self.tell("K1", told, at=at)
        return UUID(told["visit_id"])

    def issue(
        self, answer: CheckAnswer, barcode: str | None = None,
        place: LoanPlace = LoanPlace.READING_ROOM, *, at: datetime = NOON,
    ) -> lending.Issued:  # fmt: skip
        return lending.issue(
            self.database, answer.visit_id, barcode or self.document(), place, desk=self.desk,
            at=at,
        )  # fmt: skip


def reasons(answer: CheckAnswer) -> list[str]:
    """The reason codes of an answer."""
    return [reason.code.value for reason in answer.reasons]


def duties(answer: CheckAnswer) -> list[str]:
    """The duty codes of an answer."""
    return [duty.code.value for duty in answer.duties]


def settle(database: Database, keys_directory: Path) -> Town:
    """Found a library: settings, departments, staff, a ticket key, two readers, K1 and E1."""
    with database.writing() as session:
        settings.put(session, {"epoch": "e1", "library_name": "Міська"}, actor="system", at=NOON)
        session.add_all(
            Department(code=code, name=f"Відділ {code}", position=n)
            for n, code in enumerate(("1", "5", "7"))
        )
        session.flush()
        session.add(
            Staff(
                login="olha", name="Ольга Бібліотекар", role=Role.DEPARTMENT,
                department_code="5", password_hash="-", created_at=NOON,
            )
        )  # fmt: skip
    keys.create(
        database, keys_directory, actor="system", at=NOON - timedelta(days=400),
        entropy=os.urandom,
    )  # fmt: skip
    town = Town(database, keys_directory, tokens={}, slip_keys={})
    roles = {
        "R1": StationRole.READER, "R2": StationRole.READER,
        "K1": StationRole.ENTRANCE, "E1": StationRole.EXIT,
    }  # fmt: skip
    for code, role in roles.items():
        join(town, code, role)
    return town


def join(
    town: Town, station: str, role: StationRole = StationRole.READER, branch: str | None = None
) -> None:
    """Register and pair a station."""
    stations.register(
        town.database, station, name=station, role=role, has_lane=False, actor="staff:1", at=NOON,
        place=stations.Place(branch),
    )  # fmt: skip
    code = stations.new_pairing_code(
        town.database, station, staff_id=1, at=NOON, entropy=os.urandom
    )
    slip_key = new_signing_key(os.urandom(32))
    query = PairQuery(code=code, station=station, slip_public_key=slip_key.public_raw.hex())
    answer = stations.pair(town.database, query, at=NOON, entropy=os.urandom)
    town.tokens[station], town.slip_keys[station] = answer.token, slip_key


_sequences: Counter[str] = Counter()


def told(station: str, kind: str, *, at: datetime = NOON, **fields: Any) -> dict[str, Any]:
    """An event as a station sends it."""
    _sequences[station] += 1
    return {
        "id": str(new_id(at)), "kind": kind, "incarnation": 1, "at": at.isoformat(),
        "sequence": _sequences[station], **fields,
    }  # fmt: skip


def entry(station: str, *, at: datetime = NOON, **fields: Any) -> dict[str, Any]:
    """An entry that a station granted: a visit with a slip of its own."""
    number = new_slip_number(station, _sequences[station] + 1, os.urandom(4))
    if "ticket_id" in fields:
        fields.setdefault("credential", "ticket_code")
    return told(
        station, "entry_decided", at=at,
        **{
            "verdict": "grant", "facts_as_of": at.isoformat(), "visit_id": str(new_id(at)),
            "visit_state": "inside", "slip_number": number, **fields,
        },
    )  # fmt: skip


def new_id(at: datetime = NOON) -> UUID:
    """An id as stations make them."""
    return uuid7(at, os.urandom(10))
