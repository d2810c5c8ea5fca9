"""The ground the other tests stand on."""

import socket
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page

from tests.support import browser, postgres
from tests.support.loopback import ReachedOutsideError, is_local
from tests.support.postgres import PostgresServer, name_of


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "", None, b"127.9.9.9"])
def test_this_machine_is_local(host: object) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org", "2001:db8::1", b"192.0.2.1", 7])
def test_any_other_host_is_not_local(host: object) -> None:
    assert not is_local(host)


def test_a_connection_that_leaves_the_loopback_is_refused(reached_outside: list[str]) -> None:
    with socket.socket() as outgoing, pytest.raises(ReachedOutsideError):
        outgoing.connect(("192.0.2.1", 80))
    assert reached_outside == ["socket.connect 192.0.2.1"]
    reached_outside.clear()


def test_a_name_of_another_host_is_not_looked_up(reached_outside: list[str]) -> None:
    with pytest.raises(ReachedOutsideError):
        socket.getaddrinfo("example.org", 443)
    reached_outside.clear()


def test_a_connection_on_the_loopback_is_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""))


def test_each_test_has_an_empty_database_of_its_own(postgres_database: str) -> None:
    with connect(postgres_database) as connection:
        tables = connection.execute("SELECT * FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchall() == []


def test_the_database_server_listens_on_no_network(postgres_database: str) -> None:
    with connect(postgres_database) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_prepared_database_is_copied(postgres: PostgresServer) -> None:
    template = postgres.create_database()
    with connect(template) as connection:
        connection.execute("CREATE TABLE prepared ()")
    copy = postgres.create_database(name_of(template))
    with connect(copy) as connection:
        assert connection.execute("SELECT * FROM prepared").fetchall() == []
    postgres.drop_database(copy)
    postgres.drop_database(template)


def test_a_missing_database_server_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.fail.Exception, match="make setup"):
        postgres.find_binaries()


def test_a_missing_browser_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.fail.Exception, match="make setup"):
        browser.find_chromium()


def test_the_browser_speaks_ukrainian(page: Page) -> None:
    assert page.evaluate("navigator.language") == "uk-UA"


def test_the_browser_finds_no_host_outside(page: Page) -> None:
    assert page.goto("data:text/html,<p>here</p>") is None
    reached = page.evaluate("fetch('http://example.org').then(() => true, () => false)")
    assert reached is False
