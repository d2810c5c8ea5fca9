"""E-resources at stations, which hear of those that were there before; whose a paid service is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("e_resource", sa.Column("added_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("paid_service") as table:
        table.add_column(sa.Column("department_code", sa.String(10), nullable=True))
        table.create_foreign_key(
            "fk_paid_service_department_code_department", "department", ["department_code"],
            ["code"],
        )  # fmt: skip
    op.execute(
        sa.text(
            "INSERT INTO change (row_table, row_key) SELECT 'resource', CAST(id AS VARCHAR(60)) "
            "FROM e_resource WHERE retired_at IS NULL UNION ALL SELECT 'building', 'building' "
            "WHERE EXISTS (SELECT 1 FROM workplace)"
        )
    )
