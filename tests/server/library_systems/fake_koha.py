"""A Koha for tests, written from the published description of its REST API.

It answers only what that description has: paths, parameters, embeds and fields; a question with
anything else is refused, as Koha refuses it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from flask import Flask, Response, jsonify, request
from werkzeug.serving import BaseWSGIServer, make_server

CLIENT, SECRET = "lystok", "a-secret-of-koha"
_PAGING = {"_page", "_per_page", "_match", "_order_by", "q"}
_ALLOWED = {
    "patrons": _PAGING | {"cardnumber", "surname"},
    "checkouts": _PAGING | {"patron_id", "checked_in"},
    "items": _PAGING | {"external_id"},
    "holds": _PAGING | {"patron_id"},
}
_EMBEDS = {"items": {"biblio", "home_library", "holding_library"}}


@dataclass
class Shelf:
    """What Koha has: rows as its definitions name their fields."""

    patrons: list[dict[str, Any]] = field(default_factory=list)
    checkouts: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    holds: list[dict[str, Any]] = field(default_factory=list)


class FakeKoha:
    """Serves a shelf on the loopback."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.tokens: set[str] = set()
        self.asked: list[str] = []
        self.instead: Callable[[str], Response | None] = lambda _what: None
        """Answers in its place where a test wants that."""
        self._server: BaseWSGIServer = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _app(self) -> Flask:
        app = Flask("koha")
        app.add_url_rule("/api/v1/oauth/token", "token", self._token, methods=["POST"])
        app.add_url_rule("/api/v1/<what>", "list", self._list)
        return app

    def _token(self) -> tuple[Response, int]:
        form = request.form
        if form.get("grant_type") != "client_credentials":
            return jsonify(error="unsupported_grant_type"), 400
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return jsonify(error="unauthorized_client"), 403
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        return jsonify(access_token=token, token_type="Bearer", expires_in=3600), 200

    def _list(self, what: str) -> tuple[Response, int] | Response:
        self.asked.append(what)
        instead = self.instead(what)
        if instead is not None:
            return instead
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return jsonify(error="Authentication failure."), 401
        if what not in _ALLOWED or not set(request.args) <= _ALLOWED[what]:
            return jsonify(error="Unknown query parameter", error_code="invalid_query"), 400
        embed = set(filter(None, request.headers.get("x-koha-embed", "").split(",")))
        if not embed <= _EMBEDS.get(what, set()):
            return jsonify(error="Embedding not allowed", error_code="invalid_query"), 400
        rows = [row for row in getattr(self.shelf, what) if self._fits(row)]
        return jsonify([self._shown(row, embed) for row in rows]), 200

    def _fits(self, row: dict[str, Any]) -> bool:
        wanted = json.loads(request.args.get("q", "{}"))
        plain = {name: value for name, value in request.args.items() if name == "patron_id"}
        for name, value in {**wanted, **plain}.items():
            values = value if isinstance(value, list) else [value]
            if str(row.get(name.removeprefix("me."))) not in map(str, values):
                return False
        return True

    def _shown(self, row: dict[str, Any], embed: set[str]) -> dict[str, Any]:
        return {name: value for name, value in row.items() if name != "biblio" or name in embed}
