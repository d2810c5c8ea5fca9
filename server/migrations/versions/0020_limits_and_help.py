"""Ways in that lead to one hall, and who needs help in an evacuation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("station") as batch:
        batch.add_column(
            sa.Column(
                "hall_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
            )
        )
        batch.create_foreign_key(op.f("fk_station_hall_id_hall"), "hall", ["hall_id"], ["id"])
    for table in ("patron", "visit"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(
                sa.Column("needs_help", sa.Boolean(), server_default=sa.false(), nullable=False)
            )
