"""How the console joins the application."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from server.console import alarms, closing, errors, guard, lists, undo
from server.console import pages as _pages  # noqa: F401 - adds the routes to the blueprint
from server.console.blueprint import console
from server.console.centre import (
    EXTENSION,
    NOTHING_OUTSIDE,
    Centre,
    Outside,
    now,
    signed_in,
    theme,
    utc_now,
    words,
)
from server.console.guard import recognise
from server.console.labels import role_name
from server.console.places import may_here, places
from server.console.until_commit import UntilCommit
from server.database import Database
from templates import assets
from templates import words as languages

ASSETS = "/assets"
_LARGEST_FORM_BYTES = 64 * 1024
SIGN_IN_LIMITS = "10 per minute; 60 per hour"
"""Refused tries from one address; the same for one account, wherever they come from."""


def register(
    app: Flask,
    database: Database,
    *,
    idle: timedelta = timedelta(hours=1),
    secure_cookie: bool = False,
    clock: Callable[[], datetime] = utc_now,
    keys_directory: Path | None = None,
    outside: Outside = NOTHING_OUTSIDE,
) -> None:
    """Join the console to an application that has a secret key.

    `idle`: a session ends after this time without a request. `secure_cookie`: served over TLS.
    `keys_directory`: where the desk's slip key lies, or is made when it is first needed.
    `outside`: what letters to readers and erasures need.
    """
    app.extensions[EXTENSION] = Centre(
        database=database, news=UntilCommit(database.commits), idle=idle,
        secure_cookie=secure_cookie, clock=clock, keys_directory=keys_directory, outside=outside,
    )  # fmt: skip
    app.config.update(
        MAX_CONTENT_LENGTH=_LARGEST_FORM_BYTES,
        SESSION_COOKIE_NAME="lystok_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=secure_cookie,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    guard.csrf.init_app(app)
    languages.install(app.jinja_env, words)
    files = f"{ASSETS}/{assets.edition()}"
    assets.install(app.jinja_env, files)
    app.jinja_env.globals.update(
        may=may_here,
        places=places,
        role_name=role_name,
        static_prefix=files,
        closing_notices=closing.notices,
        alarmed=alarms.places,
        at_lanes=alarms.at_lanes,
        calls=alarms.calls,
        undoable=undo.offered,
        asking=lists.asking,
        without=lists.without,
        clock=lambda: now().isoformat(),
    )
    app.context_processor(lambda: {"signed_in": signed_in(), "theme": theme()})
    app.register_blueprint(console)
    errors.register(app)
    _limit_sign_in(app)


def _limit_sign_in(app: Flask) -> None:
    """Guessing passwords is slow from one address, and slow for one account from many."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    tries = {
        "console.try_sign_in": (get_remote_address, _account),
        "console.try_second_factor": (_person,),
        "console.confirm_factor": (_person,),
        "console.change_password": (_person,),
    }
    for endpoint, keys in tries.items():
        view: Any = app.view_functions[endpoint]
        for key in keys:
            view = limiter.limit(SIGN_IN_LIMITS, key_func=key, deduct_when=_was_refused)(view)
        app.view_functions[endpoint] = view


def _person() -> str:
    """Whoever knows the password guesses no code and no other password either."""
    recognise()
    person = signed_in()
    return f"person:{person.staff_id}" if person else get_remote_address()


def _account() -> str:
    return f"account:{request.form.get('login', '').strip().casefold()[:60]}"


def _was_refused(response: Response) -> bool:
    """A whole shift may sign in through one address; only wrong passwords count."""
    return response.status_code == HTTPStatus.UNAUTHORIZED
