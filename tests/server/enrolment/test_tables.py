"""The tables of enrolment, as the steps make them and as the models name them."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from server.models import Base
from tests.server.enrolment.conftest import Desk

OURS = {
    str(mapper.local_table.description)
    for mapper in Base.registry.mappers
    if mapper.class_.__module__ == "server.models.enrolment"
}


def test_steps_and_models_make_the_same_tables(desk: Desk) -> None:
    with desk.database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    tables = {str(getattr(entry[1], "name", entry)) for entry in found}
    assert len(OURS) == 11
    assert not tables & OURS
