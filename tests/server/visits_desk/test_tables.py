"""The steps of the tables lead to the models, on both databases."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from server import migrations
from server.database import open_database
from server.models import Base

ONLY_ON_POSTGRESQL = {"ix_audit_record_position", "ix_change_position"}


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_steps_lead_to_the_models(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = f"sqlite:///{tmp_path / 'new.sqlite'}"
    url = file if kind == "sqlite" else request.getfixturevalue("postgres_database")
    database = open_database(url)
    migrations.upgrade(database)
    assert migrations.is_current(database)
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    database.close()
    assert [found for found in differences if not _is_expected(found)] == []


def _is_expected(found: tuple[object, ...]) -> bool:
    return found[0] == "add_index" and getattr(found[1], "name", "") in ONLY_ON_POSTGRESQL
