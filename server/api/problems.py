"""Problems as RFC 9457 describes them: a status, a code for programs, a sentence for people."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, json, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import HTTPException

from server.services.alarm_signals import UnknownBranch
from server.services.checks import UnknownStation
from server.services.reservations import UnknownEvent
from server.services.stations import PairingRefused, StationRevoked

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)


class Problem(BaseModel):
    """The body of every answer that is not a success."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(default="about:blank", description="URI of the kind of problem")
    title: str
    status: int
    code: str = Field(description="For programs: never renamed")
    detail: str = ""
    errors: list[dict[str, str]] = Field(default_factory=list, description="Field by field")


class TooMany(Exception):
    """The caller asks too often."""


def problem(status: HTTPStatus, code: str, detail: str = "", **more: Any) -> Response:
    """Answer with a problem."""
    body = Problem(title=status.phrase, status=status, code=code, detail=detail, **more)
    return Response(body.model_dump_json(), status, mimetype=MEDIA_TYPE)


def register(app: Flask) -> None:
    """Answer every exception of the API as a problem; an unforeseen one is logged whole."""
    app.register_error_handler(ValidationError, _invalid)
    app.register_error_handler(UnknownStation, _unknown_station)
    app.register_error_handler(PairingRefused, _pairing_refused)
    app.register_error_handler(StationRevoked, _station_revoked)
    app.register_error_handler(UnknownEvent, _unknown_event)
    app.register_error_handler(UnknownBranch, _unknown_branch)
    app.register_error_handler(TooMany, _too_many)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _invalid(error: ValidationError) -> Response:
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    errors = [
        {"field": ".".join(map(str, fault["loc"])), "problem": fault["msg"]} for fault in faults
    ]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_record", errors=errors)


def _unknown_station(_error: UnknownStation) -> Response:
    answer = problem(HTTPStatus.UNAUTHORIZED, "unknown_station", "pair this station")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _station_revoked(_error: StationRevoked) -> Response:
    return problem(HTTPStatus.FORBIDDEN, "station_revoked", "forget what you hold")


def _pairing_refused(_error: PairingRefused) -> Response:
    detail = "the code is wrong, used, or older than ten minutes"
    return problem(HTTPStatus.FORBIDDEN, "pairing_refused", detail)


def _unknown_event(_error: UnknownEvent) -> Response:
    return problem(HTTPStatus.NOT_FOUND, "unknown_event")


def _unknown_branch(_error: UnknownBranch) -> Response:
    return problem(HTTPStatus.NOT_FOUND, "unknown_branch", "no alarm was raised or ended")


def _too_many(_error: TooMany) -> Response:
    answer = problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many")
    answer.headers["Retry-After"] = "60"
    return answer


def _http(error: HTTPException) -> Response:
    if error.code is None:
        return _unforeseen(error)
    status = HTTPStatus(error.code)
    answer = problem(status, status.name.lower(), error.description or "")
    allowed = error.get_headers(request.environ)
    answer.headers.extend(header for header in allowed if header[0] == "Allow")
    return answer


def _unforeseen(error: Exception) -> Response:
    """The edge of a request: nothing of the fault's words leaves the server."""
    _log.error("request failed: %s", request.path, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal")


def as_json(body: str | dict[str, Any]) -> Response:
    """A successful answer."""
    text = body if isinstance(body, str) else json.dumps(body)
    return Response(text, mimetype="application/json")
