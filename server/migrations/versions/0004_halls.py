"""Halls, and the hall of an event. Names used so far become halls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "hall",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=100), server_default="", nullable=False),
        sa.Column("floor", sa.String(length=40), server_default="", nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("department_code", sa.String(length=10), nullable=True),
        sa.Column("is_shelter", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("phone_zone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_code"],
            ["department.code"],
            name=op.f("fk_hall_department_code_department"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hall")),
        sa.UniqueConstraint("name", name=op.f("uq_hall_name")),
    )
    with op.batch_alter_table("event_of_day", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("hall_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"))
        )
        batch_op.create_index(batch_op.f("ix_event_of_day_hall_id"), ["hall_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_event_of_day_hall_id_hall"), "hall", ["hall_id"], ["id"]
        )
    op.execute(
        "INSERT INTO hall (name, department_code)"
        " SELECT hall, min(code) FROM department WHERE hall <> '' GROUP BY hall"
    )
    op.execute(
        "INSERT INTO hall (name) SELECT DISTINCT hall FROM event_of_day"
        " WHERE hall <> '' AND hall NOT IN (SELECT name FROM hall)"
    )
    op.execute(
        "UPDATE event_of_day SET hall_id ="
        " (SELECT id FROM hall WHERE hall.name = event_of_day.hall)"
    )
