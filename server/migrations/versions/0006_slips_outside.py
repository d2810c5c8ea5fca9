"""An index of the visits whose slip was never handed in, for snapshots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    where = sa.text("state = 'not_returned'")
    op.create_index(
        "ix_visit_not_returned",
        "visit",
        ["ticket_id"],
        sqlite_where=where,
        postgresql_where=where,
    )
