"""All operations of the stations' API in one table: routes and description are made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from flask import Blueprint, Response
from pydantic import BaseModel

from gate.events import (
    PACKED_MEDIA_TYPE,
    AlarmAnswer,
    AlarmQuery,
    BookingAnswer,
    BookingQuery,
    Changes,
    CheckAnswer,
    CheckQuery,
    DocumentsAnswer,
    DocumentsQuery,
    EventBatch,
    EventReceipts,
    FactsAnswer,
    FactsQuery,
    OrderAnswer,
    OrderQuery,
    PairAnswer,
    PairQuery,
    PreregistrationAnswer,
    PreregistrationQuery,
    ReservationAnswer,
    ReservationQuery,
    SignupAnswer,
    SignupQuery,
    TermsRecord,
    WorkplaceAnswer,
    WorkplaceQuery,
    packed,
)
from server.api import coding, views
from server.api.queries import ChangesQuery, JwkSet, SnapshotQuery, TicketsQuery

PREFIX = "/api/v1"
DESCRIPTION_PATH = f"{PREFIX}/openapi.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: what is sent, what is answered, what may go wrong."""

    name: str
    method: Literal["GET", "POST"]
    summary: str
    view: Callable[[], Response]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    """None: of the type `media`, described by `about`."""
    media: str = "application/json"
    about: str = ""
    token: bool = True
    problems: tuple[int, ...] = ()
    """Statuses besides those of every operation."""

    @property
    def path(self) -> str:
        """Where it is."""
        return f"{PREFIX}/{self.name}"


OPERATIONS = (
    Operation(
        name="pair", method="POST", summary="Join with a one-time code", view=views.pair,
        body=PairQuery, answer=PairAnswer, token=False, problems=(403, 429),
    ),
    Operation(
        name="facts", method="POST", summary="Fresh facts for a decision", view=views.ask_facts,
        body=FactsQuery, answer=FactsAnswer, problems=(429,),
    ),
    Operation(
        name="events", method="POST", summary="Deliver what happened", view=views.events,
        body=EventBatch, answer=EventReceipts,
    ),
    Operation(
        name="snapshot", method="GET", summary="Everything that a copy holds",
        view=views.snapshot, query=SnapshotQuery, media="application/x-ndjson",
        about="A head, then a row a line",
    ),
    Operation(
        name="tickets", method="GET", summary="Tickets of a snapshot, thousands at a time",
        view=views.tickets, query=TicketsQuery, media=PACKED_MEDIA_TYPE,
        about=(packed.__doc__ or "").strip(),
    ),
    Operation(
        name="changes", method="GET", summary="What changed behind a cursor",
        view=views.changes, query=ChangesQuery, answer=Changes,
    ),
    Operation(
        name="check", method="POST", summary="Let the server decide", view=views.check,
        body=CheckQuery, answer=CheckAnswer, problems=(429,),
    ),
    Operation(
        name="reservations", method="POST", summary="Take places of an event",
        view=views.reserve, body=ReservationQuery, answer=ReservationAnswer, problems=(404,),
    ),
    Operation(
        name="signups", method="POST", summary="Sign up for an event by the ticket",
        view=views.sign_up, body=SignupQuery, answer=SignupAnswer, problems=(429,),
    ),
    Operation(
        name="documents", method="POST", summary="Find what can be asked for",
        view=views.find_documents, body=DocumentsQuery, answer=DocumentsAnswer,
    ),
    Operation(
        name="orders", method="POST", summary="Ask for a document by ticket or slip",
        view=views.order, body=OrderQuery, answer=OrderAnswer, problems=(429,),
    ),
    Operation(
        name="workplaces", method="POST", summary="Ask for a computer by ticket or slip",
        view=views.ask_for_workplace, body=WorkplaceQuery, answer=WorkplaceAnswer,
        problems=(429,),
    ),
    Operation(
        name="bookings", method="POST", summary="Book a computer by ticket or slip",
        view=views.book_workplace, body=BookingQuery, answer=BookingAnswer, problems=(429,),
    ),
    Operation(
        name="terms", method="GET", summary="What enrolment asks and costs today",
        view=views.enrolment_terms, answer=TermsRecord,
    ),
    Operation(
        name="preregistrations", method="POST", summary="Leave an enrolment for the desk",
        view=views.preregister, body=PreregistrationQuery, answer=PreregistrationAnswer,
    ),
    Operation(
        name="alarm", method="POST", summary="An alarm system tells of an air raid or a fire",
        view=views.alarm, body=AlarmQuery, answer=AlarmAnswer, problems=(404, 429),
    ),
    Operation(
        name="keys", method="GET", summary="Public ticket keys as a JWK set",
        view=views.public_keys, answer=JwkSet, token=False,
    ),
)  # fmt: skip


def blueprint() -> Blueprint:
    """The routes."""
    api = Blueprint("api", __name__)
    api.after_request(coding.fold)
    for operation in OPERATIONS:
        api.add_url_rule(operation.path, operation.name, operation.view, methods=[operation.method])
    return api
