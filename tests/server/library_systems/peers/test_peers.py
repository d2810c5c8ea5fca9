"""SIP2 with what others wrote: two servers that we ask, two clients that ask us.

`make test-peers` installs them; elsewhere these tests are skipped and say so.
"""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from gate.facts import LoanPlace
from server.library_systems.contract import SystemAway
from server.library_systems.places import Places
from server.library_systems.sip2.client import Manners, Sip2System
from server.library_systems.sip2.connection import Address, Connection
from server.library_systems.sip2.message import Dialect
from server.library_systems.sip2.pool import Pool
from server.library_systems.sip2.recorder import WireRecorder
from server.library_systems.sip2.serving import Centre
from server.models import Ticket
from tests.server.centre.town import NOON, Town
from tests.server.library_systems.conftest import PASSWORD

PROGRAMS = Path(__file__).parent / "programs"
PYTHON = Path(__file__).parents[4] / ".venv-peers" / "bin" / "python"
STARTS_WITHIN_S = 60.0
PLENTY_S = 20.0

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="no peers here: `make test-peers`")


@pytest.fixture(params=["serve_pysip2.py", "serve_invenio.py"])
def peer(request: pytest.FixtureRequest) -> Iterator[int]:
    """A server that somebody else wrote; its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    program = subprocess.Popen([PYTHON, PROGRAMS / request.param, str(port)])
    try:
        _wait_for(port, program)
        yield port
    finally:
        program.kill()
        program.wait()


def _wait_for(port: int, program: subprocess.Popen[bytes]) -> None:
    ends = monotonic() + STARTS_WITHIN_S
    while monotonic() < ends and program.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            sleep(0.1)
        else:
            return
    pytest.fail("the peer did not start")


def client(port: int, password: str = "peer-password") -> Sip2System:
    address = Address(host="127.0.0.1", port=port, user="kiosk", password=password)
    recorder = WireRecorder("utf-8", lambda: NOON)
    pool = Pool(lambda until_s: Connection(address, recorder, until_s=until_s), 1)
    places = Places({"ЧЗ": "5", "АБ": "1"}, frozenset({"ЧЗ"}))
    return Sip2System(pool, Manners(institution="МБ", zone=lambda: UTC, places=places), recorder)


def test_we_ask_their_servers(peer: int) -> None:
    with closing(client(peer)) as asking:
        assert asking.standing(within_s=PLENTY_S).online
        account = asking.account("4711", at=NOON, within_s=PLENTY_S)
        told = [(loan.item, loan.title, loan.place, loan.department) for loan in account.loans]
        assert told == [
            ("1001", "Кобзар", LoanPlace.READING_ROOM, "5"),
            ("1002", "Лісова пісня", LoanPlace.HOME, "1"),
        ]
        assert account.name == "Олена Коваленко"
        assert account.holds == 1


@pytest.mark.parametrize("peer", ["serve_pysip2.py"], indirect=True)
def test_their_stranger_is_one_to_us(peer: int) -> None:
    with closing(client(peer)) as asking:
        assert not asking.account("nobody", at=NOON, within_s=PLENTY_S).known


def test_their_servers_refuse_a_wrong_password(peer: int) -> None:
    with closing(client(peer, "wrong")) as asking, pytest.raises(SystemAway, match="refuses"):
        asking.standing(within_s=PLENTY_S)


def asked_by(script: str, centre: Centre, *words: str) -> Any:
    port: int = centre.server_address[1]
    done = subprocess.run(
        [PYTHON, PROGRAMS / script, str(port), PASSWORD, *words],
        capture_output=True, text=True, timeout=STARTS_WITHIN_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith(("{", "["))]
    return json.loads(told[-1])


def number_of(town: Town, ticket: str) -> str:
    with town.database.reading() as session:
        return session.get_one(Ticket, ticket).number


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
@pytest.mark.parametrize("dialect", [Dialect(code_point_sums=True)])
def test_a_machine_with_the_package_sip2_lends_and_returns(town: Town, centre: Centre) -> None:
    ticket, book = town.ticket(), town.document()
    town.inside(ticket)
    told = asked_by("ask_sip2.py", centre, number_of(town, ticket), book)
    assert told["login"] is True
    assert told["valid"] is True
    assert told["checkout"]["fixed"]["Ok"] == "1", told["checkout"]
    assert told["checkin"]["fixed"]["Ok"] == "1", told["checkin"]


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
def test_the_codec_of_pysip2_reads_all_that_we_answer(town: Town, centre: Centre) -> None:
    ticket, book = town.ticket(), town.document()
    town.issue(town.inside(ticket), book, LoanPlace.HOME)
    told = asked_by("ask_pysip2.py", centre, number_of(town, ticket), book)
    kinds = ("LoginResponse", "ACSStatusResponse", "PatronInformationResponse",
             "ItemInformationResponse")  # fmt: skip
    for answer, kind in zip(told, kinds, strict=True):
        assert kind in answer
    assert book in told[2]
    assert "Кобзар" in told[3]
