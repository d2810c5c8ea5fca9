"""The few tickets of staff by themselves: reports leave their visits out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    staff = sa.text("kind = 'staff'")
    op.create_index("ix_ticket_staff", "ticket", ["id"], sqlite_where=staff, postgresql_where=staff)
