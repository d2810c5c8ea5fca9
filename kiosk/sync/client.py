"""The centre, as a station sees it: each call answers with a record or says why not.

An answer is believed only if it is JSON in the agreed shape: the page of a captive portal, a
redirect or a proxy's error is not our server (fault 13).
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final, TypeVar

import requests
from backports import zstd
from pydantic import AwareDatetime, ValidationError

from gate.events import (
    PACKED_MEDIA_TYPE,
    AuditHead,
    BadPart,
    BookingAnswer,
    BookingQuery,
    Changes,
    DocumentsAnswer,
    DocumentsQuery,
    EventReceipts,
    FactsAnswer,
    FactsQuery,
    OrderAnswer,
    OrderQuery,
    PairAnswer,
    PairQuery,
    Part,
    PreregistrationAnswer,
    PreregistrationQuery,
    Record,
    ReservationAnswer,
    ReservationQuery,
    Row,
    RowTable,
    SignupAnswer,
    SignupQuery,
    TermsRecord,
    WorkplaceAnswer,
    WorkplaceQuery,
    unpack,
)

_JSON: Final = ("application/json", "application/problem+json")
_STREAM: Final = ("application/x-ndjson", "application/jsonl", *_JSON)
_CONNECT_S: Final = 3.0
_ANSWER_S: Final = 15.0
_CHUNK: Final = 65536
_WORTH_BYTES: Final = 500
_REVOKED: Final = "station_revoked"
_TABLES: Final = frozenset(table.value for table in RowTable)

R = TypeVar("R", bound=Record)


class ServerError(Exception):
    """The server did not do what was asked."""


class ServerAway(ServerError, ConnectionError):
    """No answer, or none in time. Try later."""


class NotOurServer(ServerAway):
    """Something answered that is not the centre. Try later."""


class BadCertificate(NotOurServer):
    """Its certificate is not good: nothing was sent. Its words say why (fault 33)."""


class ServerRefused(ServerError):
    """The server answered and refused; `status` is that of HTTP, `problem` its own words."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(f"{status} {problem}")
        self.status = status
        self.problem = problem


class NotAdmitted(ServerRefused, PermissionError):
    """The server does not know this station, or no more: it must be paired."""


class Revoked(NotAdmitted):
    """The server knows this station and has shut it out: it was stolen, or given up."""


class SnapshotHead(Record):
    """The first line of a snapshot."""

    epoch: str
    cursor: int
    as_of: AwareDatetime


