"""What stations keep of the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("station", sa.Column("audit_head", sa.JSON(none_as_null=True), nullable=True))
