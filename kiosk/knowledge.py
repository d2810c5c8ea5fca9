"""What is known at the moment of a scan: fresh from the server, or from the station's copy.

There is one path of decisions and two sources; they differ only in `as_of`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from sqlite3 import Connection
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from gate.events import (
    BookingAnswer,
    BookingQuery,
    BuildingRecord,
    DocumentsAnswer,
    DocumentsQuery,
    EventRecord,
    FactsAnswer,
    FactsQuery,
    OrderAnswer,
    OrderQuery,
    ReservationAnswer,
    ReservationQuery,
    SignupAnswer,
    SignupQuery,
    TermsRecord,
    TicketRecord,
    VisitRecord,
    WorkplaceAnswer,
    WorkplaceQuery,
)
from gate.facts import (
    CredentialKind,
    Freshness,
    Policy,
    Source,
    TicketKind,
    TicketState,
    VisitState,
)
from gate.records import building_on, hall_of, policy_of
from kiosk import alerts
from kiosk.clock import Clock
from kiosk.store import Database, copy, meta, outbox, tickets, visits
from kiosk.sync.breaker import Asker
from kiosk.sync.client import ServerClient, ServerError

_log = structlog.get_logger()

_HOME = "Europe/Kyiv"
_Answer = TypeVar("_Answer")


class NothingKnown(LookupError):
    """The server is away and there is no copy yet: this station can't decide anything."""


class Unanswered(StrEnum):
    """What became of a wish that only the server can grant, where it did not answer."""

    AWAY = "away"
    UNSURE = "unsure"
    """It may have heard the wish: nobody here knows what became of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that a decision about one person may rest on."""

    building: BuildingRecord
    freshness: Freshness
    ticket: TicketRecord | None = None
    visit: VisitRecord | None = None
    event: EventRecord | None = None
    loans_as_of: datetime | None = None
    """As the server told it, where another library system keeps the loans."""

    @property
    def policy(self) -> Policy:
        """The library's settings; its defaults where a setting makes no sense."""
        return policy_from(self.building)

    @property
    def offline(self) -> bool:
        """Whether the copy had to do."""
        return self.freshness.source is Source.COPY


def policy_from(building: BuildingRecord) -> Policy:
    """The library's settings; its defaults where a setting makes no sense."""
    zone = timezone_of(building)
    try:
        return policy_of(building, zone)
    except ValueError as error:
        _log.warning("policy_unusable", problem=str(error))
        return Policy(timezone=zone)


