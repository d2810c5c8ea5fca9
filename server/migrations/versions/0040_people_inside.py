"""People inside are counted by an index of their own, whatever has been closed that day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    """Apply the step."""
    op.create_index(
        "ix_visit_inside", "visit", ["local_day", "branch_code", "state", "persons"],
        sqlite_where=_OPEN, postgresql_where=_OPEN,
    )  # fmt: skip
    op.drop_index("ix_visit_open", "visit")
