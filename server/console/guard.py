"""What stands before every page: the session, the role, the form's secret; and behind it: headers.

Nothing opens that the matrix of roles does not name (threat 14).
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden

from server.console import buildings, sessions
from server.console.blueprint import console
from server.console.centre import centre, database, now, signed_in
from server.console.roles import PUBLIC, may
from server.console.sessions import SignedIn

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Nothing inline, nothing from elsewhere, in nobody's frame."""

UPLOADS: Mapping[str, int] = {
    "console.keep_photo": 9 * 1024 * 1024,
    "console.check_import": 64 * 1024 * 1024,
    "console.publish_text": 512 * 1024,
}
"""Routes to which files or long texts are sent, and how many bytes a request may have there."""

FACTOR = frozenset(
    {
        "console.second_factor", "console.try_second_factor", "console.set_up_factor",
        "console.confirm_factor", "console.sign_out",
    }
)  # fmt: skip
"""All that opens to whoever knows a password and has not shown the second factor yet."""
NEW_PASSWORD = FACTOR | {"console.account", "console.change_password"}
"""All that opens to whoever has a password that somebody else knows."""

csrf = CSRFProtect()


class Elsewhere(Forbidden):
    """The role may, and the thing is in another building (C1.3)."""


@console.before_request
def admit() -> ResponseReturnValue | None:
    """Let the request through, send it to sign in, or refuse it."""
    endpoint = request.endpoint or ""
    recognise()
    if endpoint not in PUBLIC:
        person = signed_in()
        if person is None:
            return _to_sign_in()
        step = _first_step(person, endpoint)
        if step is not None:
            return redirect(url_for(step), 303)
        if not may(person.role, endpoint):
            abort(403)
        if buildings.is_elsewhere(endpoint):
            raise Elsewhere
    request.max_content_length = UPLOADS.get(endpoint, request.max_content_length)
    csrf.protect()
    return None


def _first_step(person: SignedIn, endpoint: str) -> str | None:
    """What somebody does before anything else opens: the second factor, then a password."""
    if person.factor_missing:
        step = "console.second_factor" if person.has_factor else "console.set_up_factor"
        return None if endpoint in FACTOR else step
    if person.must_change_password and endpoint not in NEW_PASSWORD:
        return "console.account"
    return None


def recognise() -> None:
    """Find out whose session this is, once a request."""
    if "signed_in" not in g:
        token = request.cookies.get(centre().cookie, "")
        g.signed_in = _session_of(token) if token else None


def _session_of(token: str) -> SignedIn | None:
    """A page that refreshes itself shows no sign of a person: it keeps no session alive."""
    awake = "X-Live" not in request.headers
    return sessions.find(database(), token, at=now(), idle=centre().idle, awake=awake)


def _to_sign_in() -> ResponseReturnValue:
    """Back to the page asked for afterwards; an act is never repeated by itself."""
    asked = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("console.sign_in", next=asked or None), 303)


@console.after_request
def protect(response: Response) -> Response:
    """Headers of every page; nothing about people is kept in a browser's cache."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
