"""The way of a check past Flask, for as long as everything is in order.

A request that is right is answered here with the same function as in the view, without the hundreds
of calls by which Flask finds a view and makes a response. Anything else (a wrong token, a record
that can't be read, too many tries) goes on to the view, which says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, Final

from pydantic import ValidationError

from server.api.answering import answer_check
from server.api.problems import TooMany
from server.api.state import Api
from server.services.checks import UnknownStation

WsgiApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]

CHECK_PATH: Final = "/api/v1/check"
_LARGEST_BODY_BYTES: Final = 16 * 1024


class Express:
    """Answers checks, and hands on whatever is not plainly one."""

    def __init__(self, api: Api, ordinary: WsgiApplication) -> None:
        self._api = api
        self._ordinary = ordinary

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """WSGI."""
        if environ.get("PATH_INFO") == CHECK_PATH and environ.get("REQUEST_METHOD") == "POST":
            answer = self._try(environ)
            if answer is not None:
                length = str(len(answer))
                headers = [("Content-Type", "application/json"), ("Content-Length", length)]
                start_response("200 OK", headers)
                return (answer,)
        return self._ordinary(environ, start_response)

    def _try(self, environ: dict[str, Any]) -> bytes | None:
        """The answer; None leaves the request as it came."""
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isdecimal() or int(length) > _LARGEST_BODY_BYTES:
            return None
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = BytesIO(body)
        try:
            text = answer_check(self._api, environ.get("HTTP_AUTHORIZATION", ""), body)
        except (TooMany, UnknownStation, ValidationError):
            return None
        return text.encode()
