"""A ban is lifted by an order too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step; what was lifted before has no order on record."""
    op.add_column(
        "ban", sa.Column("lift_order_number", sa.String(60), nullable=False, server_default="")
    )
