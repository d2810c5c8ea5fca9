"""Computers of the information centre are booked; a sale by mistake is cancelled and stays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "workplace_booking",
        sa.Column("id", _ID, nullable=False),
        sa.Column("workplace_id", _ID, nullable=False),
        sa.Column("ticket_id", sa.String(16), nullable=True),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", _ID, nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("use_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["workplace_id"], ["workplace.id"],
            name=op.f("fk_workplace_booking_workplace_id_workplace"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_workplace_booking_ticket_id_ticket")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visit.id"], name=op.f("fk_workplace_booking_visit_id_visit")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["staff.id"], name=op.f("fk_workplace_booking_made_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["use_id"], ["workplace_use.id"],
            name=op.f("fk_workplace_booking_use_id_workplace_use"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workplace_booking")),
    )  # fmt: skip
    op.create_index("ix_workplace_booking_begins_at", "workplace_booking", ["begins_at"])
    op.create_index("ix_workplace_booking_ticket_id", "workplace_booking", ["ticket_id"])
    op.create_index("ix_workplace_booking_visit_id", "workplace_booking", ["visit_id"])
    with op.batch_alter_table("payment") as table:
        table.add_column(sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("cancelled_by", _ID, nullable=True))
        table.add_column(
            sa.Column("cancel_reason", sa.String(300), nullable=False, server_default="")
        )
        table.create_foreign_key("fk_payment_cancelled_by_staff", "staff", ["cancelled_by"], ["id"])
