"""Room for rules of use of their real length."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("legal_text", schema=None) as batch_op:
        batch_op.alter_column(
            "body", existing_type=sa.String(length=20000), type_=sa.String(length=50000)
        )
