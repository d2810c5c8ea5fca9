"""Neither names nor secrets reach the log, whoever asks and whatever goes wrong (threat 21)."""

from __future__ import annotations

import io
import logging
from contextlib import closing
from datetime import UTC

import pytest
from sqlalchemy.exc import IntegrityError

from server.library_systems.contract import SystemAway
from server.library_systems.link import Link
from server.library_systems.mirror import Terms
from server.library_systems.sip2.client import Manners, Sip2System
from server.library_systems.sip2.connection import Address, Connection
from server.library_systems.sip2.pool import Pool
from server.library_systems.sip2.recorder import WireRecorder
from server.library_systems.sip2.serving import Centre
from server.models import Patron, Ticket
from tests.server.centre.town import NOON, Town
from tests.server.library_systems.conftest import PASSWORD

PLENTY_S = 20.0
NAMES = ("Коваленко", "Олена")


@pytest.fixture
def log(written: io.StringIO) -> io.StringIO:
    """Everything that the server would write, down to what only a developer asks for."""
    logging.getLogger().setLevel(logging.DEBUG)
    return written


def linked(town: Town, centre: Centre, password: str) -> Link:
    port: int = centre.server_address[1]
    address = Address(host="127.0.0.1", port=port, user="olha", password=password)
    wire = WireRecorder("utf-8", lambda: NOON)
    pool = Pool(lambda until_s: Connection(address, wire, until_s=until_s), 1)
    system = Sip2System(pool, Manners(institution="МБ", zone=lambda: UTC), wire)
    return Link(system, town.database, Terms(department="1"), deadline_s=PLENTY_S, at_once=1)


@pytest.mark.threat(21)
def test_asking_and_being_asked_tell_the_log_of_nobody(
    town: Town, centre: Centre, log: io.StringIO
) -> None:
    ticket, book = town.ticket(), town.document()
    town.issue(town.inside(ticket), book)
    with town.database.reading() as session:
        number = session.get_one(Ticket, ticket).number
    with closing(linked(town, centre, PASSWORD)) as link:
        assert link.ask(number, at=NOON).loans
    with closing(linked(town, centre, "хибне-слово")) as link:
        for _ in range(3):
            with pytest.raises(SystemAway):
                link.ask(number, at=NOON)
    told = log.getvalue()
    assert "library system sip2 is away" in told
    for private in (*NAMES, number, book, PASSWORD, "хибне-слово", "Кобзар"):
        assert private not in told


@pytest.mark.threat(21)
def test_what_the_database_refuses_is_logged_without_the_row(town: Town, log: io.StringIO) -> None:
    try:
        town.patron(given_name=None)
    except IntegrityError:
        logging.getLogger("server.somewhere").exception("could not be written")
    assert "IntegrityError" in log.getvalue()
    assert Patron.__tablename__ in log.getvalue()
    assert NAMES[0] not in log.getvalue()
