"""What each operation of the stations' API does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic, sleep
from typing import TypeVar

from flask import Response, request
from pydantic import BaseModel

from gate.codes import jwk_set
from gate.events import (
    PACKED_MEDIA_TYPE,
    AlarmQuery,
    BookingOutcome,
    BookingQuery,
    DocumentsQuery,
    EventBatch,
    FactsAnswer,
    FactsQuery,
    OrderOutcome,
    OrderQuery,
    PairQuery,
    PreregistrationQuery,
    ReservationQuery,
    SignupOutcome,
    SignupQuery,
    WorkplaceOutcome,
    WorkplaceQuery,
)
from server.api import coding
from server.api.answering import answer_check, token_of
from server.api.problems import TooMany, as_json
from server.api.queries import ChangesQuery, SnapshotQuery, TicketsQuery
from server.api.readings import Told
from server.api.state import Api, api
from server.database import Database
from server.models import Station
from server.services import (
    alarm_signals,
    facts,
    feed,
    keys,
    preregistrations,
    reservations,
    self_booking,
    self_requests,
    self_seating,
    self_signup,
    station_events,
    stations,
    terms,
    ticket_parts,
)
from server.services.checks import UnknownStation
from server.services.stations import StationRevoked

_Query = TypeVar("_Query", bound=BaseModel)
_Answer = TypeVar("_Answer", bound=BaseModel)

_GATHER_S = 0.2
"""Who was told of something a moment ago hears of the next with what comes meanwhile: in a rush,
five answers a second to each station instead of one for each passage. Who waited longer hears at
once."""
_MUCH = 100
"""So many rows are no news but what was missed: they are told without delay."""
_RECHECK_S = 0.5
"""Other processes on the same PostgreSQL wake us (`server.relay`), but a row is read only once all
older writers are done, also those that gave up: so often we look ourselves."""


def _station() -> Station:
    """Whose request this is. Raises UnknownStation."""
    token = token_of(request.headers.get("Authorization", ""))
    station = stations.by_token(api().database, token)
    if station is None:
        raise StationRevoked if stations.was_revoked(api().database, token) else UnknownStation
    return station


def _answered(
    asked: type[_Query], service: Callable[..., _Answer],
    is_strange: Callable[[_Query, _Answer], bool] | None = None,
) -> Response:  # fmt: skip
    """A service's answer to a station, which is stopped where too much of it is strange.

    `is_strange`: whether an answer shows that nobody knows what was asked about (threat 3).
    """
    ours, station = api(), _station()
    now = ours.clock()
    if is_strange is not None and ours.strange.is_spent(station.code, now):
        raise TooMany
    query = asked.model_validate_json(coding.body())
    answer = service(ours.database, query, station=station.code, at=now)
    if is_strange is not None and is_strange(query, answer):
        ours.strange.spend(station.code, now)
    return as_json(answer.model_dump_json())


def check() -> Response:
    """A token, a code, an answer; most checks come through `server.api.express`."""
    authorization = request.headers.get("Authorization", "")
    return as_json(answer_check(api(), authorization, coding.body()))


def pair() -> Response:
    """A one-time code for a token."""
    ours, address = api(), request.remote_addr or ""
    now = ours.clock()
    if ours.pairing.is_spent(address, now):
        raise TooMany
    ours.pairing.spend(address, now)
    query = PairQuery.model_validate_json(coding.body())
    answer = stations.pair(ours.database, query, at=now, entropy=ours.entropy)
    return as_json(answer.model_dump_json())


def ask_facts() -> Response:
    """Fresh facts about what somebody shows."""
    return _answered(FactsQuery, _facts, _nobody_knows)


def _nobody_knows(query: FactsQuery, answer: FactsAnswer) -> bool:
    return query.credential is not None and answer.ticket is None and answer.visit is None


def _facts(database: Database, query: FactsQuery, *, station: str, at: datetime) -> FactsAnswer:
    link = api().link
    if link is None:
        return facts.answer(database, query, at=at, station=station)
    from server.library_systems import asking  # noqa: PLC0415 - most libraries lend themselves

    loans_as_of = asking.before_facts(link, database, query.credential, query.value, at)
    answer = facts.answer(database, query, at=at, station=station)
    return answer.model_copy(update={"loans_as_of": loans_as_of})


def events() -> Response:
    """What happened at a station; every event is answered for itself."""
    ours, station = api(), _station()
    batch = EventBatch.model_validate_json(coding.body())
    answer = station_events.ingest(
        ours.database, station.code, batch.events, at=ours.clock(), head=batch.audit_head
    )
    return as_json(answer.model_dump_json())


def reserve() -> Response:
    """Places of an event."""
    return _answered(ReservationQuery, reservations.reserve)


def sign_up() -> Response:
    """A reader signs up for an event."""
    return _answered(
        SignupQuery, self_signup.ask, lambda _, answer: answer.outcome is SignupOutcome.DESK
    )


def find_documents() -> Response:
    """Documents by inventory number, or by words of author and title."""
    ours = api()
    _station()
    query = DocumentsQuery.model_validate_json(coding.body())
    return as_json(self_requests.find(ours.database, query).model_dump_json())


def order() -> Response:
    """A reader asks for a document."""
    return _answered(
        OrderQuery, self_requests.ask, lambda _, answer: answer.outcome is OrderOutcome.NOT_INSIDE
    )


def ask_for_workplace() -> Response:
    """Somebody asks for a computer of the information centre."""
    return _answered(
        WorkplaceQuery, self_seating.ask,
        lambda _, answer: answer.outcome is WorkplaceOutcome.NOT_INSIDE,
    )  # fmt: skip


def book_workplace() -> Response:
    """Somebody books a computer of the information centre."""
    return _answered(
        BookingQuery, self_booking.ask,
        lambda _, answer: answer.outcome is BookingOutcome.NOT_INSIDE,
    )  # fmt: skip


def enrolment_terms() -> Response:
    """What enrolment asks and costs today."""
    ours = api()
    _station()
    return as_json(terms.today(ours.database, at=ours.clock()).model_dump_json())


def preregister() -> Response:
    """Keep for the desk what somebody gave at a kiosk."""
    return _answered(PreregistrationQuery, preregistrations.keep)


def alarm() -> Response:
    """An alarm system's word. It has a token of its own; a station's opens nothing here."""
    ours, address = api(), request.remote_addr or ""
    now = ours.clock()
    if ours.pairing.is_spent(address, now):
        raise TooMany
    token = token_of(request.headers.get("Authorization", ""))
    if not alarm_signals.is_known(ours.database, token):
        ours.pairing.spend(address, now)
        raise UnknownStation
    query = AlarmQuery.model_validate_json(coding.body())
    answer = alarm_signals.take(ours.database, query, at=now, entropy=ours.entropy)
    return as_json(answer.model_dump_json())


def public_keys() -> Response:
    """The ticket keys with which anybody may verify a ticket: no secret, so no token."""
    with api().database.reading() as session:
        return as_json(jwk_set(keys.ticket_keys(session)))


def snapshot() -> Response:
    """Everything that a copy holds, as JSON lines."""
    ours, station = api(), _station()
    query = SnapshotQuery.model_validate(request.args.to_dict())
    lines = feed.snapshot(
        ours.database, at=ours.clock(), with_tickets=query.tickets == "lines", station=station.code
    )
    return Response(lines, mimetype="application/x-ndjson")


def tickets() -> Response:
    """Tickets of a snapshot, packed."""
    ours = api()
    _station()
    query = TicketsQuery.model_validate(request.args.to_dict())
    part = ticket_parts.read(ours.database, query.after, at=ours.clock())
    return Response(part, mimetype=PACKED_MEDIA_TYPE)


def changes() -> Response:
    """What changed behind a cursor; waits for it where asked to, and where there is room."""
    ours, station = api(), _station()
    query = ChangesQuery.model_validate(request.args.to_dict())
    stations.seen_now_and_then(ours.database, station, at=ours.clock())
    if not ours.waiting.acquire(blocking=False):
        return as_json(_read(ours, query, station, ours.database.commits.count).text)
    try:
        return as_json(_wait(ours, query, station).text)
    finally:
        ours.waiting.release()


def _read(ours: Api, query: ChangesQuery, station: Station, seen: int) -> Told:
    """What changed, as of the commit `seen` or later."""
    return ours.readings.get(
        (seen, query.after, query.epoch, station.branch_code),
        lambda: feed.read(
            ours.database, query.after, epoch=query.epoch, at=ours.clock(), station=station.code
        ),
    )


def _wait(ours: Api, query: ChangesQuery, station: Station) -> Told:
    begun_s = monotonic()
    commits = ours.database.commits
    while True:
        seen = commits.count
        told = _read(ours, query, station, seen)
        found, taken_s = told.changes, monotonic() - begun_s
        left_s = query.wait_s - taken_s
        if found.reset or left_s <= 0 or commits.closed or len(found.rows) >= _MUCH:
            return told
        if not found.rows:
            commits.wait(seen, left_s if ours.database.is_sqlite else min(left_s, _RECHECK_S))
        elif taken_s >= _GATHER_S:
            return told
        else:
            sleep(min(left_s, _GATHER_S - taken_s))
            if commits.count == seen:
                return told