def timezone_of(building: BuildingRecord) -> ZoneInfo:
    """The library's time zone; Kyiv's where its name is unknown here."""
    try:
        return ZoneInfo(building.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(_HOME)


def of_today(building: BuildingRecord, as_of: datetime, at: datetime) -> BuildingRecord:
    """The house as it is today: on another day than it was told of, by the calendar told with it.

    Without a calendar the hours are not known, and refuse nobody.
    """
    zone = timezone_of(building)
    today = at.astimezone(zone).date()
    if as_of.astimezone(zone).date() == today:
        return building
    empty = tuple(hall.model_copy(update={"inside": 0}) for hall in building.halls)
    return building_on(building, today, zone).model_copy(update={"inside": 0, "halls": empty})


class Knowledge:
    """Asks the server within the deadline, the copy otherwise; own events put both right."""

    def __init__(
        self, database: Database, client: ServerClient, asker: Asker, clock: Clock, station: str
    ) -> None:
        self._station = station
        self._database = database
        self._client = client
        self._asker = asker
        self._clock = clock

    def ask(self, query: FactsQuery) -> Known:
        """All about one credential or event. Raises NothingKnown."""
        with self._database.read() as tx:
            seen = meta.number(tx, outbox.ACKNOWLEDGED)
        try:
            answer = self._asker.ask(lambda deadline_s: self._client.facts(query, deadline_s))
        except ServerError:
            return self._from_copy(query)
        with self._database.read() as tx:
            return self._from_server(tx, query, answer, seen)

    def is_outside(self, slip_number: str) -> bool:
        """Whether the reader of this slip is out and may come back with it, as far as is known."""
        query = FactsQuery(credential=CredentialKind.SLIP_CODE, value=slip_number)
        try:
            visit = self._from_copy(query).visit
        except NothingKnown:
            return False
        return visit is not None and visit.state in (VisitState.AWAY, VisitState.EVACUATED)

    def house(self) -> Known:
        """The building alone, from the copy: for what no record is looked up. NothingKnown."""
        return self._from_copy(FactsQuery())

    def reserve(self, query: ReservationQuery) -> ReservationAnswer | None:
        """Places of an event at the server; None while it is away."""
        return self._or_none(lambda left_s: self._client.reserve(query, left_s))

    def sign_up(self, query: SignupQuery) -> SignupAnswer | None:
        """Put a reader on the list of an event, or off it; None while the server is away."""
        return self._or_none(lambda left_s: self._client.sign_up(query, left_s))

    def find_documents(self, query: DocumentsQuery) -> DocumentsAnswer | None:
        """What can be asked for; None while the server is away."""
        return self._or_none(lambda left_s: self._client.find_documents(query, left_s))

    def order(self, query: OrderQuery) -> OrderAnswer | None:
        """Ask for a document; None while the server is away."""
        return self._or_none(lambda left_s: self._client.order(query, left_s))

    def workplace(self, query: WorkplaceQuery) -> WorkplaceAnswer | None:
        """Ask for a computer of the information centre; None while the server is away."""
        return self._or_none(lambda left_s: self._client.workplace(query, left_s))

    def book(self, query: BookingQuery) -> BookingAnswer | None:
        """Book a computer of the information centre; None while the server is away."""
        return self._or_none(lambda left_s: self._client.book(query, left_s))

    def terms(self) -> TermsRecord | None:
        """What enrolment asks and costs today; None while the server is away."""
        return self._or_none(self._client.terms)

    def _or_none(self, call: Callable[[float], _Answer]) -> _Answer | None:
        """What the server says within the deadline."""
        try:
            return self._asker.ask(call)
        except ServerError:
            return None

    def _from_server(
        self, tx: Connection, query: FactsQuery, answer: FactsAnswer, seen: int
    ) -> Known:
        told = answer.visit

        def tell(visit_id: str) -> VisitRecord | None:
            return told if told is not None and str(told.visit_id) == visit_id else None

        ticket_id = None if answer.ticket is None else answer.ticket.ticket_id
        freshness = Freshness(source=Source.SERVER, as_of=answer.as_of, clock=self._clock.trust())
        return Known(
            building=counted(tx, answer.building, seen, self._clock.now(), self._station),
            freshness=freshness,
            ticket=answer.ticket,
            visit=_visit(tx, query, ticket_id, visits.Told(told, tell, seen)),
            event=answer.event,
            loans_as_of=answer.loans_as_of,
        )

    def _from_copy(self, query: FactsQuery) -> Known:
        with self._database.read() as tx:
            state, building = copy.state(tx), copy.building(tx)
            if state is None or building is None:
                raise NothingKnown
            ticket = _ticket(tx, query)
            told = _copied_visit(tx, query, ticket)
            where = visits.Told(told, _teller(tx), state.seen)
            visit = _visit(tx, query, None if ticket is None else ticket.ticket_id, where)
            if ticket is None and visit is not None and visit.ticket_id is not None:
                ticket = tickets.find(tx, visit.ticket_id)
            at = self._clock.now()
            today = of_today(building, state.as_of, at)
            return Known(
                building=counted(tx, today, state.seen, at, self._station),
                freshness=Freshness(
                    source=Source.COPY, as_of=state.as_of, clock=self._clock.trust()
                ),
                ticket=ticket,
                visit=visit,
                event=None if query.event_id is None else copy.event(tx, query.event_id),
            )


def _teller(tx: Connection) -> Callable[[str], VisitRecord | None]:
    return lambda visit_id: copy.visit(tx, visit_id)


def _ticket(tx: Connection, query: FactsQuery) -> TicketRecord | None:
    match query.credential:
        case CredentialKind.TICKET_CODE:
            return tickets.find(tx, query.value)
        case CredentialKind.NUMBER | CredentialKind.CARD:
            return max(tickets.find_by(tx, query.credential, query.value), key=_worth, default=None)
        case _:
            return None


def _worth(ticket: TicketRecord) -> tuple[bool, bool, int]:
    """A card with several tickets means the permanent one that is good (E30)."""
    return (
        ticket.state is TicketState.ACTIVE,
        ticket.kind is TicketKind.PERMANENT,
        ticket.valid_until.toordinal(),
    )


def _copied_visit(
    tx: Connection, query: FactsQuery, ticket: TicketRecord | None
) -> VisitRecord | None:
    if query.credential is CredentialKind.SLIP_CODE:
        return copy.visit_of_slip(tx, query.value)
    return None if ticket is None else copy.visit_of_ticket(tx, ticket.ticket_id)


def _visit(
    tx: Connection, query: FactsQuery, ticket_id: str | None, told: visits.Told
) -> VisitRecord | None:
    if query.credential is CredentialKind.SLIP_CODE:
        return visits.of_slip(tx, query.value, told)
    if query.credential is CredentialKind.TICKET_CODE:
        ticket_id = query.value
    return None if ticket_id is None else visits.of_ticket(tx, ticket_id, told)


def counted(
    tx: Connection, building: BuildingRecord, seen: int, at: datetime, station: str
) -> BuildingRecord:
    """The house with the people of whom the server has not heard yet, and with own alarms."""
    local = at.astimezone(timezone_of(building))
    today = local.replace(hour=0, minute=0, second=0, microsecond=0)
    ahead = visits.persons_ahead(tx, seen, today)
    more: Counter[str] = Counter()
    for event_id, persons in ahead.items():
        event = None if event_id is None else copy.event(tx, event_id)
        hall = hall_of(building, station, event)
        if hall is not None:
            more[hall.name] += persons
    told = {
        "inside": max(0, building.inside + ahead.total()),
        "halls": tuple(
            hall.model_copy(update={"inside": max(0, hall.inside + more[hall.name])})
            for hall in building.halls
        ),
    }
    return alerts.in_force(tx, building.model_copy(update=told))