class ServerClient:
    """The station API over HTTP. One object serves several threads.

    `token` is the station's own; without one only pairing works.
    """

    def __init__(self, url: str, token: str = "", ca_file: Path | None = None) -> None:
        self._url = f"{url}/api/v1"
        self._session = requests.Session()
        # Proxies and passwords of the machine's user are none of the station's business.
        self._session.trust_env = False
        self._session.verify = True if ca_file is None else str(ca_file)
        self._session.headers["Accept"] = "application/json, */*;q=0.5"
        self._compresses = False
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def pair(self, query: PairQuery) -> PairAnswer:
        """Make this station known, by a one-time code."""
        return self._post("pair", query.model_dump_json(), PairAnswer)

    def facts(self, query: FactsQuery, timeout_s: float) -> FactsAnswer:
        """What the server knows at this moment."""
        return self._post("facts", query.model_dump_json(), FactsAnswer, timeout_s)

    def reserve(self, query: ReservationQuery, timeout_s: float) -> ReservationAnswer:
        """Take places of an event."""
        return self._post("reservations", query.model_dump_json(), ReservationAnswer, timeout_s)

    def sign_up(self, query: SignupQuery, timeout_s: float) -> SignupAnswer:
        """Sign up for an event by a ticket."""
        return self._post("signups", query.model_dump_json(), SignupAnswer, timeout_s)

    def find_documents(self, query: DocumentsQuery, timeout_s: float) -> DocumentsAnswer:
        """What can be asked for."""
        return self._post("documents", query.model_dump_json(), DocumentsAnswer, timeout_s)

    def order(self, query: OrderQuery, timeout_s: float) -> OrderAnswer:
        """Ask for a document."""
        return self._post("orders", query.model_dump_json(), OrderAnswer, timeout_s)

    def workplace(self, query: WorkplaceQuery, timeout_s: float) -> WorkplaceAnswer:
        """Ask for a computer of the information centre."""
        return self._post("workplaces", query.model_dump_json(), WorkplaceAnswer, timeout_s)

    def book(self, query: BookingQuery, timeout_s: float) -> BookingAnswer:
        """Book a computer of the information centre, or hear when one is free."""
        return self._post("bookings", query.model_dump_json(), BookingAnswer, timeout_s)

    def terms(self, timeout_s: float) -> TermsRecord:
        """What enrolment asks and costs today."""
        return _read(_body(self._ask("GET", "terms", answer_s=timeout_s)), TermsRecord)

    def preregister(self, query: PreregistrationQuery, timeout_s: float) -> PreregistrationAnswer:
        """Leave an enrolment for the desk."""
        body = query.model_dump_json()
        return self._post("preregistrations", body, PreregistrationAnswer, timeout_s)

    def send(self, events: Sequence[str], head: AuditHead | None = None) -> EventReceipts:
        """Deliver events, each given as JSON, with the head of the audit log kept here."""
        kept = "" if head is None else f',"audit_head":{head.model_dump_json()}'
        return self._post("events", f'{{"events":[{",".join(events)}]{kept}}}', EventReceipts)

    def changes(self, after: int, epoch: str, wait_s: float) -> Changes:
        """Rows that changed after the cursor; waits up to `wait_s` for the first."""
        params = {"after": str(after), "epoch": epoch, "wait_s": f"{wait_s:g}"}
        response = self._ask("GET", "changes", params=params, answer_s=wait_s + _ANSWER_S)
        body = _body(response)
        body["rows"] = [row for row in body.get("rows", ()) if _is_known(row)]
        return _read(body, Changes)

    def tickets(self, after: str) -> Part:
        """The part of a snapshot's tickets behind an id; the first one behind an empty text.

        Raises ServerRefused with status 404 where the server is older than parts.
        """
        response = self._ask("GET", "tickets", params={"after": after})
        _expect(response, (PACKED_MEDIA_TYPE,))
        try:
            return unpack(response.content)
        except BadPart as error:
            raise NotOurServer(str(error)) from error

    @contextmanager
    def snapshot(self, *, with_tickets: bool) -> Iterator[tuple[SnapshotHead, Iterator[Row]]]:
        """Everything, or all but the tickets: its head and its rows, once all of it has arrived.

        It waits in a file, so that nobody holds a lock or much memory while the network is slow.
        """
        params = {"tickets": "lines" if with_tickets else "apart"}
        response = self._ask("GET", "snapshot", params=params, stream=True)
        with closing(response), TemporaryFile() as spool:
            _expect(response, _STREAM)
            _spool(response, spool)
            yield _head(spool.readline()), _rows(spool)

    def _post(self, path: str, body: str, model: type[R], answer_s: float = _ANSWER_S) -> R:
        return _read(_body(self._ask("POST", path, body=body, answer_s=answer_s)), model)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: str | None = None,
        stream: bool = False,
        answer_s: float = _ANSWER_S,
    ) -> requests.Response:
        data, headers = self._folded(body)
        try:
            response = self._session.request(
                method,
                f"{self._url}/{path}",
                params=params,
                data=data,
                headers=headers,
                timeout=(min(_CONNECT_S, answer_s), answer_s),
                allow_redirects=False,
                stream=stream,
            )
        except requests.exceptions.SSLError as error:
            raise BadCertificate(_why(error)) from error
        except (requests.RequestException, OSError) as error:
            raise ServerAway(type(error).__name__) from error
        _check_status(response)
        self._compresses = "zstd" in response.headers.get("Accept-Encoding", "")
        return response

    def _folded(self, body: str | None) -> tuple[bytes | None, dict[str, str]]:
        """A body as it is sent: compressed for a server that said that it reads that (RFC 7694)."""
        if body is None:
            return None, {}
        headers, data = {"Content-Type": "application/json"}, body.encode()
        if not self._compresses or len(data) < _WORTH_BYTES:
            return data, headers
        return zstd.compress(data), headers | {"Content-Encoding": "zstd"}


def _why(error: BaseException | None) -> str:
    """What OpenSSL says of a certificate, out of the exceptions wrapped around that."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"certificate: {error.verify_message}"
        inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
        error = getattr(error, "reason", None) or error.__cause__ or inner
    return "certificate"


def _check_status(response: requests.Response) -> None:
    status = response.status_code
    if status == requests.codes.ok:
        return
    if not requests.codes.bad_request <= status < requests.codes.server_error:
        raise ServerAway(f"status {status}")
    _expect(response, _JSON)
    told = _body(response)
    problem = str(told.get("title", ""))
    if told.get("code") == _REVOKED:
        raise Revoked(status, problem)
    if status in (requests.codes.unauthorized, requests.codes.forbidden):
        raise NotAdmitted(status, problem)
    raise ServerRefused(status, problem)


def _expect(response: requests.Response, kinds: tuple[str, ...]) -> None:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in kinds:
        raise NotOurServer(f"an answer of type {kind or 'unknown'}")


def _body(response: requests.Response) -> dict[str, Any]:
    _expect(response, _JSON)
    try:
        body = response.json()
    except (ValueError, requests.RequestException) as error:
        raise NotOurServer("an answer that is no JSON") from error
    if not isinstance(body, dict):
        raise NotOurServer("an answer of another shape")
    return body


def _read(body: dict[str, Any], model: type[R]) -> R:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise NotOurServer(f"an answer that is no {model.__name__}") from error


def _is_known(row: Any) -> bool:
    """A newer server may send rows of tables that this version does not know (fault 34)."""
    return isinstance(row, dict) and row.get("table") in _TABLES


def _spool(response: requests.Response, spool: IO[bytes]) -> None:
    try:
        for chunk in response.iter_content(_CHUNK):
            spool.write(chunk)
    except (requests.RequestException, OSError) as error:
        raise ServerAway("the snapshot broke off") from error
    spool.seek(0)


def _head(line: bytes) -> SnapshotHead:
    try:
        return SnapshotHead.model_validate_json(line)
    except ValidationError as error:
        raise NotOurServer("a snapshot without its head") from error


def _rows(lines: Iterable[bytes]) -> Iterator[Row]:
    for line in lines:
        try:
            row = json.loads(line)
            if _is_known(row):
                yield Row.model_validate(row)
        except ValueError as error:
            raise NotOurServer("a line of the snapshot is no row") from error
