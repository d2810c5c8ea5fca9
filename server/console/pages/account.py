"""Sign in, sign out, language and light."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from server.console import sessions
from server.console.blueprint import console
from server.console.centre import THEMES, centre, database, now, signed_in, staff, words
from server.console.places import first_place, leads_to_first_run
from templates.words import languages

_BROWSERS = (
    ("Firefox/", "Firefox"),
    ("Edg/", "Edge"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("Windows", "Windows"),
            ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip
_A_YEAR_S = 365 * 24 * 3600


@console.get("/")
def home() -> ResponseReturnValue:
    """Each role begins at the first place that is open to it; who sets a library up, with that."""
    if leads_to_first_run():
        return redirect(url_for("console.first_run"), 303)
    return redirect(url_for(first_place()), 303)


@console.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """The form, or straight on for who is signed in already."""
    if signed_in() is not None:
        return redirect(url_for("console.home"), 303)
    return _form(request.args.get("next", ""))


@console.post("/sign-in")
def try_sign_in() -> ResponseReturnValue:
    """Open a session with a fresh token; what the browser brought along is forgotten."""
    login, password = request.form.get("login", ""), request.form.get("password", "")
    place = centre()
    token = sessions.sign_in(
        place.database, login, password, at=now(), idle=place.idle, browser=browser_name()
    )
    if token is None:
        problem = words().gettext("Обліковий запис і пароль не збігаються.")
        return _form(request.form.get("next", ""), login=login[:60], problem=problem), 401
    _end_old_session()
    session.clear()
    after = _local(request.form.get("next", ""))
    session["after"] = after
    return with_token(redirect(after, 303), token)


def with_token(response: Response, token: str) -> Response:
    """Give the browser the token of its session."""
    place = centre()
    response.set_cookie(
        place.cookie, token, httponly=True, samesite="Strict", secure=place.secure_cookie, path="/"
    )
    return response


def browser_name() -> str:
    """Browser and system in a few words, for the list of sessions."""
    told = request.user_agent.string
    browser = next((name for sign, name in _BROWSERS if sign in told), "")
    system = next((name for sign, name in _SYSTEMS if sign in told), "")
    return " · ".join(part for part in (browser, system) if part)


def _form(after: str, *, login: str = "", problem: str = "") -> str:
    return render_template("console/sign_in.html", next=after, login=login, problem=problem)


def _end_old_session() -> None:
    old = request.cookies.get(centre().cookie)
    if old and signed_in() is not None:
        sessions.end(database(), old, at=now())


@console.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session here and on the server."""
    sessions.end(database(), request.cookies.get(centre().cookie, ""), at=now())
    session.clear()
    response = redirect(url_for("console.sign_in"), 303)
    response.delete_cookie(
        centre().cookie, httponly=True, samesite="Strict", secure=centre().secure_cookie
    )
    return response


@console.post("/preferences")
def preferences() -> ResponseReturnValue:
    """Language and light, kept in the browser; the language also with the account."""
    response = redirect(_local(request.form.get("back", "")), 303)
    language, theme = request.form.get("language", ""), request.form.get("theme", "")
    if language in languages():
        _keep(response, "language", language)
        if signed_in() is not None:
            sessions.choose_language(database(), staff().staff_id, language)
    if theme in THEMES:
        _keep(response, "theme", theme)
    return response


def _keep(response: Response, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=_A_YEAR_S, httponly=True, samesite="Lax",
        secure=centre().secure_cookie,
    )  # fmt: skip


def _local(address: str) -> str:
    """An address of ours to go on to; anything else goes to the beginning."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    if not ours or parts.scheme or parts.netloc or any(sign < " " for sign in address):
        return url_for("console.home")
    return address
