"""SIP2 over TLS: the library's own authority is trusted, and nobody else's."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from server.library_systems.contract import SystemAway
from server.library_systems.sip2 import serving
from server.library_systems.sip2.answers import House
from server.library_systems.sip2.client import Manners, Sip2System
from server.library_systems.sip2.connection import Address, Connection
from server.library_systems.sip2.message import Dialect
from server.library_systems.sip2.pool import Pool
from server.library_systems.sip2.recorder import WireRecorder
from server.library_systems.sip2.serving import Centre
from server.models import Staff
from server.services import passwords
from tests.server.centre.town import NOON, Town
from tests.server.library_systems.conftest import PASSWORD, say_in_ukrainian
from tests.support.certificates import Authority, authority

PLENTY_S = 20.0
pytestmark = pytest.mark.parametrize("town", ["sqlite"], indirect=True)


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return authority(tmp_path)


@pytest.fixture
def guarded(town: Town, ours: Authority) -> Iterator[Centre]:
    """A centre that answers over TLS alone."""
    town.change(Staff, 1, password_hash=passwords.hash_password(PASSWORD))
    house = House(institution="МБ", library_name="Міська", zone=UTC, say=say_in_ukrainian)
    service = serving.service(town.database, house, Dialect(), lambda: NOON)
    with Centre(("127.0.0.1", 0), service, ours.server(timedelta(days=30))) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def machine(centre: Centre, trusted: ssl.SSLContext | None) -> Sip2System:
    port: int = centre.server_address[1]
    address = Address(
        host="127.0.0.1", port=port, tls=trusted, user="olha", password=PASSWORD
    )  # fmt: skip
    recorder = WireRecorder("utf-8", lambda: NOON)
    pool = Pool(lambda until_s: Connection(address, recorder, until_s=until_s), 1)
    return Sip2System(pool, Manners(institution="МБ", zone=lambda: UTC), recorder)


def test_who_trusts_the_library_s_authority_is_answered(guarded: Centre, ours: Authority) -> None:
    trusted = ssl.create_default_context(cafile=ours.file)
    with closing(machine(guarded, trusted)) as asking:
        assert asking.standing(within_s=PLENTY_S).online


def test_another_authority_is_not_trusted(guarded: Centre, tmp_path: Path) -> None:
    other = ssl.create_default_context(cafile=authority(tmp_path, "other").file)
    with closing(machine(guarded, other)) as asking, pytest.raises(SystemAway, match="no TLS"):
        asking.standing(within_s=PLENTY_S)


def test_who_speaks_without_tls_gets_no_answer(guarded: Centre) -> None:
    with closing(machine(guarded, None)) as asking, pytest.raises(SystemAway):
        asking.standing(within_s=2.0)
