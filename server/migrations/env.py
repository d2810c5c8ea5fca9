"""What Alembic runs: always on a connection that somebody opened, inside its transaction."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from server.migrations import is_compared
from server.models import Base
from server.models.base import CommitPosition, UtcDateTime


def _render(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """Steps name plain types of SQLAlchemy, so that they outlive changes of our own."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    if kind == "server_default" and isinstance(getattr(item, "arg", None), CommitPosition):
        autogenerate.imports.add("from server.models import CommitPosition")
        return "CommitPosition()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=_render,
    include_object=is_compared,
    # SQLite has transactional DDL; only its driver needed telling, see server.database.
    transactional_ddl=True,
)
context.run_migrations()
