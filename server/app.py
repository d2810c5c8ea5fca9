"""The application: the stations' API and the console behind one door.

They are two Flask applications: what the console does around each of its requests (sessions, forms,
limits, headers) costs the stations nothing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, json
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from gate.events import Changes
from server.api import problems, state
from server.api.express import Express, WsgiApplication
from server.api.operations import DESCRIPTION_PATH, blueprint
from server.api.problems import as_json, problem
from server.api.readings import Readings
from server.api.state import Api
from server.api.throttle import Throttle
from server.backup import shelf
from server.config import LibrarySystemKind, ServerConfig
from server.database import Database, open_database
from server.services.checks import Checks
from server.services.context import ContextHolder
from server.services.keys import Entropy

if TYPE_CHECKING:
    from server.library_systems.link import Link

Clock = Callable[[], datetime]
_LARGEST_BODY_BYTES = 8 * 1024 * 1024
_PAIRINGS_A_MINUTE = 10
_OF_THE_API = ("/api/", "/healthz", "/readyz", "/metrics")


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


def create_app(
    config: ServerConfig,
    *,
    database: Database | None = None,
    now: Clock = utc_now,
    entropy: Entropy = os.urandom,
) -> Flask:
    """Make the application. Without a database it opens the configured one.

    Nothing is asked of the database before the first request: a server may start before it.
    """
    database = database or open_database(config.database.url, config.database.pool)
    app = Flask("lystok", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY_BYTES
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    link = _link(config, database, now)
    api = _api(config, database, now, entropy, link)
    state.install(app, api)
    app.register_blueprint(blueprint())
    _add_views(app, database, config.backup.directory)
    problems.register(app)
    session_secret(config)
    door: WsgiApplication = _OneDoor(app.wsgi_app, lambda: _console(config, database, now, link))
    if proxies := config.server.proxies:
        # Otherwise all who come through the proxy are one, and share one number of tries.
        door = ProxyFix(door, x_for=proxies, x_proto=proxies)
    app.wsgi_app = Express(api, door)  # type: ignore[method-assign]
    return app


def _api(
    config: ServerConfig, database: Database, now: Clock, entropy: Entropy, link: Link | None
) -> Api:
    return Api(
        database=database,
        checks=Checks(database, ContextHolder(database), entropy),
        clock=now,
        entropy=entropy,
        waiting=threading.Semaphore(config.server.long_polls),
        pairing=Throttle(_PAIRINGS_A_MINUTE),
        strange=Throttle(config.server.strange_codes_per_minute),
        link=link,
        readings=Readings(partial(_with_backup, config.backup.directory)),
    )


def _with_backup(backups: Path, found: Changes) -> str:
    """Changes as stations are told them: with the time of the newest backup."""
    newest = shelf.latest(backups)
    made_at = None if newest is None else newest.manifest.made_at
    return found.model_copy(update={"backup_at": made_at}).model_dump_json()


def _link(config: ServerConfig, database: Database, now: Clock) -> Link | None:
    if config.library_system.kind is LibrarySystemKind.OWN:
        return None
    from server.library_systems.opening import open_link  # noqa: PLC0415 - few have one

    return open_link(config, database, now)


def _console(config: ServerConfig, database: Database, now: Clock, link: Link | None) -> Flask:
    from server import reader  # noqa: PLC0415 - see _OneDoor
    from server.console.application import register  # noqa: PLC0415 - see _OneDoor
    from server.console.centre import Outside  # noqa: PLC0415 - see _OneDoor
    from server.library_systems.reconciliation import Reconciliation  # noqa: PLC0415 - as above

    app = Flask("lystok-console", static_folder=None)
    app.secret_key = session_secret(config)
    register(
        app,
        database,
        idle=timedelta(minutes=config.sessions.idle_minutes),
        secure_cookie=config.sessions.secure_cookie,
        clock=now,
        keys_directory=config.keys.directory,
        outside=Outside(
            base_url=config.server.base_url,
            mail_sender=config.mail.sender if config.mail.host else "",
            erasures=config.backup.directory,
            link=link,
            comparison=None if link is None else Reconciliation(link, database, now),
        ),
    )
    reader.register(app, keys_directory=config.keys.directory, wallet=config.wallet)
    return app


def session_secret(config: ServerConfig) -> str:
    """What signs the console's forms. Raises FileNotFoundError where it was not made yet."""
    return config.sessions.secret_file.read_text("ascii").strip()


class _OneDoor:
    """Sends a request to the application that its address belongs to.

    The console is made when somebody first asks for it: a server that only stations ask needs a
    tenth less memory.
    """

    def __init__(self, api: WsgiApplication, make_console: Callable[[], Flask]) -> None:
        self._api = api
        self._make_console = make_console
        self._console: Flask | None = None
        self._making = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        ours = environ.get("PATH_INFO", "").startswith(_OF_THE_API)
        application = self._api if ours else self._console or self._first_console()
        return application(environ, start_response)

    def _first_console(self) -> Flask:
        with self._making:
            if self._console is None:
                self._console = self._make_console()
            return self._console


def _add_views(app: Flask, database: Database, backups: Path) -> None:
    @app.get(DESCRIPTION_PATH)
    def openapi_description() -> Response:
        """The API in OpenAPI 3.1."""
        from server.api import openapi  # noqa: PLC0415 - asked for by people, not by stations

        return as_json(json.dumps(openapi.description()))

    @app.get("/healthz")
    def healthz() -> Response:
        """The process answers."""
        return as_json({"status": "ok"})

    @app.get("/readyz")
    def readyz() -> Response:
        """The process could answer a station: its database does."""
        try:
            with database.engine.connect() as connection:
                connection.execute(text("SELECT revision FROM settings_revision"))
        except SQLAlchemyError:
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "database_away")
        return as_json({"status": "ready"})

    @app.get("/metrics")
    def metrics() -> Response:
        """Figures for Prometheus."""
        from server.metrics import exposition  # noqa: PLC0415 - many a server is never asked

        return exposition(database, backups)
