"""Surnames that somebody had before, by which they are still looked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step; of changes before it the log has no more than a hash."""
    op.add_column(
        "patron", sa.Column("former_surnames", sa.String(200), nullable=False, server_default="")
    )
