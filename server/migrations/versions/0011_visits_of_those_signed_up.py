"""Visits of those signed up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("event_signup", schema=None) as batch_op:
        batch_op.add_column(sa.Column("visit_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_event_signup_visit_id_visit"), "visit", ["visit_id"], ["id"]
        )
