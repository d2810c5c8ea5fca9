"""What the information centre has and notes, and payments, belong to a department's building."""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_TABLES = (
    "workplace", "workplace_use", "equipment", "stock_taking", "consultation", "demand", "payment",
)  # fmt: skip


def upgrade() -> None:
    """Apply the step; rows of before are in the library's own building."""
    for table in _TABLES:
        # Without a copy of the table: SQLite drops none that others refer to.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN department_code VARCHAR(10)"
            f" CONSTRAINT fk_{table}_department_code_department REFERENCES department (code)"
        )
