"""A reader's pages over the console's small library, as the server joins them."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server import reader
from server.config import WalletSection
from server.console import register
from server.models import Ticket
from server.services import keys, ticket_links, tickets
from tests.server.console.desk import Clock
from tests.server.console.library import NOON, Library

NUMBER = "RD-1001"


class Chance:
    """Bytes that never come twice."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, count: int) -> bytes:
        self._count += 1
        return bytes((self._count * 7 + place) % 256 for place in range(count))


chance = Chance()


@pytest.fixture
def keys_directory(library: Library, tmp_path: Path) -> Path:
    keys.create(library.database, tmp_path / "keys", actor="system", at=NOON, entropy=Chance())
    return tmp_path / "keys"


@pytest.fixture
def wallet() -> WalletSection:
    return WalletSection()


@pytest.fixture
def app(library: Library, clock: Clock, keys_directory: Path, wallet: WalletSection) -> Flask:
    app = Flask("centre")
    app.secret_key = "for tests alone"
    register(app, library.database, clock=clock, keys_directory=keys_directory)
    reader.register(app, keys_directory=keys_directory, wallet=wallet)
    return app


@pytest.fixture
def phone(app: Flask) -> FlaskClient:
    """A phone's browser: nobody signed in, Ukrainian."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "uk"
    return client


@pytest.fixture
def link(library: Library) -> str:
    """The path that stands in a letter."""
    return new_link(library)


def new_link(library: Library) -> str:
    with library.database.writing() as session:
        ticket = tickets.by_number(session, NUMBER)
        return f"/t/{ticket_links.to_send(session, ticket, at=NOON, entropy=chance)}"


def ticket_of(library: Library) -> Ticket:
    with library.database.reading() as session:
        return tickets.by_number(session, NUMBER)
