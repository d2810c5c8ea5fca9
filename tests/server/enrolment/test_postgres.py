"""The same on PostgreSQL: its steps make the tables, and an enrolment goes through."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from gate.facts import CredentialKind
from gate.reasons import Reason, Verdict
from server import migrations
from server.database import open_database
from server.models import Base, Role, Staff
from server.services import cards, photos, search
from server.services import ticket_life as life
from tests.server.enrolment.conftest import NOON, Desk
from tests.server.enrolment.test_life import picture
from tests.server.enrolment.test_tables import OURS


@pytest.fixture
def large(postgres_database: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk of a library with PostgreSQL."""
    database = open_database(postgres_database)
    migrations.upgrade(database)
    with database.writing() as session:
        session.add(
            Staff(
                login="desk", name="Марія Бондар", role=Role.SERVICE_CENTRE, created_at=NOON,
                password_hash="!", department_code=None,
            )
        )  # fmt: skip
    yield Desk(database, tmp_path)
    database.close()


def test_a_reader_is_enrolled_found_and_given_a_duplicate(large: Desk) -> None:
    patron_id, old = large.enrol(surname="Мар'яненко", phone="+380 50 111 22 33")
    photos.keep(large.database, patron_id, picture(), by=large.by)
    cards.link(large.database, old, CredentialKind.CARD, "04A1B2C3", by=large.by)
    new = life.duplicate(large.database, old, damaged=False, by=large.by, entropy=large.chance)
    assert large.judge(old).codes == (Reason.TICKET_REPLACED,)
    assert large.judge(new).verdict is Verdict.GRANT
    for typed in ("маряненко", "0501112233", large.ticket(new).number[2:7]):
        assert [hit.patron_id for hit in search.patrons(large.database, typed)] == [patron_id]


def test_steps_and_models_make_the_same_tables_there_too(large: Desk) -> None:
    with large.database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert not {str(getattr(entry[1], "name", entry)) for entry in found} & OURS
