"""The console of a small library: on SQLite behind pages, on both databases behind services."""

from __future__ import annotations

import io
import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from werkzeug.serving import ThreadedWSGIServer

from server import logs
from server.console import register
from server.console.centre import EXTENSION, Centre
from server.console.until_commit import UntilCommit
from server.database import open_database
from server.models import Role
from tests.server.console.desk import Clock, Desk, enter, sign_in
from tests.server.console.library import Library, furnish
from tests.server.desk_library import desk, furnished_twice
from tests.support.hasty import hasty_database

__all__ = ["desk", "furnished_twice"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Library]:
    """The library, written once; every test works on a copy of its own."""
    path = tmp_path_factory.mktemp("library") / "library.sqlite"
    database = open_database(f"sqlite:///{path}")
    library = furnish(database)
    database.close()
    return path, library


@pytest.fixture
def library(furnished: tuple[Path, Library], tmp_path: Path) -> Iterator[Library]:
    path, library = furnished
    copied = shutil.copy(path, tmp_path / "library.sqlite")
    database = hasty_database(f"sqlite:///{copied}")
    yield replace(library, database=database)
    database.close()


@pytest.fixture(scope="session")
def joined(furnished: tuple[Path, Library]) -> Flask:
    """An application with the console: its hundreds of routes take longer than most tests."""
    app = Flask("centre")
    app.secret_key = "for tests alone"
    register(app, furnished[1].database)
    return app


@pytest.fixture
def app(joined: Flask, library: Library, clock: Clock) -> Iterator[Flask]:
    """The console over the library of this test."""
    settings = dict(joined.config)
    news = UntilCommit(library.database.commits)
    joined.extensions[EXTENSION] = Centre(database=library.database, news=news, clock=clock)
    yield joined
    joined.config.update(settings)
    for limiter in joined.extensions["limiter"]:
        limiter.reset()


@pytest.fixture
def anybody(app: Flask) -> FlaskClient:
    """A browser in which nobody signed in."""
    return app.test_client()


@pytest.fixture
def desk_of(app: Flask) -> Callable[[Role], Desk]:
    """Sign in as somebody of a role."""

    def make(role: Role) -> Desk:
        client = app.test_client()
        assert sign_in(client, role.value) == 303
        return Desk(client)

    return make


@pytest.fixture
def centre(desk_of: Callable[[Role], Desk]) -> Desk:
    """The Service Centre's desk."""
    return desk_of(Role.SERVICE_CENTRE)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The console as a server on the loopback."""
    with served(app) as address:
        yield address


class _Patient(ThreadedWSGIServer):
    """Whoever is answered yet when a test ends must not meet the next one's library."""

    daemon_threads = False


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """An application on the loopback, at the address that is answered."""
    server = _Patient("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def console(page: Page, address: str) -> Page:
    """A browser at the console, signed in as the administrator."""
    enter(page, address, Role.ADMIN)
    page.wait_for_url("**/inside")
    return page


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the server writes to the terminal; the logging of the tests comes back afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    logs.begin()
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
