"""The centre's side of the wire as recorded, with faults on command.

What the real centre answers is tested with the real one; this peer misbehaves in ways that it
never would.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any

from backports import zstd
from pydantic import BaseModel

from gate.events import (
    PACKED_MEDIA_TYPE,
    BookingAnswer,
    BookingOutcome,
    BookingQuery,
    Changes,
    DocumentRecord,
    DocumentsAnswer,
    DocumentsQuery,
    EventReceipt,
    EventReceipts,
    FactsAnswer,
    FactsQuery,
    OrderAnswer,
    OrderOutcome,
    OrderQuery,
    Receipt,
    ReservationAnswer,
    ReservationQuery,
    Row,
    RowTable,
    SignupAnswer,
    SignupOutcome,
    SignupQuery,
    TicketColumns,
    TicketRecord,
    WorkplaceAnswer,
    WorkplaceOutcome,
    WorkplaceQuery,
    pack,
)
from gate.events.packed import RareFields
from tests.kiosk.house import AT, EPOCH, building


class Mood(StrEnum):
    """How the peer behaves."""

    WELL = "well"
    PORTAL = "portal"
    """Every request is answered 200 with a page, as a captive portal does."""
    SIGN_IN = "sign_in"
    """The same, by a portal that speaks JSON."""
    REDIRECTS = "redirects"
    SILENT = "silent"
    """It takes the request and never answers."""
    BROKEN = "broken"
    STRANGER = "stranger"
    """It does not know this station."""


@dataclass
class Centre:
    """What the peer says and what it heard."""

    mood: Mood = Mood.WELL
    epoch: str = EPOCH
    facts: Callable[[FactsQuery], FactsAnswer] | None = None
    places_left: int = 10
    rows: list[Row] = field(default_factory=list)
    older: bool = False
    """It knows no parts of a snapshot yet."""
    part: int = 2
    """Tickets of one part."""
    reads: str = ""
    """The codings that it says it reads, where it is new enough to say so."""
    codings: list[str | None] = field(default_factory=list)
    """Of the batches that came."""
    damage: Callable[[bytes], bytes] = lambda part: part
    cursor: int = 7
    changes: list[Changes] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    judge: Callable[[dict[str, Any]], Receipt] = lambda _: Receipt.STORED
    batch_refused: Callable[[list[dict[str, Any]]], bool] = lambda _: False
    asked: list[str] = field(default_factory=list)
    reserved: list[ReservationQuery] = field(default_factory=list)
    signups: SignupOutcome = SignupOutcome.SIGNED_UP
    signed: list[SignupQuery] = field(default_factory=list)
    documents: tuple[DocumentRecord, ...] = ()
    orders: OrderOutcome = OrderOutcome.ASKED
    ordered: list[OrderQuery] = field(default_factory=list)
    workplace: WorkplaceAnswer = field(
        default_factory=lambda: WorkplaceAnswer(outcome=WorkplaceOutcome.WAITS, before=2)
    )
    seated: list[WorkplaceQuery] = field(default_factory=list)
    booking: BookingAnswer = field(
        default_factory=lambda: BookingAnswer(outcome=BookingOutcome.OPEN)
    )
    booked: list[BookingQuery] = field(default_factory=list)
    unblock: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def answer_facts(self, query: FactsQuery) -> BaseModel:
        if self.facts is not None:
            return self.facts(query)
        return FactsAnswer(epoch=self.epoch, as_of=AT, building=building())

    def answer_events(self, events: list[dict[str, Any]]) -> BaseModel:
        receipts = []
        for event in events:
            known = event["id"] in self.seen
            receipt = Receipt.KNOWN if known else self.judge(event)
            if receipt is Receipt.STORED:
                self.received.append(event)
                self.seen.add(event["id"])
            receipts.append(EventReceipt(id=event["id"], receipt=receipt, problem=None))
        return EventReceipts(epoch=self.epoch, receipts=tuple(receipts))

    def answer_changes(self, after: int) -> BaseModel:
        if self.changes:
            return self.changes.pop(0)
        return Changes(epoch=self.epoch, as_of=AT, cursor=after, rows=())

    def answer_reservation(self, query: ReservationQuery) -> BaseModel:
        self.reserved.append(query)
        granted = query.persons <= self.places_left
        if granted:
            self.places_left -= query.persons
        return ReservationAnswer(granted=granted, places_left=self.places_left)

    def answer_signup(self, query: SignupQuery) -> BaseModel:
        self.signed.append(query)
        outcome = SignupOutcome.CANCELLED if query.cancel else self.signups
        turn = 2 if query.wait and outcome is SignupOutcome.FULL else None
        return SignupAnswer(outcome=outcome, places_left=3, turn=turn)

    def answer_documents(self, query: DocumentsQuery) -> BaseModel:
        wanted = query.text.casefold()
        found = tuple(one for one in self.documents if wanted in one.title.casefold())
        return DocumentsAnswer(found=found)

    def answer_order(self, query: OrderQuery) -> BaseModel:
        self.ordered.append(query)
        if self.orders is not OrderOutcome.ASKED:
            return OrderAnswer(outcome=self.orders)
        document = next(one for one in self.documents if one.document_id == query.document_id)
        return OrderAnswer(
            outcome=self.orders, number=17, reader="Олена К.", ticket="RD-1001", document=document
        )

    def answer_booking(self, query: BookingQuery) -> BaseModel:
        self.booked.append(query)
        return self.booking

    def answer_workplace(self, query: WorkplaceQuery) -> BaseModel:
        self.seated.append(query)
        return WorkplaceAnswer(outcome=WorkplaceOutcome.LEFT) if query.cancel else self.workplace

    def snapshot(self, *, with_tickets: bool) -> bytes:
        head = {"epoch": self.epoch, "cursor": self.cursor, "as_of": AT.isoformat()}
        rows = [one for one in self.rows if with_tickets or one.table is not RowTable.TICKET]
        lines = [json.dumps(head), *(one.model_dump_json() for one in rows)]
        return "\n".join(lines).encode() + b"\n"

    def tickets(self, after: str) -> bytes:
        found = sorted(
            (one for one in self.rows if one.table is RowTable.TICKET and one.key > after),
            key=lambda one: one.key,
        )
        records = [TicketRecord.model_validate(one.value) for one in found[: self.part]]
        last = records[-1].ticket_id if len(found) > self.part else None
        columns = columns_of(records)
        part = pack(columns, epoch=self.epoch, cursor=self.cursor, as_of=AT, last=last)
        return self.damage(part)


def columns_of(records: Sequence[TicketRecord]) -> TicketColumns:
    """Records as a part of a snapshot has them."""
    return TicketColumns(
        ids=[one.ticket_id for one in records],
        numbers=[one.number for one in records],
        names=[one.display_name or "" for one in records],
        kinds=[one.kind for one in records],
        states=[one.state for one in records],
        flags=[
            1 * one.fee_paid + 2 * one.home_loans + 4 * one.slip_not_returned for one in records
        ],
        valid_from=[one.valid_from.toordinal() for one in records],
        valid_until=[one.valid_until.toordinal() for one in records],
        registered_for=[one.registered_for for one in records],
        overdue=[(n, one.overdue_loans) for n, one in enumerate(records) if one.overdue_loans],
        rest=[
            (n, one.model_dump_json(include=set(RareFields.model_fields), exclude_none=True))
            for n, one in enumerate(records)
        ],
        credentials=[
            (n, kind, value) for n, one in enumerate(records) for kind, value in one.credentials
        ],
    )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    centre: Centre

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if self._misbehaves():
            return
        path, _, query = self.path.partition("?")
        asked = dict(part.split("=") for part in query.split("&"))
        if path.endswith("/snapshot"):
            lines = self.centre.snapshot(with_tickets=asked.get("tickets") != "apart")
            self._send(200, "application/x-ndjson", lines)
        elif path.endswith("/tickets") and self.centre.older:
            self._send(404, "application/problem+json", b'{"title": "not found"}')
        elif path.endswith("/tickets"):
            self._send(200, PACKED_MEDIA_TYPE, self.centre.tickets(asked["after"]))
        else:
            self._say(self.centre.answer_changes(int(asked["after"])))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._misbehaves():
            return
        if self.path.endswith("/events"):
            self.centre.codings.append(self.headers["Content-Encoding"])
        if self.headers["Content-Encoding"] == "zstd":
            body = zstd.decompress(body)
        name = self.path.rpartition("/")[2]
        asked, answer = self._questions().get(name, (None, None))
        if asked is not None and answer is not None:
            self._say(answer(asked.model_validate_json(body)))
        else:
            self._take(json.loads(body)["events"])

    def _questions(self) -> dict[str, tuple[type[BaseModel], Callable[[Any], BaseModel]]]:
        """What is asked under which name, and who answers."""
        return {
            "facts": (FactsQuery, self.centre.answer_facts),
            "reservations": (ReservationQuery, self.centre.answer_reservation),
            "documents": (DocumentsQuery, self.centre.answer_documents),
            "orders": (OrderQuery, self.centre.answer_order),
            "workplaces": (WorkplaceQuery, self.centre.answer_workplace),
            "bookings": (BookingQuery, self.centre.answer_booking),
            "signups": (SignupQuery, self.centre.answer_signup),
        }

    def _take(self, events: list[dict[str, Any]]) -> None:
        if self.centre.batch_refused(events):
            self._send(422, "application/problem+json", b'{"title": "not readable"}')
        else:
            self._say(self.centre.answer_events(events))

    def _misbehaves(self) -> bool:
        self.centre.asked.append(self.path)
        match self.centre.mood:
            case Mood.WELL:
                return False
            case Mood.PORTAL:
                self._send(200, "text/html", b"<h1>Welcome to our network</h1>")
            case Mood.SIGN_IN:
                self._send(200, "application/json", b'{"login": "https://portal.example"}\n')
            case Mood.REDIRECTS:
                self.send_response(302)
                self.send_header("Location", "/login")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case Mood.SILENT:
                self.centre.unblock.wait(10)
                self.close_connection = True
            case Mood.BROKEN:
                self._send(500, "text/plain", b"oh")
            case Mood.STRANGER:
                self._send(401, "application/problem+json", b'{"title": "unknown station"}')
        return True

    def _say(self, answer: BaseModel) -> None:
        self._send(200, "application/json", answer.model_dump_json().encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if self.centre.reads:
            self.send_header("Accept-Encoding", self.centre.reads)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running_centre(tls: SSLContext | None = None) -> Iterator[Centre]:
    """The peer on a port of the loopback, over TLS where it is told how."""
    centre = Centre()
    handler = type("Handler", (_Handler,), {"centre": centre})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    centre.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield centre
    finally:
        centre.unblock.set()
        server.shutdown()
        server.server_close()
        thread.join()
