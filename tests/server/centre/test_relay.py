"""Servers over one PostgreSQL hear of each other's commits, without looking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic

import pytest
from sqlalchemy import text

from server.database import Database, open_database
from server.relay import Relay
from tests.server.centre.town import Town

pytestmark = pytest.mark.parametrize("town", ["postgresql"], indirect=True)

_SOON_S = 20.0


@pytest.fixture
def two(town: Town) -> Iterator[tuple[Database, Database]]:
    """Two servers' views of one database, each with its relay."""
    url = town.database.engine.url.render_as_string(hide_password=False)
    with ExitStack() as down:
        servers = open_database(url), open_database(url)
        for server in servers:
            down.callback(server.close)
            relay = Relay(server)
            relay.start()
            down.callback(relay.stop)
        until_they_hear(*servers)
        yield servers


def until_they_hear(here: Database, there: Database) -> None:
    ends = monotonic() + _SOON_S
    for teller, hearer in ((here, there), (there, here)):
        seen = hearer.commits.count
        while not hearer.commits.wait(seen, 0.1):
            assert monotonic() < ends, "nothing was ever heard"
            commit(teller)


def commit(server: Database) -> None:
    with server.writing() as session:
        session.execute(text("SELECT 1"))


@pytest.mark.threat(4)
def test_who_waits_at_one_server_is_woken_by_a_commit_at_the_other(
    two: tuple[Database, Database],
) -> None:
    here, there = two
    seen = there.commits.count
    commit(here)
    assert there.commits.wait(seen, _SOON_S)


def test_what_is_heard_is_not_told_again(two: tuple[Database, Database]) -> None:
    here, there = two
    own, seen = there.commits.own, there.commits.count
    commit(here)
    assert there.commits.wait(seen, _SOON_S)
    assert there.commits.own == own


def test_a_line_that_breaks_is_made_anew(two: tuple[Database, Database]) -> None:
    here, there = two
    with here.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN %' OR query LIKE 'NOTIFY %'"
            )
        )
    until_they_hear(here, there)
