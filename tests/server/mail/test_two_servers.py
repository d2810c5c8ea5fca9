"""Two servers over one PostgreSQL share the queue: no letter is taken by both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from server.database import Database, open_database
from server.models import Base, Mail
from server.services import mail
from tests.server.mail.conftest import NOON, kept, put


@pytest.fixture
def shared(postgres_database: str) -> Iterator[tuple[Database, Database]]:
    one, other = open_database(postgres_database), open_database(postgres_database)
    Base.metadata.create_all(one.engine)
    yield one, other
    one.close()
    other.close()


def test_a_letter_in_one_server_s_hands_is_passed_over_by_the_other(
    shared: tuple[Database, Database],
) -> None:
    one, other = shared
    first, second = put(one), put(one, at=NOON + timedelta(seconds=1))
    at = NOON + timedelta(minutes=1)
    with one.writing() as session:
        held = session.scalar(select(Mail).where(Mail.id == first).with_for_update())
        assert held is not None
        taken = mail.take(other, at=at)
        assert taken is not None
        assert taken.mail_id == second
        assert mail.take(other, at=at) is None
    assert mail.take(other, at=at) is not None
    assert kept(one, first).tries == 1
