"""The console of a small library, asked by Flask's own client or by a browser."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from werkzeug.serving import make_server

from server.console import register
from server.console.centre import EXTENSION
from server.database import open_database
from server.models import Role
from tests.server.console.library import NOON, PASSWORD, Library, factor_codes, furnish


@dataclass
class Clock:
    """Noon, until a test moves it."""

    at: datetime = field(default=NOON)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, by: timedelta) -> None:
        self.at += by


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
    database = open_database(f"sqlite:///{copied}")
    yield replace(library, database=database)
    database.close()


@pytest.fixture
def app(library: Library, clock: Clock) -> Flask:
    app = Flask("centre")
    app.secret_key = "for tests alone"
    register(app, library.database, clock=clock)
    return app


@pytest.fixture
def anybody(app: Flask) -> FlaskClient:
    """A browser in which nobody signed in."""
    return app.test_client()


class Desk:
    """A browser in which somebody signed in: it sends the form's secret along."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, status: int = 200) -> str:
        response = self.client.get(path)
        assert response.status_code == status, response.text
        return response.text

    def post(self, path: str, /, **form: str) -> str:
        form["csrf_token"] = secret_of(self.client)
        response = self.client.post(path, data=form, follow_redirects=True)
        assert response.status_code < 400, response.text
        return response.text

    def scan(self, code: str, place: str = "") -> str:
        return self.post("/scan", code=code, **{"from": place})


def secret_of(client: FlaskClient) -> str:
    """The secret that a page puts into its forms."""
    page = client.get("/help", follow_redirects=True).text
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD) -> int:
    form = {"login": login, "password": password, "csrf_token": secret_of(client)}
    answer = client.post("/sign-in", data=form)
    if answer.status_code == 303 and client.get("/account").location == "/second-factor":
        show_factor(client)
    return answer.status_code


def show_factor(client: FlaskClient) -> None:
    """The second factor: the first of the codes around now that was not used yet."""
    at = client.application.extensions[EXTENSION].clock()
    for code in factor_codes(at):
        form = {"code": code, "csrf_token": secret_of(client)}
        if client.post("/second-factor", data=form).status_code == 303:
            return
    pytest.fail("every code around now was used")


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
    server = make_server("127.0.0.1", 0, app, threaded=True)
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


def enter(page: Page, address: str, role: Role, at: datetime = NOON) -> None:
    """Sign in at a browser, with the second factor where one is asked for."""
    page.goto(f"{address}/sign-in")
    page.fill("#login", role.value)
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))
    for code in factor_codes(at):
        if not page.url.endswith("/second-factor"):
            return
        page.fill("#factor", code)
        with page.expect_navigation():
            page.click("button.primary")
