"""The history of the tables. It travels with the package and needs no file of its own."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from server.database import Database


def upgrade(database: Database) -> None:
    """Bring the tables to the newest form, in one transaction: old or new, never half."""
    with database.writing() as session:
        config = configuration()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Whether the tables have the form that this program was written for."""
    with database.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_heads()
    return set(present) == set(ScriptDirectory.from_config(configuration()).get_heads())


def configuration() -> Config:
    """Where the steps are."""
    config = Config()
    config.set_main_option("script_location", "server:migrations")
    return config
