"""A station in a small invented library: real store, real keys, a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from gate.codes import SigningKey, new_signing_key, sign_ticket
from gate.events import (
    STATION_EVENT,
    BuildingRecord,
    DepartmentRecord,
    EventReceipt,
    EventRecord,
    Receipt,
    Row,
    RowTable,
    StationEvent,
    TicketRecord,
    VisitRecord,
)
from gate.facts import TicketClaims, TicketKind, TicketState
from gate.keys import KeyUse
from gate.records import key_record
from kiosk.clock import Clock
from kiosk.journal import Journal
from kiosk.keys import Keys
from kiosk.knowledge import Knowledge
from kiosk.premises import Premises
from kiosk.store import Database, copy, identity, meta, outbox, visits
from kiosk.store.copy import CopyState
from kiosk.sync.breaker import Asker, Breaker
from kiosk.sync.client import ServerClient

AT = datetime(2026, 11, 19, 8, 0, tzinfo=UTC)
"""A Thursday, ten in the morning in Kyiv."""
NOWHERE = "http://127.0.0.1:9"
"""Nobody answers there."""
TICKET_KEY = new_signing_key(b"t" * 32)
SLIP_KEY = new_signing_key(b"s" * 32)
TICKET_ID = "a1b2c3d4e5f6"
EPOCH = "first"


class MovedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = AT) -> None:
        self.at = at
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def forward(self, by: timedelta) -> None:
        self.at += by
        self.seconds += by.total_seconds()

    @property
    def clock(self) -> Clock:
        return Clock(now=self.now, monotonic=self.monotonic)


def ticket(**changes: Any) -> TicketRecord:
    """A permanent ticket, registered for this year."""
    fields: dict[str, Any] = {
        "ticket_id": TICKET_ID,
        "number": "004821",
        "kind": TicketKind.PERMANENT,
        "state": TicketState.ACTIVE,
        "valid_from": date(2024, 1, 1),
        "valid_until": date(2028, 12, 31),
        "registered_for": 2026,
        "display_name": "Оксана К.",
    }
    return TicketRecord(**fields | changes)


def building(**changes: Any) -> BuildingRecord:
    """A house that is open from nine to eight."""
    fields: dict[str, Any] = {
        "library_name": "Бібліотека імені Софії та Олександра Русових",
        "service_centre_phone": "(0462) 67-45-12",
        "opens_at": AT - timedelta(hours=1),
        "closes_at": AT + timedelta(hours=10),
        "departments": (
            DepartmentRecord(code="5", name="Читальна зала", name_en="Reading room"),
            DepartmentRecord(code="7", name="Краєзнавчий відділ"),
        ),
    }
    return BuildingRecord(**fields | changes)


def event(**changes: Any) -> EventRecord:
    """An event with open doors and places left."""
    fields: dict[str, Any] = {
        "event_id": "poetry",
        "title": "Вечір поезії",
        "title_en": "An evening of poetry",
        "hall": "Велика зала",
        "doors_at": AT - timedelta(minutes=30),
        "starts_at": AT + timedelta(minutes=30),
        "ends_at": AT + timedelta(hours=2),
        "places": 40,
        "places_left": 12,
    }
    return EventRecord(**fields | changes)


def code_of(record: TicketRecord, key: SigningKey = TICKET_KEY) -> bytes:
    """The bytes of a ticket's e-ticket."""
    claims = TicketClaims(
        ticket_id=record.ticket_id,
        kind=record.kind,
        issued=datetime(record.valid_from.year, 1, 1, tzinfo=UTC),
        expires=datetime(record.valid_until.year + 1, 1, 1, tzinfo=UTC),
        registered_for=record.registered_for,
    )
    return sign_ticket(claims, key).encode()


def key_rows(station: str = "K1") -> tuple[BaseModel, ...]:
    """The keys of tickets and of this station's slips."""
    long_ago = AT - timedelta(days=400)
    return (
        key_record(TICKET_KEY.public(KeyUse.TICKET, long_ago)),
        key_record(SLIP_KEY.public(KeyUse.SLIP, long_ago, station)),
    )


def row(record: BaseModel) -> Row:
    """A record as a row of the server's copy."""
    tables = {
        "TicketRecord": (RowTable.TICKET, "ticket_id"),
        "VisitRecord": (RowTable.VISIT, "visit_id"),
        "EventRecord": (RowTable.EVENT, "event_id"),
        "BuildingRecord": (RowTable.BUILDING, ""),
        "KeyRecord": (RowTable.KEY, "key_id"),
        "ResourceRecord": (RowTable.RESOURCE, "resource_id"),
    }
    table, key = tables[type(record).__name__]
    name = str(getattr(record, key)) if key else "building"
    return Row(table=table, key=name, value=record.model_dump(mode="json"))


@dataclass
class House:
    """One station with everything its use cases need."""

    database: Database
    moved: MovedClock
    premises: Premises
    breaker: Breaker
    cursor: int = field(default=1)

    def learn(self, *records: BaseModel, as_of: datetime | None = None) -> None:
        """Rows come from the server."""
        self.take(map(row, records), as_of=as_of)

    def take(self, rows: Iterable[Row], as_of: datetime | None = None) -> None:
        """Rows come from the server, which has seen everything acknowledged."""
        self.cursor += 1
        with self.database.write() as tx:
            state = CopyState(
                epoch=EPOCH,
                cursor=self.cursor,
                as_of=as_of or self.moved.at,
                seen=meta.number(tx, outbox.ACKNOWLEDGED),
            )
            copy.advance(tx, rows, state)
        self.premises.keys.changed()

    def told(self) -> list[StationEvent]:
        """The events that wait for the server, oldest first."""
        with self.database.read() as tx:
            return [STATION_EVENT.validate_json(one.body) for one in outbox.batch(tx, 1000)]

    def kinds(self) -> list[str]:
        """Their kinds."""
        return [event.kind for event in self.told()]

    def acknowledge(self) -> None:
        """The server takes everything that waits."""
        with self.database.write() as tx:
            waiting = outbox.batch(tx, 1000)
            receipts = [EventReceipt(id=one.event_id, receipt=Receipt.STORED) for one in waiting]
            outbox.acknowledge(tx, receipts, self.moved.at)

    def visit(self, visit_id: UUID) -> VisitRecord:
        """A visit of this station as it keeps it."""
        with self.database.read() as tx:
            mine = visits.own(tx, str(visit_id))
        assert mine is not None
        return mine.record


def make_house(
    folder: Path,
    moved: MovedClock,
    *,
    station: str = "K1",
    url: str = NOWHERE,
    has_lane: bool = False,
    offline_event_places: int = 5,
) -> House:
    """A station whose copy knows the house, the keys and one ticket."""
    database = Database(folder / f"station-{station}.sqlite")
    identity.begin(database, moved.at)
    client = ServerClient(url, "token")
    breaker = Breaker(moved.monotonic)
    premises = Premises(
        station=station,
        database=database,
        knowledge=Knowledge(database, client, Asker(breaker, 0.4), moved.clock, station),
        keys=Keys(database),
        slip_key=SLIP_KEY,
        journal=Journal(moved.clock),
        clock=moved.clock,
        has_lane=has_lane,
        offline_event_places=offline_event_places,
    )
    return House(database, moved, premises, breaker)
