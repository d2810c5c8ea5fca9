"""Draft the next step: `python -m server.migrations "what it does"`; read it, then format it.

The draft is the difference between the tables that all steps so far make and the models.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from server.database import open_database
from server.migrations import configuration, upgrade
from server.models.base import fit_to


def draft(message: str) -> None:
    """Write the file of the next step beside the others."""
    steps = list(ScriptDirectory.from_config(configuration()).walk_revisions())
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder, 'draft.sqlite')}")
        upgrade(database)
        for dialect in ("sqlite", "postgresql"):
            fit_to(dialect)
        with database.writing() as session:
            config = configuration()
            config.attributes["connection"] = session.connection()
            command.revision(config, message, autogenerate=True, rev_id=f"{len(steps) + 1:04}")
        database.close()


if __name__ == "__main__":
    draft(" ".join(sys.argv[1:]) or "next step")
