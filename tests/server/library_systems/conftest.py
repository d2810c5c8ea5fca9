"""A town on both databases, and a SIP2 centre before it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC

import pytest

from server.library_systems.sip2 import serving
from server.library_systems.sip2.answers import House
from server.library_systems.sip2.message import Dialect
from server.library_systems.sip2.said import say
from server.library_systems.sip2.serving import Centre
from server.models import Staff
from server.services import passwords
from templates.words import words_for
from tests.server.centre.conftest import postgres_town, sqlite_town, town
from tests.server.centre.town import NOON, Town
from tests.server.library_systems.sip2.wild import WildCentre

__all__ = ["centre", "dialect", "postgres_town", "sqlite_town", "town", "wild"]

PASSWORD = "книги-стоять-рівно"


def say_in_ukrainian(code: str) -> str:
    return say(words_for("uk"), code)


@pytest.fixture
def dialect() -> Dialect:
    """How the centre is set to speak."""
    return Dialect()


@pytest.fixture
def centre(town: Town, dialect: Dialect) -> Iterator[Centre]:
    """Lystok's own SIP2 centre over the town, where `olha` of department 5 may sign in."""
    town.change(Staff, 1, password_hash=passwords.hash_password(PASSWORD))
    house = House(institution="МБ", library_name="Міська", zone=UTC, say=say_in_ukrainian)
    service = serving.service(town.database, house, dialect, lambda: NOON)
    with Centre(("127.0.0.1", 0), service, None) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def wild() -> Iterator[WildCentre]:
    """A centre that answers whatever a test tells it to."""
    with WildCentre() as running:
        yield running
