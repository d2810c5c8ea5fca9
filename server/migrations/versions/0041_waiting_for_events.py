"""Who waits for a place of a full event, and since when a place was there for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step; nobody waited before it."""
    op.add_column(
        "event_signup", sa.Column("waits", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("event_signup", sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True))
