"""Groups with a guide."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("visit") as batch_op:
        for name in ("group_name", "guide"):
            batch_op.add_column(
                sa.Column(name, sa.String(length=200), server_default="", nullable=False)
            )
