"""The history of the tables. It travels with the package and needs no file of its own.

Alembic is imported by those who run its steps; a server at work only asks which step was the last.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.orm import Session

from server.database import Database
from server.models.trigrams import MARK

if TYPE_CHECKING:
    from alembic.config import Config

_STEPS = Path(__file__).parent / "versions"


class TablesOfANewerRelease(RuntimeError):
    """The tables were brought to a form that this program does not know; nobody leads them back."""

    def __init__(self) -> None:
        super().__init__(
            "the database belongs to a newer release: install that one, or bring the backup back"
            " that was made before its update: `lystok server restore --replace FOLDER`"
        )


def upgrade(database: Database) -> None:
    """Bring the tables to the newest form, in one transaction: old or new, never half.

    Raises TablesOfANewerRelease.
    """
    with database.rebuilding() as session:
        upgrade_within(session)


def upgrade_within(session: Session) -> None:
    """The same as a part of somebody's transaction."""
    from alembic import command  # noqa: PLC0415 - see above

    _present(session.connection())
    config = configuration()
    config.attributes["connection"] = session.connection()
    command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Whether the tables have the form that this program was written for.

    Raises TablesOfANewerRelease.
    """
    with database.engine.connect() as connection:
        return _present(connection) == newest()


def _present(connection: Connection) -> str:
    """The last step that was done; empty where there are no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    found = connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
    if found > newest():
        raise TablesOfANewerRelease
    return str(found)


def newest() -> str:
    """The last step's number; its file's name begins with it."""
    return max(step.name[:4] for step in _STEPS.glob("[0-9]*.py"))


def is_compared(thing: object, name: str | None, kind: str, *_more: object) -> bool:
    """What Alembic compares: an index that only PostgreSQL needs was put there by hand."""
    by_hand = getattr(thing, "_ddl_if", None) is not None or (name or "").endswith(MARK)
    return not (kind == "index" and by_hand)


def configuration() -> Config:
    """Where the steps are."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", "server:migrations")
    return config
